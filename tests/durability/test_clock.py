"""A clock that is set a day forth and two back under a running exchange, and across a restart.

Row of the fault table: clock jump. The time of the log never goes back: what comes later is not dated
earlier, nothing changes its place, and orders expire by the time of the log.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from folders import expect_sound
from processes import Caller, Reply, Server, altered

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SOON = timedelta(minutes=1)


def time_of(reply: Reply) -> datetime:
    """When an order was made, by the log."""
    assert reply.status == 201, reply.json
    return datetime.fromisoformat(reply.json["created_at"])


def until(time: datetime) -> dict[str, object]:
    """What makes an order good till then."""
    return {"time_in_force": "gtd", "expires_at": time.isoformat().replace("+00:00", "Z")}


def test_a_clock_that_jumps_reorders_nothing(tmp_path: Path) -> None:
    """Fault table: clock jump +-1 day."""
    folder, shift = tmp_path / "data", tmp_path / "shift"
    command = altered(f"clock_shifted_by={shift}")

    def set_clock(by: timedelta) -> None:
        shift.write_text(f"{by // timedelta(seconds=1)}")

    set_clock(timedelta())
    placed = []
    with Server(folder, command=command) as server, Caller(server.ready()) as caller:
        start = datetime.now(UTC)
        placed.append(caller.place())
        day_order = caller.place(**until(start + DAY / 2))
        long_order = caller.place(**until(start + 2 * DAY))
        set_clock(DAY)
        placed.append(caller.place(client_order_id="a day later"))
        assert abs(time_of(placed[-1]) - time_of(placed[0]) - DAY) < SOON
        assert status(caller, day_order) == "expired", "by the time of the log it is over"
        assert status(caller, long_order) == "new"
        set_clock(-DAY)
        placed.append(caller.place(side="sell", price="101"))
        assert time_of(placed[-1]) == time_of(placed[-2]), "it waits for the clock"
        refused = caller.place(**until(start + DAY / 2))
        assert (refused.status, refused.code) == (422, "already_expired")
        placed.append(caller.place(**until(start + DAY + HOUR)))
        server.kill()
    with Server(folder, command=command) as server, Caller(server.ready()) as caller:
        placed.append(caller.place())
        assert caller.place(client_order_id="a day later").json == placed[1].json
        set_clock(2 * DAY + HOUR)
        placed.append(caller.place())
        assert abs(time_of(placed[-1]) - start - 2 * DAY - HOUR) < SOON
        assert [status(caller, each) for each in (placed[3], long_order)] == ["expired", "expired"]
        assert time_of(caller.place()) >= time_of(placed[-1])
    assert [time_of(each) for each in placed] == sorted(map(time_of, placed))
    sequences = [each.json["sequence"] for each in placed]
    assert sequences == sorted(sequences)
    expect_sound(folder)


def status(caller: Caller, placed: Reply) -> str:
    """The status of an order now."""
    return str(caller.send("GET", f"/orders/{placed.json['order_id']}").json["status"])
