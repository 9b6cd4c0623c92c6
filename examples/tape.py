"""Print the trades of some symbols as they happen: python examples/tape.py URL SYMBOL…"""

import sys

import trio

from goquant.client import Client, Interrupted, Reset, Trade, TradeEvent, TradesSnapshot


async def tape(exchange: Client, symbols: list[str]) -> None:
    """Print the newest trades, and then each new one, until cancelled. None is ever left out unsaid."""
    async with exchange.tape(symbols) as events:
        async for event in events:
            match event:
                case TradesSnapshot():
                    for trade in event.trades:
                        show(trade)
                case TradeEvent():
                    show(event)
                case Interrupted():
                    print(f"-- interrupted: {event.reason}")
                case Reset():
                    print(f"-- {event.symbol}: trades were missed, the newest follow")
                case _:
                    pass


def show(trade: Trade) -> None:
    """A trade in a line."""
    what = f"{trade.symbol} {trade.aggressor_side} {trade.quantity} @ {trade.price}"
    print(trade.time, what)


async def main(url: str, symbols: list[str]) -> None:
    async with Client(url) as exchange:
        await tape(exchange, symbols)


if __name__ == "__main__":
    trio.run(main, sys.argv[1], sys.argv[2:])
