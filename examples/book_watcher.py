"""Print the best bid and ask of a symbol whenever they change: python examples/book_watcher.py URL SYMBOL"""

import sys

import trio

from goquant.client import Client, Level, LocalBook


async def watch(exchange: Client, symbol: str) -> None:
    """Print the top of the book, and when it is not known, until cancelled."""
    book, shown = LocalBook(symbol), ""
    async with exchange.marketdata([symbol]) as events:
        async for event in events:
            book.apply(event)
            line = top(book)
            if line != shown:
                print(line)
                shown = line


def top(book: LocalBook) -> str:
    """The best of both sides in a line, or that they are not known at the moment."""
    if not book.is_live:
        return f"{book.symbol} ? the connection is being mended"
    return f"{book.symbol} {text(book.best_bid)} | {text(book.best_ask)}"


def text(level: Level | None) -> str:
    """Quantity and price of a level."""
    return "nothing" if level is None else f"{level.quantity} @ {level.price}"


async def main(url: str, symbol: str) -> None:
    async with Client(url) as exchange:
        await watch(exchange, symbol)


if __name__ == "__main__":
    trio.run(main, sys.argv[1], sys.argv[2])
