"""The log: one renderer on standard error for us, hypercorn, quart and the standard library."""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# What every entry gets, whoever made it.
_ENRICH: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def configure(level: str, format: str) -> None:
    """Send every log entry of at least `level` to standard error.

    `format` is json (an object a line, tracebacks as text), console, or auto: console on a
    terminal and json elsewhere.
    """
    on_terminal = sys.stderr.isatty()
    if format == "auto":
        format = "console" if on_terminal else "json"
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_ENRICH,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_ENRICH,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *(_console(on_terminal) if format == "console" else _json()),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    # It tells of every request of the clients in this process.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.captureWarnings(True)


def _console(colors: bool) -> list[Processor]:
    # The default formatter of tracebacks prints every frame's variables, orders and all.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain)]


def _json() -> list[Processor]:
    return [
        structlog.processors.format_exc_info,
        _reading_order,
        structlog.processors.JSONRenderer(default=str),
    ]


def _reading_order(logger: WrappedLogger, method: str, entry: EventDict) -> EventDict:
    """When, how bad and what come first, for people who read the lines as they are."""
    return {key: entry[key] for key in ("timestamp", "level", "event")} | dict(entry)
