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
        value="704,000 /s",
        says="commands through the engine, one core",
        section="bench book",
        line="by processor time",
        figure="703,962",
    ),
    Figure(
        value="1.5 \u00b5s",
        says="a command in the engine, median; 6.5 of 99 %",
        section="bench latency",
        line="collector: default",
        figure="1.5",
    ),
    Figure(
        value="126,000 /s",
        says="durable commands, 256 in flight",
        section="bench durable",
        line="256 in flight, pipeline",
        figure="126,258",
    ),
    Figure(
        value="7,600 /s",
        says="single durable orders over REST, 3.3 echoes",
        section="bench rest",
        line="POST /orders  ",
        figure="7,619",
    ),
    Figure(
        value="34,400 /s",
        says="durable orders over WebSocket, 50 at a time",
        section="bench trading",
        line="orders in batches of 50  ",
        figure="34,429",
    ),
    Figure(
        value="999,000 /s",
        says="events to 100 WebSocket subscribers",
        section="bench fanout",
        line="100   10,000",
        figure="998,807",
    ),
    Figure(
        value="2.8 ms",
        says="from publish to read, 99 % of 100 readers",
        section="bench fanout",
        line="100    1,000",
        figure="2.8",
    ),
    Figure(
        value="0.8 ms",
        says="stall of a snapshot of 300,000 orders",
        section="bench snapshot",
        line="300,000",
        figure="0.82",
    ),
    Figure(
        value="1.2 s",
        says="to recover 100,000 orders, 200,000 commands",
        section="bench recovery",
        line="A  ",
        figure="1.23",
    ),
)

ON = "x86-64, 2 cores, CPython 3.11"
