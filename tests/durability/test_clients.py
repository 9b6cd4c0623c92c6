"""Clients that hang up in the middle, or ask for the same a hundred times at once.

Rows of the fault table: disconnect mid-order, duplicate submit / retry storm. Every order is there as
a whole or not at all, once, and known by its client order id; before and after a restart.
"""

import json
import socket
import struct
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

from api import order
from folders import accepted, expect_sound
from processes import Caller, Reply, Server

# With this a socket is closed at once, and what waits in it is thrown away.
RESET = struct.pack("ii", 1, 0)
STORM = 100


def request(client_order_id: str) -> bytes:
    """A whole request for an order."""
    body = json.dumps(order(client_order_id=client_order_id)).encode()
    head = f"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"Content-Type: application/json\r\n\r\n" + body


def send_and_hang_up(port: int, data: bytes, *, reset: bool) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        if reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.sendall(data)


def test_whoever_hangs_up_at_any_byte_has_an_order_or_none(tmp_path: Path) -> None:
    """Fault table: disconnect mid-order. Two orders on each connection, cut after each byte."""
    folder = tmp_path / "data"
    one = len(request("close-0000-1"))
    asked = {how: [f"{how}-{size:04}" for size in range(2 * one + 1)] for how in ("close", "reset")}
    with Server(folder) as server:
        port = server.ready()
        for how, names in asked.items():
            for size, name in enumerate(names):
                data = (request(f"{name}-1") + request(f"{name}-2"))[:size]
                send_and_hang_up(port, data, reset=how == "reset")
        # Whoever comes last is answered when all before it have been heard.
        with Caller(port) as caller:
            assert caller.place(client_order_id="last").status == 201
        server.process.terminate()
        assert server.ended() == 0
    there = accepted(folder)
    assert max(there.values()) == 1
    for how, names in asked.items():
        for size, name in enumerate(names):
            assert f"{name}-1" not in there or size >= one, "half of an order"
            assert f"{name}-2" not in there or size == 2 * one, "half of an order"
            assert f"{name}-1" in there or size < one or how == "reset", "it was sent as a whole"
    with Server(folder) as server, Caller(server.ready()) as caller:
        for name in (
            f"{each}-{which}" for names in asked.values() for each in names for which in (1, 2)
        ):
            again = caller.place(client_order_id=name)
            assert again.status == (200 if name in there else 201)
            assert (again.json["client_order_id"], again.json["status"]) == (name, "new")
    assert set(accepted(folder).values()) == {1}


def storm(port: int, client_order_id: str) -> list[Reply]:
    """The answers to a hundred clients who send the same at once, as far as there are any."""

    def ask(_: int) -> Reply | None:
        with suppress(OSError, HTTPException), Caller(port) as caller:
            return caller.place(client_order_id=client_order_id)
        return None

    with ThreadPoolExecutor(STORM) as pool:
        return [reply for reply in pool.map(ask, range(STORM)) if reply is not None]


def test_a_retry_storm_places_one_order_also_around_a_kill(tmp_path: Path) -> None:
    """Fault table: duplicate submit / retry storm, a hundred at once and across a restart."""
    folder = tmp_path / "data"
    with Server(folder) as server:
        first = storm(server.ready(), "calm")
        assert Counter(reply.status for reply in first) == {201: 1, 200: STORM - 1}
        with ThreadPoolExecutor(1) as pool:
            answered = pool.submit(storm, server.port, "killed")
            while "killed" not in (folder / "journal/00000000000000000001.journal").read_text(
                errors="ignore"
            ):
                pass
            server.kill()
            cut_off = answered.result()
    with Server(folder) as server:
        port = server.ready()
        for before, name in ((first, "calm"), (cut_off, "killed")):
            after = storm(port, name)
            assert Counter(reply.status for reply in after) == {200: STORM}
            assert len({reply.json["order_id"] for reply in (*before, *after)}) == 1
    assert accepted(folder) == {"calm": 1, "killed": 1}
    expect_sound(folder)
