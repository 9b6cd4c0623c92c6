"""The book of one symbol: pure, and the same on every machine."""

from .parts import Box, Group, Layer, Place

GROUP = Group(
    layer=Layer.BOOK,
    title="Book: book/, one per symbol",
    says="pure: no I/O, no clock, no randomness, no trio; the same commands give the same state hash",
    says_at=298,
    place=Place(16, 834, 1612, 240),
)

BOXES = (
    Box(
        name="engine",
        layer=Layer.BOOK,
        title="Engine.apply: the one door",
        says="A command comes with its sequence and its time and leaves events. A refusal is an event; an exception is a bug.",
        lines=("Sequenced command in, events out;", "dump, load, state hash"),
        place=Place(36, 866, 226, 92),
        modules=(
            *("book.engine", "book.market", "book.state", "book.commands", "book.events"),
            *("book.order", "book.enums"),
        ),
        chips=("msgspec",),
        live="engine",
    ),
    Box(
        name="checks",
        layer=Layer.BOOK,
        title="Rules of the instrument",
        says="Limits on price, quantity, notional and open orders, the price band, expiry, repeated client order ids: each its own "
        "reason, checked in a stated order.",
        lines=("limits, band, open orders, expiry,", "client order ids; in a stated order"),
        place=Place(36, 972, 226, 92),
        modules=("book.checks", "book.instrument", "book.client_ids", "rules", "listing"),
    ),
    Box(
        name="matching",
        layer=Layer.BOOK,
        title="Matching",
        says="Price first, then time, at the maker's price. Fill or kill is decided before the first fill; self-trade prevention in "
        "four modes; exact fees in integers: a maker is paid 1 bp, a taker pays 2.5 bp.",
        lines=(
            "price, then time, at the maker's price",
            "self-trade prevention; exact fees:",
            "maker -1 bp, taker 2.5 bp",
        ),
        place=Place(300, 866, 250, 92),
        modules=("book.matching",),
        live="matching",
    ),
    Box(
        name="triggers",
        layer=Layer.BOOK,
        title="Triggers",
        says="Stop and take-profit orders that wait for a trade to touch their price. What is released acts under the same sequence, in a "
        "stated order; a cascade is a loop, not a recursion.",
        lines=(
            "stops and take-profits, by price;",
            "released in a loop, under the",
            "same sequence",
        ),
        place=Place(300, 972, 250, 92),
        modules=("book.triggers",),
    ),
    Box(
        name="ladders",
        layer=Layer.BOOK,
        title="Order book: two ladders and an index",
        says="A ladder is a SortedDict of price levels, best first; a level is a queue, first in, first out; an index finds an order by its "
        "id. A canceled order becomes a tombstone and is dropped when its turn comes.",
        place=Place(576, 866, 320, 198),
        modules=("book.order_book", "book.ladder", "book.level"),
        picture="book",
        chips=("SortedDict",),
        live="ladders",
    ),
    Box(
        name="depth",
        layer=Layer.BOOK,
        title="Depth",
        says="L1 is the best bid and offer, L2 quantities by price, L3 single orders. The mirror is what readers have been told; what "
        "differs from it is the next update.",
        lines=("BBO (L1), L2 by price, L3 by order", "mirror: what changed for readers"),
        place=Place(922, 866, 214, 92),
        modules=("book.depth", "book.mirror"),
    ),
    Box(
        name="blotter",
        layer=Layer.BOOK,
        title="Blotter",
        says="What became of every order, from commands and events alone: records to read, the fills and fees among them.",
        lines=("what became of every order,", "its fills and its fees"),
        place=Place(922, 972, 214, 92),
        modules=("book.blotter", "book.entry", "book.records", "book.reports"),
    ),
    Box(
        name="places",
        layer=Layer.BOOK,
        title="Places in chunks",
        says="All open orders of one moment without a pause: chunks that are copied only when they are written while a snapshot "
        "holds them.",
        lines=("copy on write in chunks: a book", "of any size held in microseconds"),
        place=Place(1162, 866, 200, 92),
        modules=("book.places", "book.chunks", "book.by_id"),
    ),
    Box(
        name="invariants",
        layer=Layer.BOOK,
        title="Invariants",
        says="Every rule that a book obeys between two commands, stated once and checked by all tests, beside a slow engine that "
        "shares no code with this one.",
        lines=("every rule stated once,", "checked by all tests"),
        place=Place(1162, 972, 200, 92),
        modules=("book.invariants",),
    ),
    Box(
        name="structures",
        layer=Layer.BOOK,
        title="Data structures",
        says="What the core is made of, and what a step costs: L price levels, n orders.",
        place=Place(1394, 866, 214, 198),
        picture="structures",
    ),
)
