"""Quote both sides around a price: python examples/market_maker.py URL SYMBOL PRICE SPREAD QUANTITY

Its orders go when it goes: with the connection, and if it hangs, after ten seconds.
"""

import sys
from decimal import Decimal

import trio

from goquant.client import Client, Disconnected, Interrupted, OutcomeUnknown, Place, Session, Traded

ACCOUNT = "maker"


async def make(
    exchange: Client, symbol: str, price: Decimal, spread: Decimal, quantity: Decimal
) -> None:
    """Quote until cancelled; after a trade, quote anew, lower after buying and higher after selling."""
    async with exchange.trading(
        account=ACCOUNT, symbols=[symbol], cancel_on_disconnect=True, cancel_after_s=10
    ) as session:
        await quote(session, symbol, price, spread, quantity)
        async for event in session:
            if isinstance(event, Traded) and not event.order.is_open:
                price += -spread / 2 if event.order.side == "buy" else spread / 2
                await quote(session, symbol, price, spread, quantity)
            elif isinstance(event, Interrupted):
                print("the connection broke, and the quotes went with it")
                await session.connected()
                await quote(session, symbol, price, spread, quantity)


async def quote(
    session: Session, symbol: str, price: Decimal, spread: Decimal, quantity: Decimal
) -> None:
    """Take the old quotes away and put new ones in their place."""
    try:
        await session.cancel_all(symbol)
        sides = (("buy", price - spread / 2), ("sell", price + spread / 2))
        await session.batch(
            [
                Place(symbol=symbol, side=side, type="limit", quantity=quantity, price=at)
                for side, at in sides
            ]
        )
        print(f"quoting {sides[0][1]} | {sides[1][1]}")
    except (Disconnected, OutcomeUnknown):
        pass  # an Interrupted is on its way, and after it we quote anew


if __name__ == "__main__":
    url, symbol, *numbers = sys.argv[1:]

    async def main() -> None:
        async with Client(url) as exchange:
            await make(exchange, symbol, *map(Decimal, numbers))

    trio.run(main)
