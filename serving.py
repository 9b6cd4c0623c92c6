"""Where all parts meet: the exchange, the HTTP server in front of it, and the signals.

The exchange runs in the root nursery, around the server: it starts before the first client can
connect and ends after the last one has gone, and its crash ends the process. In the server's
own nursery the crash would be swallowed while clients go on talking to a dead exchange.
"""

import gc
import os
import signal
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial

import structlog
import trio
from attrs import asdict

from . import __version__
from .actors.exchange import Exchange
from .actors.groups import leaf
from .actors.historian import Historian
from .actors.journal_writer import Fsync, JournalFailed
from .actors.storage import Storage
from .config import BadConfiguration, Settings
from .persistence.disk import RealDisk, make_root
from .persistence.errors import DataRefused
from .persistence.folder import locked
from .persistence.opening import Opened, open_folder
from .persistence.recovery import Recovery
from .rules import broken
from .web.app import create_app
from .web.limits import Limits
from .web.server import GOING_AWAY, RESTART, Address, CannotListen, serve

log = structlog.get_logger()

# Something that runs in the same process as a client of the exchange, whose URL it gets.
Beside = Callable[[str], Awaitable[None]]

# A process that a signal ends is reported by the shell as this plus the signal's number.
EXIT_SIGNAL = 128
EXIT_FAILURE = 1
EXIT_DATA = 3  # the data folder is damaged, of another version, or in use
EXIT_STORAGE = 70  # the disk has failed; a restart goes on from what is on it

DISK_REMEDY = "make room on it or mend it, and start again"

# How long an exchange whose journal has failed answers its clients, and says that it is halted.
HALTED_S = 1.0

# Recovery reports how far it is this often.
PROGRESS_S = 1.0

_MAY_REFUSE = "and the next start may then refuse the journal: `goquant recover` says what is lost, and gives it up"

FSYNC_RISKS = {
    "interval": f"a power cut may lose the orders that were answered in the last second, {_MAY_REFUSE}",
    "never": f"a power cut may lose answered orders, {_MAY_REFUSE}",
}

# A collection looks at every container of the generations that it covers. Commands, orders, events
# and records are invisible to it (docs/decisions/0002), so what it finds are the web stack's: few,
# young, and some of them in cycles. Young collections stay small and cheap; a full one would also
# walk the queues of every price level, tens of milliseconds with 300,000 orders, and is made rare.
GC_YOUNG = 1_000  # more containers made than freed; Python's own is 700
GC_MIDDLE = 10  # young collections before a middle one, as Python has it
GC_OLD = 1_000  # middle collections before a full one; Python's own is 10


def run(settings: Settings, beside: Beside | None = None) -> int:
    """Recover, serve until a signal says stop, and return the exit code of the process.

    `beside` is what else runs, from when clients can connect; it gets the exchange's URL.

    Raises:
        BadConfiguration: the data directory cannot be used.
    """
    prepare_data_dir(settings)
    try:
        with locked(settings.data_dir):
            disk = RealDisk(settings.data_dir)
            storage = Storage(
                disk,
                recover(disk, settings),
                fsync=Fsync(settings.fsync),
                snapshot_interval_s=settings.snapshot_interval_ms / 1000,
            )
            return _run(settings, storage, beside)
    except DataRefused as refused:
        log.critical("the data cannot be used", problem=str(refused))
        return EXIT_DATA
    except OSError as error:
        _tell_disk_failed(str(error))
        return EXIT_STORAGE
    except KeyboardInterrupt:
        # It came in the recovery, which changes nothing that the next one needs.
        return EXIT_SIGNAL + signal.SIGINT


def recover(disk: RealDisk, settings: Settings) -> Opened:
    """Find out what is on disk, and tell. Raises as `open_folder`."""
    began_at = told_at = time.monotonic()

    def tell(recovery: Recovery) -> None:
        nonlocal told_at
        now = time.monotonic()
        if now - told_at >= PROGRESS_S:
            told_at = now
            reader = recovery.reader
            position = None if reader is None else reader.position
            log.info("recovering", replayed=recovery.replayed, position=position)

    opened = open_folder(disk, settings.instruments, tell)
    log.info(
        "recovered",
        seconds=round(time.monotonic() - began_at, 3),
        position=opened.journal.position,
        replayed=opened.replayed,
        snapshots=opened.snapshots,
        after_a_crash=not opened.marked,
    )
    for bad in opened.bad:
        log.warning("a snapshot was put into quarantine", path=bad.path, problem=bad.problem)
    if opened.torn is not None:
        log.warning(
            "the end of the journal was put into quarantine: it was never acknowledged",
            path=opened.torn.path,
            offset=opened.torn.offset,
            size=len(opened.torn.data),
        )
    return opened


def _run(settings: Settings, storage: Storage, beside: Beside | None) -> int:
    code = 0
    try:
        code = trio.run(_serve, settings, storage, beside)
    except* CannotListen as group:
        log.error(str(leaf(group)))
        code = EXIT_FAILURE
    except* KeyboardInterrupt:
        # It came before the signals had their receiver.
        code = EXIT_SIGNAL + signal.SIGINT
    except* BaseException:
        log.critical("the exchange has crashed", exc_info=True)
        code = EXIT_FAILURE
    return code


def _tell_disk_failed(problem: str) -> None:
    log.critical("the disk cannot be used", problem=problem, remedy=DISK_REMEDY)


def prepare_data_dir(settings: Settings) -> None:
    """Create the data directory if it is missing, and try to write there. Raises BadConfiguration."""
    try:
        make_root(settings.data_dir)
        with tempfile.TemporaryFile(dir=settings.data_dir):
            pass
    except OSError as error:
        says = f"a directory that can be written: {error.strerror}"
        raise BadConfiguration([broken("data_dir", str(settings.data_dir), says)]) from error


def quiet_gc() -> None:
    """Keep the garbage collector out of the way. Call once, when all that lasts has been made."""
    gc.collect()
    # What exists now, thousands of modules and classes, will never be garbage: not worth a look.
    gc.freeze()
    gc.set_threshold(GC_YOUNG, GC_MIDDLE, GC_OLD)


async def _serve(settings: Settings, storage: Storage, beside: Beside | None) -> int:
    exchange = Exchange(settings.instruments, inbox_max=settings.inbox_max, storage=storage)
    history = None
    if settings.history == "on":
        history = Historian(settings.data_dir, lambda: exchange.position)
    app = create_app(
        exchange,
        history,
        limits_of(settings),
        allowed_origins=tuple(filter(None, settings.allowed_origins.split(","))),
    )
    stop = Stop()
    async with trio.open_nursery() as root:
        await root.start(_run_exchange, exchange, stop)
        await root.start(stop.obey_signals)
        if history is not None:
            root.start_soon(history.run)
        async with trio.open_nursery() as http:
            address = await http.start(
                partial(
                    serve,
                    app,
                    settings.host,
                    settings.port,
                    shutdown_trigger=stop.wait,
                )
            )
            quiet_gc()
            _announce(address, settings)
            if beside is not None:
                root.start_soon(run_beside, beside, url(address))
        # No client is left; only now may the exchange go.
        root.cancel_scope.cancel()
    if stop.code:
        _tell_disk_failed(stop.reason)
    else:
        log.info("stopped", reason=stop.reason)
    return stop.code


def limits_of(settings: Settings) -> Limits:
    """What the server grants its clients. The rest is for nobody to change."""
    return Limits(
        connections_max=settings.connections_max,
        connections_per_address_max=settings.connections_per_address_max,
        keep_alive_s=settings.keep_alive_ms / 1000,
        head_s=settings.head_timeout_ms / 1000,
        body_s=settings.body_timeout_ms / 1000,
        stall_s=settings.send_timeout_ms / 1000,
        ping_s=settings.websocket_ping_ms / 1000,
        silence_s=settings.websocket_silence_ms / 1000,
        grace_s=settings.shutdown_grace_ms / 1000,
        head_bytes_max=settings.head_bytes_max,
        body_bytes_max=settings.body_bytes_max,
        message_bytes_max=settings.message_bytes_max,
        orders_per_s_max=settings.orders_per_s_max,
        orders_burst_max=settings.orders_burst_max,
        messages_per_s_max=settings.messages_per_s_max,
        order_messages_per_s_max=settings.order_messages_per_s_max,
        frames_per_s_max=settings.frames_per_s_max,
        orders_in_flight_max=settings.orders_in_flight_max,
        subscriptions_max=settings.subscriptions_max,
        feed_events_max=settings.feed_events_max,
        access_log_sample=settings.access_log_sample,
    )


async def _run_exchange(
    exchange: Exchange, stop: "Stop", *, task_status: trio.TaskStatus[None]
) -> None:
    """Run the exchange. When its journal fails, say so to clients for a while, and then stop."""
    try:
        await exchange.run(task_status=task_status)
    except* JournalFailed as group:
        problem = str(leaf(group))
        stop.fail(problem, EXIT_STORAGE)
        await trio.sleep(HALTED_S)
        stop.ask(problem)


async def run_beside(beside: Beside, url: str) -> None:
    """Run something that may fail, which is no reason for the exchange to end."""
    try:
        await beside(url)
    except Exception:
        log.exception("what runs beside the exchange has failed")


def _announce(address: Address, settings: Settings) -> None:
    told = asdict(settings) | {
        "data_dir": str(settings.data_dir),
        "instruments": [instrument.symbol for instrument in settings.instruments],
    }
    log.info("serving", version=__version__, url=url(address), **told)
    risk = FSYNC_RISKS.get(settings.fsync)
    if risk is not None:
        log.warning(risk, fsync=settings.fsync)
    print(f"ready {url(address)}", flush=True)


def url(address: Address) -> str:
    """Where a client finds the server."""
    host, port = address
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Stop:
    """Whether to stop, and why."""

    def __init__(self) -> None:
        self.reason = "the server has ended"
        self.code = 0
        self._asked = trio.Event()

    async def wait(self) -> int:
        """Return once there is a reason to stop: the close code for WebSockets.

        SIGTERM is what a service manager sends, also before it starts us again.
        """
        await self._asked.wait()
        return RESTART if self.reason == signal.SIGTERM.name else GOING_AWAY

    def ask(self, reason: str) -> None:
        """Stop, for a reason."""
        if not self.code:
            self.reason = reason
        self._asked.set()

    def fail(self, reason: str, code: int) -> None:
        """End with an exit code, whatever else there is to stop for, before or after."""
        self.reason = reason
        self.code = code

    async def obey_signals(
        self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Stop at the first SIGTERM or SIGINT, end the process at the second."""
        with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            task_status.started()
            self.ask(signal.Signals(await anext(signals)).name)
            os._exit(EXIT_SIGNAL + await anext(signals))
