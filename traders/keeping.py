"""What keeps a crowd at work: whatever fails begins again, and a signal ends all of it in order."""

import signal
from collections.abc import Awaitable, Callable

import structlog
import trio

from ..client import ClientError
from ..client.sockets import leaf

log = structlog.get_logger()

Work = Callable[[], Awaitable[None]]

# Before work begins again: twice as long each time, up to the longest. The clients, which wait in
# between by themselves, draw their waits, so that a crowd does not come back all at once.
FIRST_S = 2.0
LONGEST_S = 60.0


async def keep(work: Work, who: str) -> None:
    """Do something until cancelled, anew whenever it ends or fails. What fails is told.

    What has worked for as long as the longest wait is well again, and the waits begin anew.
    """
    wait_s = FIRST_S
    while True:
        began_at = trio.current_time()
        try:
            await work()
        except* ClientError as group:
            log.warning("a trader begins again", who=who, problem=str(leaf(group)))
        except* Exception:
            log.exception("a trader has failed and begins again", who=who)
        if trio.current_time() - began_at >= LONGEST_S:
            wait_s = FIRST_S
        await trio.sleep(wait_s)
        wait_s = min(2 * wait_s, LONGEST_S)


async def until_told(work: Work) -> None:
    """Do something until SIGTERM or SIGINT, and let it clean up. A second signal ends the process."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(work)
        with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            name = signal.Signals(await anext(signals)).name
        log.info("stopped", reason=name)
        nursery.cancel_scope.cancel()
