"""What bench/ measured. A test holds every figure against docs/benchmarks.md."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One result, as the chart shows it and as the report has it."""

    value: str
    says: str
    section: str
    """The heading in docs/benchmarks.md."""
    line: str
    """How a line of that section begins, with the figure in it; of two such lines the first."""
    figure: str
    """What stands in that line."""


FIGURES = (
    Figure(
        value="254,000 /s",
        says="commands through the engine, one core",
        section="bench book",
        line="by processor time",
        figure="253,945",
    ),
    Figure(
        value="111,000 /s",
        says="durable commands, 256 in flight",
        section="bench durable",
        line="256 in flight, pipeline",
        figure="111,456",
    ),
    Figure(
        value="3.4 \u00b5s",
        says="a command in the engine, median",
        section="bench latency",
        line="collector: default",
        figure="3.4",
    ),
    Figure(
        value="1.5 s",
        says="to recover 100,000 orders and 200,000 commands",
        section="bench recovery",
        line="A ",
        figure="1.51",
    ),
)

ON = "x86-64, 2 cores, CPython 3.11"
