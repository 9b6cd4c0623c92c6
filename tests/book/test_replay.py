"""The same commands give the same history: in other processes, and across any number of stops."""

import os
import pickle
import subprocess
import sys

import msgspec
import pytest

from goquant.book.engine import Engine
from goquant.book.state import EngineState
from tape import SEEDS, Session, record, recorded

# A process that is told commands and answers with every event, the state it came to, and the
# hash of a text, which shows that its hash seed is its own.
CHILD = """
import pickle, sys
import msgspec
from goquant.book.engine import Engine

for rules, log in pickle.load(sys.stdin.buffer):
    engine = Engine(rules)
    for sequenced in log:
        for event in engine.apply(sequenced):
            print(type(event).__name__, msgspec.json.encode(event).decode())
    print(msgspec.json.encode(engine.dump()).decode(), engine.state_hash())
print(hash("goquant"))
"""


def answer_of_process(hash_seed: str, sessions: list[Session]) -> tuple[bytes, bytes]:
    """Everything that a new process says about some sessions, and its hash of a text."""
    told = pickle.dumps([(session.rules, session.log) for session in sessions])
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=told,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        check=True,
        timeout=60,
    )
    answer, text_hash = done.stdout.rstrip().rsplit(b"\n", 1)
    return answer, text_hash


def answer_here(sessions: list[Session]) -> bytes:
    """The same, as it was when the sessions were recorded."""
    lines = []
    for session in sessions:
        for event in (event for events in session.events for event in events):
            lines.append(f"{type(event).__name__} {msgspec.json.encode(event).decode()}")
        engine = Engine.load(session.rules, session.moments[-1].after)
        lines.append(f"{msgspec.json.encode(engine.dump()).decode()} {engine.state_hash()}")
    return "\n".join(lines).encode()


def test_invariant_15_every_process_tells_the_same_history() -> None:
    sessions = [recorded(seed) for seed in SEEDS]
    expected, text_hashes = answer_here(sessions), set()
    for hash_seed in ("0", "1", "4242", "random"):
        answer, text_hash = answer_of_process(hash_seed, sessions)
        assert answer == expected
        text_hashes.add(text_hash)
    assert len(text_hashes) == 4


@pytest.mark.parametrize("seed", range(40))
def test_invariant_11_stopped_anywhere_it_goes_on_as_if_it_never_was(seed: int) -> None:
    """At every cut point: dumped to JSON, loaded, and told the rest of the commands."""
    session = record(seed, commands=100)
    final = session.moments[-1].after
    for cut, moment in enumerate(session.moments):
        dumped = msgspec.json.decode(msgspec.json.encode(moment.after), type=EngineState)
        engine = Engine.load(session.rules, dumped)
        assert engine.dump() == moment.after
        assert [engine.apply(sequenced) for sequenced in session.log[cut + 1 :]] == (
            session.events[cut + 1 :]
        )
        assert engine.dump() == final


def test_stopped_after_every_command_it_goes_on_as_if_it_never_was() -> None:
    for seed in SEEDS:
        session = recorded(seed)
        engine = Engine(session.rules)
        for moment in session.moments:
            assert engine.apply(moment.sequenced) == moment.events
            engine = Engine.load(session.rules, engine.dump())
            assert engine.dump() == moment.after


def test_every_command_of_a_history_leaves_a_hash_of_its_own() -> None:
    """A hash that repeats itself would let two different states pass for one."""
    for seed in SEEDS:
        session = recorded(seed)
        engine = Engine(session.rules)
        hashes = [engine.state_hash()]
        for sequenced in session.log:
            engine.apply(sequenced)
            hashes.append(engine.state_hash())
        assert len(set(hashes)) == len(hashes)
