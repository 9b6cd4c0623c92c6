"""Books as tests speak of them, and how two of them are drawn beside each other."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from ..book.depth import DepthLevel, l2
from ..book.market import Market

Number = Decimal | int | str

# The levels of a side, as a test gives them: price and quantity, in any order.
Wanted = Iterable[tuple[Number, Number]]

Levels = Mapping[Decimal, Decimal]


class BookDiffers(AssertionError):
    """A book is not as it was to be; the message draws both."""


def check(market: Market, bids: Wanted, asks: Wanted) -> None:
    """Hold the book of a market against what it is to be. Raises BookDiffers. O(levels)."""
    instrument, depth = market.instrument, l2(market.engine.book)

    def found(levels: Iterable[DepthLevel]) -> Levels:
        return {
            each.price * instrument.tick_size: each.quantity * instrument.lot_size
            for each in levels
        }

    pairs = [(_exact(asks), found(depth.asks)), (_exact(bids), found(depth.bids))]
    if any(wanted != there for wanted, there in pairs):
        raise BookDiffers(f"the book of {instrument.symbol} is another one\n{drawn(pairs)}")


def drawn(pairs: Iterable[tuple[Levels, Levels]]) -> str:
    """The asks and the bids as expected and as found, highest price first, differences marked."""
    asks, bids = (_rows(wanted, found) for wanted, found in pairs)
    rows = [("price", "expected", "found", ""), *asks, ("--", "", "", ""), *bids]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ("   ".join(map(str.rjust, row[:3], widths)) + row[3] for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _rows(wanted: Levels, found: Levels) -> list[tuple[str, str, str, str]]:
    return [
        (
            f"{price.normalize():f}",
            _shown(wanted.get(price)),
            _shown(found.get(price)),
            "" if wanted.get(price) == found.get(price) else "  <-",
        )
        for price in sorted({*wanted, *found}, reverse=True)
    ]


def _shown(quantity: Decimal | None) -> str:
    return "-" if quantity is None else f"{quantity.normalize():f}"


def _exact(levels: Wanted) -> Levels:
    return {Decimal(price): Decimal(quantity) for price, quantity in levels}
