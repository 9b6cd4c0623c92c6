"""What the chart is made of. Places and sizes are in units of its canvas, which is `WIDTH` by `HEIGHT`."""

from dataclasses import dataclass
from enum import StrEnum

WIDTH, HEIGHT = 2000, 1330


class Layer(StrEnum):
    """Whose colour a part has."""

    FRONT = "front"
    API = "api"
    CORE = "core"
    BOOK = "book"
    DISK = "disk"


class Kind(StrEnum):
    """How what goes along an arrow gets there."""

    CALL = "call"
    """A call: the caller goes on with what comes back."""
    MESSAGE = "message"
    """Handed over: whoever hands it over goes on at once, and the other end takes it when its turn comes."""


class Side(StrEnum):
    """Of a box."""

    TOP = "top"
    RIGHT = "right"
    BOTTOM = "bottom"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    def holds(self, other: "Place") -> bool:
        """Whether the other lies within this one, its edges included."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.right <= self.right
            and other.bottom <= self.bottom
        )

    def meets(self, other: "Place") -> bool:
        """Whether the two have any area in common."""
        return (
            self.x < other.right
            and other.x < self.right
            and self.y < other.bottom
            and other.y < self.bottom
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A layer: the frame around its boxes."""

    layer: Layer
    title: str
    says: str
    says_at: float
    """Where `says` begins, so that no arrow crosses it."""
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A part of the system."""

    name: str
    layer: Layer
    title: str
    says: str
    """What it does, for whoever picks it."""
    place: Place
    lines: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    """What it serves, each as method and path, or WS and path."""
    modules: tuple[str, ...] = ()
    """Of the package, without its name: `book.engine`."""
    steps: tuple[str, ...] = ()
    """What it does in turn, drawn as a chain."""
    chips: tuple[str, ...] = ()
    """The technologies that it rests on."""
    live: str = ""
    """The name of its figures on the page; see templates/static/architecture/figures.js."""
    copies: int = 0
    """How many of its kind are hinted at behind it."""
    picture: str = ""
    """The name of a drawing in it; see `pictures`."""
    durable: bool = False
    """Whether what has come here outlives the process."""


@dataclass(frozen=True, slots=True)
class Port:
    """A point on the edge of a box."""

    box: str
    side: Side
    along: float
    """Where on that side: x at the top and the bottom, y at the left and the right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """From one box to another."""

    name: str
    start: Port
    end: Port
    kind: Kind
    via: tuple[tuple[float, float], ...] = ()
    """Its corners."""
    label: str = ""
    label_at: tuple[float, float] = (0, 0)
    """The middle of the label."""
    is_critical: bool = False
    """Whether it lies on the way of an order to its answer."""


@dataclass(frozen=True, slots=True)
class Step:
    """Of a flow: what happens, and the boxes and arrows where it does."""

    says: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One way through the system, step by step."""

    name: str
    title: str
    steps: tuple[Step, ...]
