"""The exchange as a process: what it says, how it ends, and with which exit code.

Row of the fault table: nursery cancel / shutdown.
"""

import gc
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from goquant import serving
from goquant.config import BadConfiguration, Settings
from sockets import Client, connected

# A process on a busy machine may need this long to import everything.
PATIENCE_S = 30.0

# A clean stop, with clients connected.
STOP_S = 2.0

GOQUANT = [sys.executable, "-m", "goquant"]


class Exchange:
    """A process that takes orders, or failed to."""

    def __init__(self, process: trio.Process, log: Path) -> None:
        self.process = process
        self.first_line = ""
        self._log = log

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.first_line.removeprefix("ready http://").rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def log(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self._log.read_text().splitlines()]

    async def read_first_line(self) -> None:
        assert self.process.stdout is not None
        while not self.first_line.endswith("\n"):
            data = await self.process.stdout.receive_some()
            assert data, f"it ended with {await self.process.wait()}: {self._log.read_text()}"
            self.first_line += data.decode()

    async def rest_of_output(self) -> bytes:
        assert self.process.stdout is not None
        return b"".join([data async for data in self.process.stdout])


@asynccontextmanager
async def exchange(
    directory: Path, *flags: str, command: list[str] | None = None
) -> AsyncIterator[Exchange]:
    """A process that has said its ready line; killed at the end of the block if still there."""
    log = directory / "log"
    with log.open("wb") as stderr:
        process = await trio.lowlevel.open_process(
            [*(command or [*GOQUANT, "serve"]), "--port", "0", *flags],
            stdout=subprocess.PIPE,
            stderr=stderr,
            cwd=directory,
            env=environment(),
        )
    try:
        with trio.fail_after(PATIENCE_S):
            started = Exchange(process, log)
            await started.read_first_line()
            yield started
    finally:
        if process.poll() is None:
            process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()


def environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("GOQUANT_")}


def run_to_the_end(directory: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*GOQUANT, "serve", *flags],
        check=False,
        capture_output=True,
        text=True,
        cwd=directory,
        env=environment(),
        timeout=PATIENCE_S,
    )


async def test_it_says_ready_once_it_serves_and_nothing_else(tmp_path: Path) -> None:
    async with exchange(tmp_path) as server:
        async with connected(server.address) as client:
            await client.get("/readyz")
            assert (await client.answer())[0] == 200
        server.process.send_signal(signal.SIGTERM)
        assert await server.rest_of_output() == b""
        assert await server.process.wait() == 0
    assert server.first_line == f"ready http://127.0.0.1:{server.address[1]}\n"
    assert (tmp_path / "data").is_dir()
    log = {str(entry["event"]).split(":")[0]: entry for entry in server.log}
    assert log["serving"]["instruments"] == ["BTC-USD", "ETH-USD", "SOL-USD"]
    assert (log["serving"]["data_dir"], log["serving"]["inbox_max"]) == ("data", 1024)
    assert (log["recovered"]["replayed"], log["recovered"]["after_a_crash"]) == (0, False)
    assert log["stopped"]["reason"] == "SIGTERM"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_stops_in_time_whoever_is_connected(
    tmp_path: Path, number: signal.Signals
) -> None:
    async with (
        exchange(tmp_path) as server,
        connected(server.address) as idle,
        connected(server.address) as half_a_head,
        connected(server.address) as half_a_body,
        connected(server.address),
    ):
        await idle.get("/livez")
        await idle.answer()
        await half_a_head.send(b"GET /livez HTTP/1.1\r\nHost:")
        await send_half_an_order(half_a_body)
        with trio.fail_after(STOP_S):
            server.process.send_signal(number)
            assert await server.process.wait() == 0
    assert server.log[-1]["reason"] == number.name


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
async def test_a_second_signal_ends_it_at_once(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    async with (
        exchange(tmp_path, "--shutdown-grace-ms", "60000") as server,
        connected(server.address) as client,
        connected(server.address) as witness,
    ):
        await send_half_an_order(client)
        await witness.get("/livez")
        await witness.answer()
        server.process.send_signal(number)
        # An idle connection is closed when the stop has begun.
        assert await witness.to_the_end() == b""
        assert server.process.poll() is None
        server.process.send_signal(number)
        assert await server.process.wait() == code


async def send_half_an_order(client: Client) -> None:
    await client.send(b"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{")


def test_an_address_in_use_is_told_without_a_traceback(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run_to_the_end(tmp_path, "--port", str(port))
    assert (ended.returncode, ended.stdout) == (1, "")
    recovered, problem = map(json.loads, ended.stderr.splitlines())
    assert recovered["event"] == "recovered"
    assert problem["event"] == f"cannot listen on 127.0.0.1:{port}: Address already in use"


def test_a_bad_configuration_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = run_to_the_end(tmp_path, "--port", "x")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert '--port = "x": must be' in ended.stderr
    ended = run_to_the_end(tmp_path, "--data-dir", "file/data")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert 'data_dir = "file/data": must be a directory' in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_an_ipv6_address_is_printed_in_brackets(tmp_path: Path) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    async with exchange(tmp_path, "--host", "::1") as server:
        assert server.first_line == f"ready http://[::1]:{server.address[1]}\n"
        async with connected(server.address) as client:
            await client.get("/livez")
            assert (await client.answer())[0] == 200


CRASH = """
import trio
from goquant.__main__ import main
from goquant.actors.snapshots import Snapshots

async def run(self):
    await trio.sleep(1)
    raise RuntimeError("a defect in the exchange")

Snapshots.run = run
main()
"""


async def test_a_crash_of_the_exchange_ends_the_process_and_is_logged(tmp_path: Path) -> None:
    async with exchange(tmp_path, command=[sys.executable, "-c", CRASH, "serve"]) as server:
        assert await server.process.wait() == 1
    last = server.log[-1]
    assert (last["event"], last["level"]) == ("the exchange has crashed", "critical")
    assert "RuntimeError: a defect in the exchange" in str(last["exception"])


LOGGING = """
import logging, sys, warnings
import structlog
from goquant import logs

logs.configure("info", sys.argv[1])
structlog.get_logger().info("ours", answer=42)
structlog.get_logger().debug("too quiet")
logging.getLogger("hypercorn.error").error("theirs %d", 7)
warnings.warn("beware")
try:
    secret = "hunter2"
    1 / 0
except ZeroDivisionError:
    logging.getLogger("quart").exception("broken")
"""


def log_of_all(format: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", LOGGING, format], check=True, capture_output=True, text=True
    )
    assert ended.stdout == ""
    return ended.stderr


def test_everybody_logs_in_json_lines() -> None:
    ours, theirs, warning, broken = map(json.loads, log_of_all("auto").splitlines())
    assert list(ours)[:3] == ["timestamp", "level", "event"]
    assert (ours["event"], ours["answer"]) == ("ours", 42)
    assert (theirs["event"], theirs["logger"]) == ("theirs 7", "hypercorn.error")
    assert "beware" in warning["event"]
    assert (broken["level"], broken["event"]) == ("error", "broken")
    assert "ZeroDivisionError: division by zero" in broken["exception"]


def test_everybody_logs_for_people_without_the_values_of_variables() -> None:
    log = log_of_all("console")
    for told in ("answer=42", "theirs 7", "beware", "ZeroDivisionError: division by zero"):
        assert told in log
    assert "too quiet" not in log
    assert "secret" not in log


def test_the_data_directory_is_made_and_tried(tmp_path: Path) -> None:
    serving.prepare_data_dir(Settings(data_dir=tmp_path / "a" / "b"))
    assert list((tmp_path / "a").rglob("*")) == [tmp_path / "a" / "b"]
    (tmp_path / "file").touch()
    with pytest.raises(BadConfiguration, match=r"data_dir = .* must be a directory"):
        serving.prepare_data_dir(Settings(data_dir=tmp_path / "file"))


def test_the_collector_is_kept_quiet_but_alive() -> None:
    before = gc.get_threshold()
    try:
        serving.quiet_gc()
        assert gc.get_freeze_count() > 10_000
        assert gc.isenabled()
        assert gc.get_threshold() == (serving.GC_YOUNG, serving.GC_MIDDLE, serving.GC_OLD)
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


@pytest.mark.parametrize(
    ("host", "expected"), [("127.0.0.1", "http://127.0.0.1:80"), ("::1", "http://[::1]:80")]
)
def test_the_url_of_an_address(host: str, expected: str) -> None:
    assert serving.url((host, 80)) == expected
