"""Data folders that real exchanges have left: what is in them, and whether it is sound."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from goquant.book.commands import CancelOrder, NewOrder
from goquant.book.events import OrderAccepted
from goquant.book.market import Answer
from goquant.persistence.codec import Commanded
from goquant.persistence.disk import RealDisk
from goquant.persistence.recovery import Recovery
from goquant.persistence.repair import verify
from processes import Json
from small_exchange import hashes, records


def files(folder: Path) -> dict[str, bytes]:
    """All that matters in a folder."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != "LOCK"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def expect_sound(folder: Path) -> dict[str, str]:
    """Snapshots, and what a start makes of them, are what a replay of the whole journal gives.

    Returns the state hashes.
    """
    disk = RealDisk(folder)
    report = verify(disk)
    assert report.problems == []
    replayed = {each.symbol: each.state_hash for each in report.symbols}
    assert hashes(Recovery(disk).run().markets) == replayed
    return replayed


def expect_journaled(folder: Path, acknowledged: Iterable[Json]) -> None:
    """The commands whose answers were these orders are in the journal, in their place."""
    found = {
        (record.symbol, record.sequenced.sequence): record.sequenced.command
        for record in records(RealDisk(folder))
        if isinstance(record, Commanded)
    }
    for order in acknowledged:
        command = found[str(order["symbol"]), int(str(order["sequence"]))]
        if order["status"] == "canceled":
            assert isinstance(command, CancelOrder)
            assert f"{order['symbol']}-{command.order_id}" == order["order_id"]
        else:
            assert isinstance(command, NewOrder)
            assert command.client_order_id == order["client_order_id"]


def accepted(folder: Path) -> Counter[str | None]:
    """How often an order was accepted under each client order id, by a replay of the journal."""
    found = Counter[str | None]()

    def note(symbol: str, answer: Answer) -> None:
        events = [each for each in answer.events if isinstance(each, OrderAccepted)]
        found.update(each.terms.client_order_id for each in events)

    for _ in Recovery(RealDisk(folder), newest=0, sink=note).steps():
        pass
    return found
