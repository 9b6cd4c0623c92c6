"""What a power cut leaves of a journal that is not synced at every commit (fsync interval, never).

Several frames are then in doubt at the same time, and a disk may have written a later one and not an
earlier one. That looks like rot and is refused like rot; nothing that was synced is ever lost.
"""

from collections import Counter
from random import Random

from builders import order
from goquant.book.commands import Sequenced
from goquant.persistence.codec import encode_commands, encode_rules
from goquant.persistence.folder import create_format
from goquant.persistence.journal import Journal
from goquant.persistence.repair import accept_loss, find_damage
from journals import RULES, SYMBOL, read
from simdisk import SimDisk

CUTS = 500
SYNCED = 10
UNSYNCED = 9


def cut(seed: int) -> SimDisk:
    """The power goes when some records have been synced and some have not."""
    disk = SimDisk()
    create_format(disk)
    journal = Journal(disk)
    journal.append(encode_rules(RULES), len(RULES))
    for number in range(1, SYNCED + UNSYNCED):
        sequenced = Sequenced(number, number, order(f"buy 1 @ 100 by some_account id x{number}"))
        journal.append(encode_commands(SYMBOL, [sequenced]), 1, sync=journal.position < SYNCED)
    return disk.power_cut(Random(seed))


def test_what_was_synced_is_there_even_where_a_start_refuses() -> None:
    count = Counter[str]()
    for seed in range(CUTS):
        disk = cut(seed)
        reader, damage = find_damage(disk)
        if damage is not None:
            assert damage.first > SYNCED, f"seed {seed}"
            count["refused"] += 1
            accept_loss(disk, reader, damage)
        found = read(disk)
        count["torn"] += found.is_torn
        assert SYNCED <= len(found.records) <= SYNCED + UNSYNCED, f"seed {seed}"
    print(f"{CUTS} power cuts, {UNSYNCED} frames not synced: {dict(count)}, synced and lost 0")
    assert count["refused"] > 0
    assert count["torn"] > 0
