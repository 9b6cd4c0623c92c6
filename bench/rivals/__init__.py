"""One adapter per engine. Each is imported only where its engine is installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from .adapter import Adapter

ADAPTERS = {
    "goquant": "ours:OurAdapter",
    "yardstick": "yardstick:YardstickAdapter",
    "matching-engine": "matching_engine:MatchingEngineAdapter",
    "pyorderbook": "pyorderbook:PyorderbookAdapter",
    "lightmatchingengine": "lightmatchingengine:LightMatchingEngineAdapter",
    "order-matching": "order_matching:OrderMatchingAdapter",
    "liquibook": "liquibook:LiquibookAdapter",
    "liquibook-silent": "liquibook:SilentLiquibookAdapter",
}


def adapter_of(name: str) -> Callable[[], Adapter]:
    """What builds a fresh engine of that name; imports the engine."""
    module, _, attribute = ADAPTERS[name].partition(":")
    build: Callable[[], Adapter] = getattr(import_module(f".{module}", __name__), attribute)
    return build
