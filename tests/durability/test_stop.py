"""Signals at moments that do not suit: in the middle of a recovery, of a stop, of a failure.

Row of the fault table: nursery cancel / shutdown. A stop at any moment of an exchange at work is in
tests/actors/test_stops.py and tests/test_serve.py; while it is halted, in test_no_space.py.
"""

import signal
from pathlib import Path

from folders import files
from processes import Caller, Server, altered

NO_HISTORY = ("--history", "off")


def test_a_signal_ends_a_recovery_at_once_and_changes_nothing(tmp_path: Path) -> None:
    """Fault table: nursery cancel / shutdown, before there is anything to shut down."""
    folder = tmp_path / "data"
    with Server(folder, *NO_HISTORY) as server, Caller(server.ready()) as caller:
        placed = caller.place()
    before = files(folder)
    for number in (signal.SIGTERM, signal.SIGINT):
        with Server(folder, *NO_HISTORY, command=altered("stuck_in_recovery")) as server:
            assert server.first_line() == "recovering\n"
            server.process.send_signal(number)
            # Python makes an exception of one of the two; a shell says the same of both.
            assert server.ended() in (-number, 128 + number)
            assert "Traceback" not in server.log_text()
        assert files(folder) == before
    with Server(folder, *NO_HISTORY) as server, Caller(server.ready()) as caller:
        found = caller.send("GET", f"/orders/{placed.json['order_id']}")
        assert found.json == placed.json
