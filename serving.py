"""Where all parts meet: the exchange, the HTTP server in front of it, and the signals.

The exchange runs in the root nursery, around the server: it starts before the first client can
connect and ends after the last one has gone, and its crash ends the process. In the server's
own nursery the crash would be swallowed while clients go on talking to a dead exchange.
"""

import gc
import os
import signal
import tempfile
from functools import partial

import structlog
import trio
from attrs import asdict

from . import __version__
from .actors.exchange import Exchange
from .config import BadConfiguration, Settings
from .rules import broken
from .web.app import create_app
from .web.limits import Limits
from .web.server import Address, CannotListen, serve

log = structlog.get_logger()

# A process that a signal ends is reported by the shell as this plus the signal's number.
EXIT_SIGNAL = 128
EXIT_FAILURE = 1

# A collection looks at every container of the generations that it covers. Commands, orders, events
# and records are invisible to it (docs/decisions/0002), so what it finds are the web stack's: few,
# young, and some of them in cycles. Young collections stay small and cheap; a full one would also
# walk the queues of every price level, tens of milliseconds with 300,000 orders, and is made rare.
GC_YOUNG = 1_000  # more containers made than freed; Python's own is 700
GC_MIDDLE = 10  # young collections before a middle one, as Python has it
GC_OLD = 1_000  # middle collections before a full one; Python's own is 10


def run(settings: Settings) -> int:
    """Serve until a signal says stop, and return the exit code of the process.

    Raises:
        BadConfiguration: the data directory cannot be used.
    """
    prepare_data_dir(settings)
    code = 0
    try:
        trio.run(_serve, settings)
    except* CannotListen as group:
        log.error(str(_leaf(group)))
        code = EXIT_FAILURE
    except* KeyboardInterrupt:
        # It came before the signals had their receiver.
        code = EXIT_SIGNAL + signal.SIGINT
    except* BaseException:
        log.critical("the exchange has crashed", exc_info=True)
        code = EXIT_FAILURE
    return code


def prepare_data_dir(settings: Settings) -> None:
    """Create the data directory if it is missing, and try to write there. Raises BadConfiguration."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
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


async def _serve(settings: Settings) -> None:
    exchange = Exchange(settings.instruments, inbox_max=settings.inbox_max)
    stop = Stop()
    limits = Limits(
        connections_max=settings.connections_max,
        connections_per_address_max=settings.connections_per_address_max,
        grace_s=settings.shutdown_grace_ms / 1000,
    )
    async with trio.open_nursery() as root:
        await root.start(exchange.run)
        await root.start(stop.obey_signals)
        async with trio.open_nursery() as http:
            address = await http.start(
                partial(
                    serve,
                    create_app(exchange),
                    settings.host,
                    settings.port,
                    limits=limits,
                    shutdown_trigger=stop.wait,
                )
            )
            quiet_gc()
            _announce(address, settings)
        # No client is left; only now may the exchange go.
        root.cancel_scope.cancel()
    log.info("stopped", reason=stop.reason)


def _announce(address: Address, settings: Settings) -> None:
    told = asdict(settings) | {
        "data_dir": str(settings.data_dir),
        "instruments": [instrument.symbol for instrument in settings.instruments],
    }
    log.info("serving", version=__version__, url=url(address), **told)
    log.warning("everything is kept in memory: a restart empties the books and forgets all orders")
    print(f"ready {url(address)}", flush=True)


def url(address: Address) -> str:
    """Where a client finds the server."""
    host, port = address
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Stop:
    """Whether to stop, and why."""

    def __init__(self) -> None:
        self.reason = "the server has ended"
        self._asked = trio.Event()

    async def wait(self) -> None:
        """Return once there is a reason to stop."""
        await self._asked.wait()

    async def obey_signals(
        self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Stop at the first SIGTERM or SIGINT, end the process at the second."""
        with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            task_status.started()
            async for number in signals:
                if self._asked.is_set():
                    os._exit(EXIT_SIGNAL + number)
                self.reason = signal.Signals(number).name
                self._asked.set()


def _leaf(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
