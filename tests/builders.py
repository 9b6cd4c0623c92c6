"""Books drawn as text: a market is given as a drawing, played line by line, and drawn again.

A drawing stands like a ladder, each level's orders oldest first, armed orders below:

          | 102 | c 1
          | 101 | a 2, b 3
      d 5 | 100 |
    armed s: sell 5 stop 95 @ 94

A line of play is a command and, last, everything that comes of it. `ok` means accepted; an
order of which nothing else is to be said may leave it out. A long outcome goes on after
another arrow on the next line.

    t: buy 4 @ 101 ioc                 -> ok, t buys 2 @ 101 from a, t buys 2 @ 101 from b
    t: buy 4 @ 101 gtd 500 by alice    -> rejected price_band
    replace d 3                        -> d replaced in place
    replace d 3 @ 99                   -> d replaced behind
    cancel d                           -> d canceled 3 requested
    cancel_all alice                   -> s canceled 5 requested
    wait at 500                        -> d canceled 3 expired

Every command is followed by a check of all invariants.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from goquant.book.commands import (
    CancelOrder,
    Command,
    ExpireOrders,
    MassCancel,
    NewOrder,
    ReplaceOrder,
    Sequenced,
)
from goquant.book.engine import Engine
from goquant.book.enums import OrderType, SelfTradePrevention, Side, TimeInForce
from goquant.book.events import (
    Event,
    OrderAccepted,
    OrderCanceled,
    OrderRejected,
    OrderRepeated,
    OrderReplaced,
    OrderTriggered,
    Trade,
)
from goquant.book.instrument import Instrument
from goquant.book.invariants import check
from goquant.book.state import EngineState, OpenOrder
from places import places

# Words of an order that are followed by a value, and the fields that they set.
_WITH_VALUE = {
    "@": ("price", int),
    "stop": ("trigger_price", int),
    "take_profit": ("trigger_price", int),
    "gtd": ("expires_at_ns", int),
    "by": ("account", str),
    "id": ("client_order_id", str),
}
_NO_NAMES: Mapping[int, str] = MappingProxyType({})


class Market:
    """An engine whose orders have names and whose time stands still until told otherwise."""

    def __init__(self, drawing: str = "", /, *, last: int | None = None, **rules: Any) -> None:
        """Lay out a drawing, after a trade at the price `last`, with an instrument's `rules`."""
        self.engine = Engine(instrument(**rules))
        self.names: dict[int, str] = {}
        self.time_ns = 0
        if last is not None:
            self.play(f"maker: sell 1 @ {last}")
            self.play(f"taker: buy 1 @ {last} ioc -> ok, taker buys 1 @ {last} from maker")
        self.play("\n".join(_commands_of(drawing)))

    def play(self, script: str) -> None:
        """Give one command per line and compare all its events with the line's last words."""
        for line in _lines_of(script):
            self._play_line(line)

    def shows(self, drawing: str) -> None:
        """Compare the whole book with a drawing; `empty` is the drawing of an empty one."""
        drawn = draw(self.engine.dump(), self.names)
        assert _squeezed(drawn) == _squeezed(drawing), f"the book is\n{drawn}"

    def apply(self, command: Command) -> list[Event]:
        """Give one command, with the next sequence, and check all invariants."""
        events = self.engine.apply(Sequenced(self.engine.sequence + 1, self.time_ns, command))
        check(self.engine)
        return events

    def order_id(self, name: str) -> int:
        """The id of the latest order of this name; a number is an id already."""
        if name.isdecimal():
            return int(name)
        return next(order_id for order_id in reversed(self.names) if self.names[order_id] == name)

    def _play_line(self, line: str) -> None:
        command, arrow, outcome = line.partition("->")
        command, _, time_ns = command.partition(" at ")
        self.time_ns = int(time_ns or self.time_ns)
        expected = outcome.strip() if arrow or ":" not in command else "ok"
        events = self.apply(self._command(command.strip()))
        found = ", ".join(in_words(event, self.names) for event in events)
        assert found == expected, f"{line}\nthe book is\n{draw(self.engine.dump(), self.names)}"

    def _command(self, line: str) -> Command:
        name, colon, terms = line.partition(":")
        if colon:
            self.names[self.engine.sequence + 1] = name
            return order(terms)
        match line.split():
            case ["cancel", name]:
                return CancelOrder(self.order_id(name))
            case ["cancel_all", *account]:
                return MassCancel(*account)
            case ["replace", name, *changes]:
                quantity, _, price = " ".join(changes).partition("@")
                return ReplaceOrder(
                    self.order_id(name), int(price) if price else None, int(quantity or 0) or None
                )
        assert line == "wait", f"not a command: {line}"
        return ExpireOrders()


def instrument(**rules: Any) -> Instrument:
    """An instrument without limits to speak of, except for the given ones."""
    given = {"symbol": "ABC-USD", "base": "ABC", "quote": "USD"}
    steps = {"tick_size": Decimal("0.01"), "lot_size": Decimal("0.001")}
    return Instrument(**{**given, **steps, **rules})


def order(terms: str) -> NewOrder:
    """What `buy 10 @ 100 gtd 500 by alice` asks for."""
    side, quantity, *rest = terms.split()
    fields: dict[str, Any] = {"post_only": "post_only" in rest}
    words = iter(rest)
    for word in words:
        if word in _WITH_VALUE:
            field, convert = _WITH_VALUE[word]
            fields[field] = convert(next(words))
        if word in set(SelfTradePrevention):
            fields["self_trade_prevention"] = SelfTradePrevention(word)
    stem = next((word for word in ("stop", "take_profit") if word in rest), None)
    limit = "limit" if "@" in rest else None
    kind = OrderType("_".join(filter(None, (stem, limit))) or "market")
    default = TimeInForce.GTC if limit else TimeInForce.IOC
    fields["time_in_force"] = next((tif for tif in TimeInForce if tif in rest), default)
    return NewOrder(Side(side), kind, int(quantity), **fields)


def in_words(event: Event, names: Mapping[int, str] = _NO_NAMES) -> str:
    """An event as it stands at the end of a line of play."""

    def name(order_id: int) -> str:
        return names.get(order_id, str(order_id))

    match event:
        case OrderAccepted():
            return "ok"
        case OrderRepeated(order_id):
            return f"repeats {name(order_id)}"
        case OrderRejected(reason, order_id):
            return f"rejected {reason}" + ("" if order_id is None else f" {name(order_id)}")
        case OrderTriggered(order_id):
            return f"{name(order_id)} triggered"
        case OrderReplaced(order_id):
            return f"{name(order_id)} replaced {'in place' if event.kept_priority else 'behind'}"
        case OrderCanceled(order_id):
            return f"{name(order_id)} canceled {event.remaining} {event.reason}"
        case Trade():
            verb, link = ("buys", "from") if event.aggressor_side is Side.BUY else ("sells", "to")
            maker, taker = name(event.maker_order_id), name(event.taker_order_id)
            return f"{taker} {verb} {event.quantity} @ {event.price} {link} {maker}"


def draw(state: EngineState, names: Mapping[int, str] = _NO_NAMES) -> str:
    """The open orders of a state as a ladder, highest price on top, and the armed ones below."""
    queues = places(state)
    bids, asks = _queues(queues.bids, names), _queues(queues.asks, names)
    left = max(map(len, bids.values()), default=0)
    lines = [
        f"{bids.get(price, ''):>{left}} | {price} | {asks.get(price, '')}".rstrip()
        for price in sorted({*bids, *asks}, reverse=True)
    ]
    for armed in queues.armed:
        terms, name = armed.terms, names.get(armed.order_id, str(armed.order_id))
        limit = "" if terms.price is None else f" @ {terms.price}"
        kind = f"{terms.type.removesuffix('_limit')} {terms.trigger_price}"
        lines.append(f"armed {name}: {terms.side} {armed.remaining} {kind}{limit}")
    return "\n".join(lines) or "empty"


def _queues(orders: Sequence[OpenOrder], names: Mapping[int, str]) -> dict[int, str]:
    queues: dict[int, list[str]] = {}
    for one in orders:
        assert one.terms.price is not None, "resting orders have a limit price"
        name = names.get(one.order_id, str(one.order_id))
        queues.setdefault(one.terms.price, []).append(f"{name} {one.remaining}")
    return {price: ", ".join(queue) for price, queue in queues.items()}


def _lines_of(script: str) -> list[str]:
    lines: list[str] = []
    for line in filter(None, map(str.strip, script.splitlines())):
        if line.startswith("->") and "->" in lines[-1]:
            lines[-1] += "," + line.removeprefix("->")
        elif line.startswith("->"):
            lines[-1] += " " + line
        else:
            lines.append(line)
    return lines


def _commands_of(drawing: str) -> Iterator[str]:
    """The orders of a drawing, top down, as lines of play."""
    for line in filter(None, map(str.strip, drawing.splitlines())):
        if line.startswith("armed "):
            yield line.removeprefix("armed ")
            continue
        bids, price, asks = line.split("|")
        for side, queue in (("buy", bids), ("sell", asks)):
            for entry in filter(None, map(str.strip, queue.split(","))):
                name, quantity, *options = entry.split()
                yield " ".join([f"{name}: {side} {quantity} @ {price.strip()}", *options])


def _squeezed(drawing: str) -> str:
    lines = (" ".join(line.split()) for line in drawing.splitlines())
    return "\n".join(filter(None, lines))
