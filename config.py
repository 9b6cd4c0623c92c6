"""Every setting: its name, type, default, rule and meaning, once, in `Settings`.

From there come the flags, the environment variables, the keys of the TOML file, and what
`goquant config` prints. A flag beats a variable, that beats the file, that beats the default.
"""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from attrs import field, fields, frozen

from .book.instrument import Instrument
from .listing import DEFAULT_INSTRUMENTS, KEYS, read_instruments, to_table
from .rules import Rule, Unquoted, broken, choice, path, text, toml, unknown, whole

T = TypeVar("T")

PREFIX = "GOQUANT_"
FILE = "goquant.toml"
CONFIG = "config"
INSTRUMENTS = "instruments"

KIB = 1024
DAY_MS = 24 * 3600 * 1000

# A scheme, a host in lower case, and a port unless it is the usual one.
_ORIGIN = r"https?://[a-z0-9.:\[\]-]+"

_RULE = "rule"
_HELP = "help"


def _setting(default: T, rule: Rule[T], help: str) -> T:
    return field(default=default, metadata={_RULE: rule, _HELP: help})


# ruff: noqa: RUF009 - the calls below only describe fields, and their values cannot be changed.
@frozen(kw_only=True)
class Settings:
    """All that an exchange can be told before it starts."""

    host: str = _setting(
        "127.0.0.1",
        text(r"[A-Za-z0-9.:%_-]+", "a host name or an address, without port and brackets"),
        "Listen on this address.",
    )
    port: int = _setting(8000, whole(0, 65535), "Listen on this port; 0 takes a free one.")
    data_dir: Path = _setting(
        Path("data"),
        path(),
        "Directory of the exchange, created if missing: its journal, snapshots and history.",
    )
    fsync: str = _setting(
        "always",
        choice("always", "interval", "never"),
        "When an order is on disk: before it is answered, within a second after, or when the "
        "system likes. With interval and never a power cut loses answered orders.",
    )
    snapshot_interval_ms: int = _setting(
        5000, whole(100, 3_600_000), "Time between two snapshots of a symbol that changes."
    )
    history: str = _setting(
        "on",
        choice("on", "off"),
        "Whether a process of its own writes the history, for trades, orders and candles of any age.",
    )
    log_level: str = _setting(
        "info", choice("debug", "info", "warning", "error"), "Log this and what is worse."
    )
    log_format: str = _setting(
        "auto",
        choice("auto", "console", "json"),
        "How the log looks on standard error; auto is console on a terminal and json elsewhere.",
    )
    access_log_sample: int = _setting(
        0,
        whole(0, 1_000_000),
        "Log one request of so many, and each that fails with 5xx; 0 logs none.",
    )
    inbox_max: int = _setting(
        1024,
        whole(1, 1_000_000),
        "Commands that may wait for one symbol; more are refused with 503.",
    )
    connections_max: int = _setting(
        10_000, whole(1, 1_000_000), "Connections of all clients; more are refused with 503."
    )
    connections_per_address_max: int = _setting(
        10_000, whole(1, 1_000_000), "Connections of one address; more are refused with 503."
    )
    keep_alive_ms: int = _setting(
        60_000, whole(1, DAY_MS), "Silence between two requests after which a connection is closed."
    )
    head_timeout_ms: int = _setting(
        10_000,
        whole(1, DAY_MS),
        "Time for the headers of a request; then its connection is closed.",
    )
    body_timeout_ms: int = _setting(
        5_000,
        whole(1, DAY_MS),
        "Time for the body of a request after its headers, then it is a 408; and for a WebSocket message, "
        "from its first byte to its last, then it is closed with 1008.",
    )
    send_timeout_ms: int = _setting(
        5_000,
        whole(1, DAY_MS),
        "Time for a client to take 64 KiB of an answer; then its connection is reset.",
    )
    websocket_ping_ms: int = _setting(
        20_000, whole(1, DAY_MS), "Time between two pings of a WebSocket."
    )
    websocket_silence_ms: int = _setting(
        60_000,
        whole(1, DAY_MS),
        "Silence of a WebSocket, pongs included, after which it is closed: longer than between pings.",
    )
    head_bytes_max: int = _setting(
        16 * KIB, whole(KIB, 64 * KIB), "Bytes of a request's headers; more are refused with 431."
    )
    body_bytes_max: int = _setting(
        64 * KIB, whole(KIB, 1024 * KIB), "Bytes of a request's body; more are refused with 413."
    )
    message_bytes_max: int = _setting(
        64 * KIB, whole(KIB, 1024 * KIB), "Bytes of a WebSocket message; more close it with 1009."
    )
    orders_per_s_max: int = _setting(
        0,
        whole(0, 1_000_000),
        "New orders and replaces of one account in a second, of one address where no account is named; "
        "more are refused with 429. 0 sets no limit.",
    )
    orders_burst_max: int = _setting(
        100,
        whole(1, 1_000_000),
        "New orders and replaces that may come at once before orders_per_s_max counts.",
    )
    feed_events_max: int = _setting(
        10_000,
        whole(1, 1_000_000),
        "Events of each stream of each symbol that are kept for clients that were away.",
    )
    subscriptions_max: int = _setting(
        100, whole(1, 1_000_000), "Symbols that one client may read over one connection."
    )
    messages_per_s_max: int = _setting(
        50,
        whole(1, 1_000_000),
        "Messages a second from one WebSocket client of market data; more are refused, many more "
        "are closed with 1008.",
    )
    order_messages_per_s_max: int = _setting(
        20_000, whole(1, 1_000_000), "The same from one WebSocket client that trades."
    )
    frames_per_s_max: int = _setting(
        200,
        whole(1, 1_000_000),
        "Pings, pongs and fragments a second from one WebSocket client; more close it with 1008.",
    )
    orders_in_flight_max: int = _setting(
        512,
        whole(1, 1_000_000),
        "Commands of one WebSocket client that are not answered yet; with more it is not listened to.",
    )
    allowed_origins: str = _setting(
        "",
        text(
            f"({_ORIGIN}(,{_ORIGIN})*)?",
            "origins as browsers name them, such as https://desk.example, separated by commas",
        ),
        "Other pages that may use the exchange from a browser, and its own where it is reached by a name; at an address its own always may.",
    )
    shutdown_grace_ms: int = _setting(
        750, whole(0, 60_000), "Time for requests to end by themselves when the exchange stops."
    )
    instruments: tuple[Instrument, ...] = DEFAULT_INSTRUMENTS


RULES: dict[str, Rule[object]] = {
    attribute.name: attribute.metadata[_RULE]
    for attribute in fields(Settings)
    if _RULE in attribute.metadata
}


class BadConfiguration(Exception):
    """The configuration breaks rules; `problems` says which, all of them."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@frozen
class Configuration:
    """The settings in force, and who gave each: a flag, a variable or a file; else the default.

    The keys of `sources` are names of settings, and "SYMBOL.key" for instruments.
    """

    settings: Settings
    sources: Mapping[str, str]

    def to_toml(self) -> str:
        """A file that loads as the same settings, with the sources as comments."""
        lines = ["# The configuration in force. Saved as a file it loads as the same.", ""]
        for name, rule in RULES.items():
            value = getattr(self.settings, name)
            lines += [f"# {help_of(name)}", f"# It must be {rule.says}."]
            lines += [self._line(name, value, name), ""]
        lines += ["# The keys of an instrument; fees, sizes and limits are decimal strings."]
        lines += [f"#   {key}: {help}." for key, help in KEYS.items()]
        for instrument in self.settings.instruments:
            lines += ["", f"[[{INSTRUMENTS}]]"]
            for key, value in to_table(instrument).items():
                lines.append(self._line(key, value, f"{instrument.symbol}.{key}"))
        return "\n".join([*lines, ""])

    def _line(self, key: str, value: object, source: str) -> str:
        text = toml(str(value) if isinstance(value, Path) else value)
        return f"{key} = {text}  # {self.sources.get(source, 'default')}"


def help_of(name: str) -> str:
    """What a setting means, in a sentence or two."""
    help: str = getattr(fields(Settings), name).metadata[_HELP]
    return help


def flag_of(name: str) -> str:
    """The command line flag of a setting."""
    return f"--{name.replace('_', '-')}"


def variable_of(name: str) -> str:
    """The environment variable of a setting."""
    return f"{PREFIX}{name.upper()}"


def load(flags: Mapping[str, str], environ: Mapping[str, str]) -> Configuration:
    """Find and check what is in force. `flags` holds those given, by the name of the setting.

    The flag and the variable called config name the file; without them it is goquant.toml in the
    working directory, if there is one.

    Raises:
        BadConfiguration: a value breaks a rule, be it in force or not, or a key is not known.
    """
    problems: list[str] = []
    variables = {name: text for name, text in environ.items() if name.startswith(PREFIX)}
    named = variables.pop(variable_of(CONFIG), None)
    flags = {flag_of(name): text for name, text in flags.items()}
    named = flags.pop(flag_of(CONFIG), named)
    contents = _read_file(named, problems)
    where = f"{named or FILE}: "
    tables = contents.pop(INSTRUMENTS, None)
    values: dict[str, Any] = {}  # The rule of each setting gives it the type of its field.
    sources: dict[str, str] = {}
    origins: list[tuple[str, Callable[[str], str], Mapping[str, object]]]
    origins = [(where, str, contents), ("", variable_of, variables), ("", flag_of, flags)]
    for label, spell, given in origins:
        read = _read_given(given, label, spell, problems)
        values |= read
        sources |= {name: f"{label}{spell(name)}" for name in read}
    if tables is not None:
        values[INSTRUMENTS] = read_instruments(tables, where, problems)
    if problems:
        raise BadConfiguration(problems)
    if isinstance(tables, list):
        for table in tables:
            sources |= {f"{table['symbol']}.{key}": f"{where}{key}" for key in table}
    return Configuration(Settings(**values), sources)


def _read_file(named: str | None, problems: list[str]) -> dict[str, object]:
    file = Path(FILE if named is None else named)
    says = "a TOML file in UTF-8"
    try:
        return tomllib.loads(file.read_bytes().decode(), parse_float=Unquoted)
    except FileNotFoundError as error:
        if named is not None:
            problems.append(f"{broken(CONFIG, str(file), says)}: {error.strerror}")
    except OSError as error:
        problems.append(f"{broken(CONFIG, str(file), says)}: {error.strerror}")
    except ValueError as error:
        problems.append(f"{broken(CONFIG, str(file), says)}: {error}")
    except RecursionError:
        problems.append(f"{broken(CONFIG, str(file), says)}: nested too deeply")
    return {}


def _read_given(
    given: Mapping[str, object], label: str, spell: Callable[[str], str], problems: list[str]
) -> dict[str, object]:
    """Read the values of one origin, which spells the names of the settings in its own way."""
    names = {spell(name): name for name in RULES}
    values = {}
    for spelling, value in given.items():
        if spelling not in names:
            problems.append(unknown(label, spelling, names))
            continue
        rule = RULES[names[spelling]]
        try:
            values[names[spelling]] = rule.read(value)
        except ValueError:
            problems.append(broken(f"{label}{spelling}", value, rule.says))
    return values
