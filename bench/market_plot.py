"""The picture of `bench market`: price and volume, spread and depth, returns, and what lasts. Plain SVG."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import erf, log10, sqrt
from statistics import fmean, median

from .market import BUCKET_S, LAGS, Session, autocorrelation

WIDTH, HEIGHT = 960, 760

# Colours that can be told apart in any kind of colour blindness, on a ground of their own.
GROUND, TEXT, LINE, GRID = "#ffffff", "#33404d", "#8793a0", "#e4e8ec"
BLUE, ORANGE, GREY, PALE = "#0b6bb5", "#c25700", "#7a8794", "#bcd5ea"

# The long axes of time have so many seconds to a point.
STEP_S = 20

# Standard deviations to either side in the picture of returns, and bars for each.
DEVIATIONS, BARS = 8, 4

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Panel:
    """A rectangle of the picture, and which values lie at its edges."""

    left: float
    top: float
    width: float
    height: float
    xs: tuple[float, float]
    ys: tuple[float, float]

    def x(self, value: float) -> float:
        low, high = self.xs
        return self.left + self.width * (value - low) / (high - low)

    def y(self, value: float) -> float:
        low, high = self.ys
        return self.top + self.height * (1 - (value - low) / (high - low))

    def frame(self, title: str) -> Iterator[str]:
        """The title and the line below."""
        bottom = self.top + self.height
        yield f'<text class="title" x="{self.left}" y="{self.top - 10}">{escape(title)}</text>'
        yield f'<path stroke="{LINE}" d="M{self.left} {bottom}h{self.width}"/>'

    def y_marks(self, values: Sequence[float], form: Callable[[float], str]) -> Iterator[str]:
        for value in values:
            y = self.y(value)
            yield f'<path stroke="{GRID}" d="M{self.left} {y:.1f}h{self.width}"/>'
            yield f'<text x="{self.left - 6}" y="{y + 3.5:.1f}" text-anchor="end">{form(value)}</text>'

    def x_marks(self, values: Sequence[float], form: Callable[[float], str]) -> Iterator[str]:
        y = self.top + self.height + 15
        for value in values:
            yield f'<text x="{self.x(value):.1f}" y="{y}" text-anchor="middle">{form(value)}</text>'

    def line(self, points: Points, colour: str, more: str = "") -> str:
        path = "L".join(f"{self.x(x):.1f} {self.y(y):.1f}" for x, y in points)
        return f'<path fill="none" stroke="{colour}" stroke-width="1.3" {more} d="M{path}"/>'

    def bars(self, points: Points, width: float, colour: str) -> str:
        """Bars that stand on the lower edge, `width` of the axis wide."""
        wide = self.x(width) - self.x(0)
        base = self.top + self.height
        path = "".join(
            f"M{self.x(x):.1f} {base:.1f}h{wide:.1f}V{self.y(y):.1f}h{-wide:.1f}z"
            for x, y in points
            if y > self.ys[0]
        )
        return f'<path fill="{colour}" d="{path}"/>'

    def key(self, at: int, colour: str, text: str) -> str:
        """A line of the legend, in the upper right corner."""
        y = self.top + 8 + 15 * at
        right = self.left + self.width
        return (
            f'<path stroke="{colour}" stroke-width="3" d="M{right - 16} {y}h16"/>'
            f'<text x="{right - 22}" y="{y + 3.5}" text-anchor="end">{escape(text)}</text>'
        )


def draw(session: Session, title: str) -> str:
    """The whole picture as an SVG document."""
    parts = [
        *prices(session),
        *quotes(session),
        *distribution(session.returns()),
        *memory(session),
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
            f"<title>{escape(title)}</title>",
            (
                f"<style>text{{font:11px system-ui,sans-serif;fill:{TEXT}}}"
                ".title{font-size:13px;font-weight:600}</style>"
            ),
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{GROUND}"/>',
            *parts,
            "</svg>\n",
        ]
    )


def prices(session: Session) -> Iterator[str]:
    """The mid price, and the volume of each minute below it."""
    mids = session.mids[::STEP_S]
    hours = len(session.mids) / 3600
    low, high = min(mids), max(mids)
    room = high - low
    panel = Panel(70, 34, 860, 190, (0, hours), (low - 0.45 * room, high + 0.05 * room))
    yield from panel.frame("Price, USD, and volume of each minute")
    yield from panel.y_marks([low, (low + high) / 2, high], lambda value: f"{value:,.0f}")
    minutes = [sum(session.volumes[at : at + 60]) for at in range(0, len(session.volumes) - 59, 60)]
    below = Panel(70, 164, 860, 60, (0, hours), (0, max(minutes)))
    yield below.bars([(at / 60, volume) for at, volume in enumerate(minutes)], 0.8 / 60, PALE)
    yield panel.line([(at * STEP_S / 3600, mid) for at, mid in enumerate(mids)], BLUE)


def quotes(session: Session) -> Iterator[str]:
    """What the spread is over time, and what rests near to it."""
    hours = len(session.mids) / 3600
    spreads = typical(session.spreads_bps)
    depths = typical([(bid + ask) / 2 / 1000 for bid, ask in session.depths])
    upper = Panel(70, 262, 860, 70, (0, hours), (0, 1.05 * max(spreads)))
    yield from upper.frame("Spread, basis points")
    yield from upper.y_marks([0, max(spreads)], lambda value: f"{value:.1f}")
    yield upper.line([(at * STEP_S / 3600, each) for at, each in enumerate(spreads)], ORANGE)
    lower = Panel(70, 366, 860, 70, (0, hours), (0, 1.05 * max(depths)))
    yield from lower.frame("Depth of a side within 5 basis points of the mid price, thousand USD")
    yield from lower.y_marks([0, max(depths)], lambda value: f"{value:.0f}")
    yield lower.line([(at * STEP_S / 3600, each) for at, each in enumerate(depths)], BLUE)
    halves = [half / 2 for half in range(int(2 * hours) + 1)]
    yield from lower.x_marks(halves, lambda value: f"{value:g} h")


def typical(values: Sequence[float]) -> list[float]:
    """The median of each step."""
    return [median(values[at : at + STEP_S]) for at in range(0, len(values), STEP_S)]


def distribution(returns: Sequence[float]) -> Iterator[str]:
    """How often which returns come, on a logarithmic scale, and how often normal ones would."""
    deviation = fmean(value**2 for value in returns) ** 0.5
    edges = range(-DEVIATIONS * BARS, DEVIATIONS * BARS)
    counts = dict.fromkeys(edges, 0)
    for value in returns:
        at = int(value / deviation * BARS // 1)
        counts[max(edges[0], min(edges[-1], at))] += 1
    found = [(at / BARS, decades(count / len(returns))) for at, count in counts.items()]
    normal = [((at + 0.5) / BARS, decades(chance(at / BARS))) for at in edges]
    panel = Panel(70, 500, 390, 200, (-DEVIATIONS, DEVIATIONS), (-4, 0))
    yield from panel.frame(f"Returns of {BUCKET_S} s, in standard deviations")
    yield from panel.y_marks([-4, -3, -2, -1, 0], lambda value: f"{10**value:g}")
    yield panel.bars(found, 0.9 / BARS, PALE)
    yield panel.line([each for each in normal if each[1] > -4], ORANGE)
    yield from panel.x_marks(range(-DEVIATIONS, DEVIATIONS + 1, 2), lambda value: f"{value:+g}")
    yield panel.key(0, PALE, "traders")
    yield panel.key(1, ORANGE, "normal")


def chance(begin: float) -> float:
    """That a normal value lies between `begin` and the next edge, in deviations."""
    low, high = (erf(each / sqrt(2)) for each in (begin, begin + 1 / BARS))
    return (high - low) / 2


def decades(share: float) -> float:
    """The logarithm of a share, none below the lower edge."""
    return log10(share) if share > 1e-4 else -4.0


def memory(session: Session) -> Iterator[str]:
    """How long volume and the size of returns say something about what follows; returns do not."""
    returns = session.returns()
    bound = 2 / len(returns) ** 0.5
    panel = Panel(540, 500, 390, 200, (0, LAGS[-1] * BUCKET_S), (-0.1, 0.4))
    yield from panel.frame(f"Autocorrelation in steps of {BUCKET_S} s")
    yield from panel.y_marks([-0.1, 0, 0.1, 0.2, 0.3, 0.4], lambda value: f"{value:+.1f}")
    for edge in (-bound, bound):
        ends = [(panel.xs[0], edge), (panel.xs[1], edge)]
        yield panel.line(ends, LINE, 'stroke-dasharray="3 3"')
    for at, (name, values, colour) in enumerate(
        (
            ("volume", session.volume(), BLUE),
            ("absolute returns", [abs(value) for value in returns], ORANGE),
            ("returns", returns, GREY),
        )
    ):
        points = [(lag * BUCKET_S, autocorrelation(values, lag)) for lag in LAGS]
        yield panel.line(points, colour)
        yield panel.key(at, colour, name)
    yield panel.key(3, LINE, "95 % of pure noise lie between")
    yield from panel.x_marks(range(0, LAGS[-1] * BUCKET_S + 1, 60), lambda value: f"{value:g} s")
