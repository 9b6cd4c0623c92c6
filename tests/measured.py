"""Reads the metrics, as Prometheus does."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from prometheus_client.parser import text_string_to_metric_families

from api import Api

Samples = Mapping[str, Sequence[tuple[dict[str, str], float]]]


async def metrics_of(api: Api) -> Samples:
    """The labels and the value of each sample, by its name."""
    found = defaultdict(list)
    for family in text_string_to_metric_families((await api.send("GET", "/metrics")).text):
        for sample in family.samples:
            found[sample.name].append((dict(sorted(sample.labels.items())), sample.value))
    return found


def measured(samples: Samples, name: str, **labels: str) -> float:
    """The sum of the samples of a name that have these labels."""
    found = [value for each, value in samples[name] if labels.items() <= each.items()]
    assert found, f"nothing of {name} has {labels}"
    return sum(found)
