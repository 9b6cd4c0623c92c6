"""From a folder to an exchange that can go on: recovery, and what it found put right."""

from collections.abc import Callable, Collection
from pathlib import PurePath

from msgspec import Struct

from ..book.instrument import Instrument
from ..book.market import Market
from . import snapshot
from .codec import encode_rules
from .disk import Disk
from .folder import QUARANTINE, check_format, create_format, quarantine, sweep
from .journal import FOLDER, SEGMENT_BYTES_MAX, Journal
from .reading import Torn
from .recovery import BadFile, Recovery, changed_rules


class Opened(Struct):
    """What recovery leads to. `torn` and `bad` are in quarantine by now."""

    journal: Journal
    markets: dict[str, Market]
    snapshots: dict[str, int]
    """The journal sequence of the snapshot that each market was read from."""
    replayed: int
    marked: bool
    """The journal ended as a stop leaves it, not as a crash does."""
    torn: Torn | None
    bad: list[BadFile]


def open_folder(
    disk: Disk,
    instruments: Collection[Instrument],
    progress: Callable[[Recovery], None] = lambda recovery: None,
    *,
    segment_bytes_max: int = SEGMENT_BYTES_MAX,
) -> Opened:
    """Recover all listed instruments, and get the journal ready to go on.

    `progress` is called every few milliseconds. The caller has locked the folder.

    Raises:
        DataRefused: the folder cannot be used; nothing in it was changed.
        OSError: the disk cannot be used.
    """
    is_ours = check_format(disk)
    recovery = Recovery(disk, [instrument.symbol for instrument in instruments])
    for _ in recovery.steps():
        progress(recovery)
    changed = changed_rules(recovery.markets, instruments)
    reader = recovery.reader
    assert reader is not None, "the recovery has read the journal"
    # First, since what was begun may be what fills the disk.
    snapshots = [snapshot.folder_of(each.symbol) for each in instruments]
    sweep(disk, ["", FOLDER, QUARANTINE, *snapshots])
    if not is_ours:
        create_format(disk)
    if reader.torn is not None:
        _quarantine_torn(disk, reader.torn)
    for bad in recovery.bad:
        _quarantine_snapshot(disk, bad)
    end = reader.end()
    journal = Journal(disk, end, segment_bytes_max=segment_bytes_max)
    for instrument in changed:
        recovery.markets.setdefault(instrument.symbol, Market.empty(instrument))
    if changed:
        journal.append(encode_rules(changed), len(changed))
    return Opened(
        journal=journal,
        markets=recovery.markets,
        snapshots=recovery.snapshots,
        replayed=recovery.replayed,
        marked=end.marked,
        torn=reader.torn,
        bad=recovery.bad,
    )


def _quarantine_torn(disk: Disk, torn: Torn) -> None:
    name = f"{PurePath(torn.path).name}-{torn.offset}.torn"
    reason: dict[str, object] = {
        "what": "a frame that was never finished, and so never acknowledged",
        "file": torn.path,
        "offset": torn.offset,
        "problem": torn.problem,
    }
    quarantine(disk, name, torn.data, reason)


def _quarantine_snapshot(disk: Disk, bad: BadFile) -> None:
    name = bad.path.replace("/", "-")
    reason: dict[str, object] = {"what": "a snapshot that was not used", "problem": bad.problem}
    quarantine(disk, name, disk.read(bad.path), reason)
    disk.remove(bad.path)
