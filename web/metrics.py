"""The counters of the exchange as Prometheus text. docs/metrics.md lists them all.

The parts count in plain numbers and know nothing of this; what they have counted is read when
somebody asks. A part that comes later is one more function that yields metrics.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import TypeVar

import trio
from prometheus_client.core import (
    CollectorRegistry,
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from .. import __version__
from ..actors.counters import BOUNDS_S, Histogram
from ..actors.exchange import Exchange
from ..actors.feed import Feed
from ..actors.historian import Historian
from ..actors.ring import Ring
from ..actors.supervisor import SymbolState
from ..actors.symbol import SymbolActor
from .requests import Channel
from .traffic import Traffic

T = TypeVar("T")

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

# The values of a metric's labels, and what was measured.
Samples = Iterable[tuple[tuple[str, ...], T]]

_BOUNDS = [*map(str, BOUNDS_S), "+Inf"]


class Metrics:
    """Everything that can be measured of an exchange and its server."""

    def __init__(
        self, exchange: Exchange, history: Historian | None, feed: Feed, traffic: Traffic
    ) -> None:
        self._registry = CollectorRegistry()
        for read in (
            lambda: symbol_metrics(exchange),
            lambda: data_metrics(exchange, history),
            lambda: feed_metrics(feed),
            lambda: traffic_metrics(traffic),
        ):
            self._registry.register(_Reading(read))
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    async def text(self) -> bytes:
        """All of it, in Prometheus' own format. Others get their turn after each metric."""
        pieces = []
        for metric in self._registry.collect():
            pieces.append(_written(metric))
            await trio.lowlevel.checkpoint()
        return b"".join(pieces)


def _written(metric: Metric) -> bytes:
    return generate_latest(_Reading(lambda: (metric,)))


class _Reading(Collector):
    """What a function yields, in the form that the library wants."""

    def __init__(self, read: Callable[[], Iterable[Metric]]) -> None:
        self._read = read

    def collect(self) -> Iterable[Metric]:
        return self._read()


def symbol_metrics(exchange: Exchange) -> Iterator[Metric]:
    """What the symbols did, and how they are."""

    def each(look: Callable[[SymbolActor], T]) -> Samples[T]:
        return [((symbol,), look(actor)) for symbol, actor in exchange.symbols.items()]

    yield counter(
        "orders",
        "New orders by what became of them: accepted, repeated, or why they were refused",
        ("symbol", "type", "result"),
        [
            ((symbol, type_.value, str(result)), count)
            for symbol, actor in exchange.symbols.items()
            for (type_, result), count in actor.counters.orders.items()
        ],
    )
    by_symbol = ("symbol",)
    yield counter("trades", "Trades, ever", by_symbol, each(lambda actor: actor.counters.trades))
    yield counter(
        "commands", "Commands on disk, ever", by_symbol, each(lambda actor: actor.sequence)
    )
    yield gauge(
        "open_orders",
        "Orders that can still change",
        by_symbol,
        each(lambda actor: actor.counters.open_orders),
    )
    yield gauge(
        "inbox_depth", "Commands that wait", by_symbol, each(lambda actor: actor.inbox_depth)
    )
    yield counter(
        "inbox_overflows",
        "Commands that were refused because too many waited",
        by_symbol,
        each(lambda actor: actor.mailbox.overflows),
    )
    yield histogram(
        "match_seconds",
        "What a command took the engine",
        by_symbol,
        each(lambda actor: actor.counters.matching),
    )
    yield histogram(
        "command_seconds",
        "From when a command was handed in until it was answered, on disk and all",
        by_symbol,
        each(lambda actor: actor.counters.latency),
    )
    statuses = exchange.status()
    yield gauge(
        "symbol_running",
        "Whether the symbol takes orders",
        by_symbol,
        [((each.symbol,), each.state is SymbolState.RUNNING) for each in statuses],
    )
    yield counter(
        "restarts",
        "Restarts of an engine that failed",
        by_symbol,
        [((each.symbol,), each.restarts) for each in statuses],
    )


def data_metrics(exchange: Exchange, history: Historian | None) -> Iterator[Metric]:
    """How the journal, the snapshots and the history are. Without a journal there is nothing to tell."""
    yield gauge("info", "Which exchange this is", ("version",), [((__version__,), 1)])
    yield gauge("running", "Whether the exchange takes commands", (), [((), exchange.running)])
    if exchange.commits is not None:
        yield gauge(
            "journal_position",
            "Records in the journal, of all symbols",
            (),
            [((), exchange.position)],
        )
        yield histogram(
            "commit_seconds",
            "What a group of commands took the journal",
            (),
            [((), exchange.commits)],
        )
    if exchange.snapshots is not None:
        newest = exchange.snapshots.newest
        yield gauge(
            "snapshot_age_seconds",
            "Since the newest snapshot of this process was taken",
            ("symbol",),
            [((symbol,), exchange.snapshots.age_s(symbol) or 0.0) for symbol in newest],
        )
        yield gauge(
            "snapshot_bytes",
            "Size of the newest snapshot",
            ("symbol",),
            [((symbol,), snapshot.size) for symbol, snapshot in newest.items()],
        )
    if history is not None:
        status = history.status()
        yield gauge(
            "history_position",
            "Records that the history has, once that is known",
            (),
            [] if status.position is None else [((), status.position)],
        )
        yield gauge(
            "history_running",
            "Whether the history is being written",
            (),
            [((), status.problem is None)],
        )
        yield counter("history_restarts", "Restarts of the history", (), [((), status.restarts)])


def feed_metrics(feed: Feed) -> Iterator[Metric]:
    """How the streams are. Each depth of a book that is read is a ring; a channel has all of them."""

    def each(look: Callable[[Ring], int]) -> Samples[int]:
        return [
            ((symbol, channel), sum(look(ring) for ring in rings))
            for symbol, found in feed.symbols.items()
            for channel, rings in (
                (Channel.TRADES, [found.trades]),
                (Channel.MARKET_DATA, found.depths),
            )
        ]

    labels = ("symbol", "channel")
    yield gauge(
        "feed_events",
        "Events held for clients that were away",
        labels,
        each(lambda ring: ring.events),
    )
    yield gauge("feed_readers", "Clients that read", labels, each(lambda ring: len(ring.readers)))
    yield counter(
        "feed_resets",
        "Readers who had missed something and began again",
        labels,
        each(lambda ring: ring.resets),
    )


def traffic_metrics(traffic: Traffic) -> Iterator[Metric]:
    """What clients did. Those that were asked to slow down are the requests of status 429."""
    yield gauge("connections", "Connections that are open", (), [((), traffic.connections)])
    yield counter("connections_accepted", "Connections", (), [((), traffic.accepted)])
    yield counter(
        "connections_refused", "Connections that were one too many", (), [((), traffic.refused)]
    )
    yield counter(
        "connections_stalled",
        "Connections that were reset because the client stopped reading",
        (),
        [((), traffic.stalled)],
    )
    yield counter(
        "websocket_messages_refused",
        "Messages of WebSockets that were refused because there were too many",
        (),
        [((), traffic.messages_refused)],
    )
    yield counter(
        "websocket_floods",
        "WebSockets that were closed because their clients sent far too much",
        (),
        [((), traffic.floods)],
    )
    yield counter(
        "http_requests",
        "Requests that were answered",
        ("method", "route", "status"),
        [
            ((method, route, str(status)), count)
            for (method, route, status), count in traffic.requests.items()
        ],
    )
    yield histogram(
        "http_request_seconds",
        "From the head of a request to its answer",
        ("route",),
        [((route,), durations) for route, durations in traffic.durations.items()],
    )


def counter(name: str, says: str, labels: tuple[str, ...], samples: Samples[int]) -> Metric:
    """Something that only grows. Its name ends in _total."""
    family = CounterMetricFamily(f"goquant_{name}", says, labels=labels)
    for values, count in samples:
        family.add_metric(values, count)
    return family


def gauge(name: str, says: str, labels: tuple[str, ...], samples: Samples[float]) -> Metric:
    """Something that is so now."""
    family = GaugeMetricFamily(f"goquant_{name}", says, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def histogram(name: str, says: str, labels: tuple[str, ...], samples: Samples[Histogram]) -> Metric:
    """Durations, by the bounds that they were within."""
    family = HistogramMetricFamily(f"goquant_{name}", says, labels=labels)
    for values, found in samples:
        buckets = zip(_BOUNDS, accumulate(found.counts), strict=True)
        family.add_metric(values, [(bound, count) for bound, count in buckets], found.total_s)
    return family
