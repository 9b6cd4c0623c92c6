"""The configuration: every rule, who beats whom, and that what is printed loads as the same."""

from dataclasses import asdict
from pathlib import Path

import pytest

from goquant.actors.calls import INBOX_MAX
from goquant.config import RULES, BadConfiguration, Configuration, Settings, load
from goquant.rules import toml
from goquant.serving import limits_of
from goquant.web.limits import Limits

TABLE: dict[str, object] = {"symbol": "X-USD", "tick_size": "0.01", "lot_size": "0.001"}


@pytest.fixture(autouse=True)
def _empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def load_text(text: str, **environ: str) -> Configuration:
    Path("goquant.toml").write_text(text, "utf-8")
    return load({}, environ)


def problems_of(text: str, **environ: str) -> list[str]:
    with pytest.raises(BadConfiguration) as caught:
        load_text(text, **environ)
    return caught.value.problems


def instrument_text(**changes: object) -> str:
    table = {**TABLE, **changes}
    return "[[instruments]]\n" + "".join(f"{k} = {toml(v)}\n" for k, v in table.items() if v != "")


# Who beats whom


def test_defaults_hold_when_nothing_is_said() -> None:
    configuration = load({}, {"PATH": "/bin"})
    assert configuration.settings == Settings()
    assert configuration.sources == {}


def test_a_flag_beats_a_variable_beats_the_file_beats_the_default() -> None:
    text = "port = 1\ninbox_max = 1\nconnections_max = 1\n"
    Path("goquant.toml").write_text(text)
    environ = {"GOQUANT_PORT": "2", "GOQUANT_INBOX_MAX": "2"}
    configuration = load({"port": "3"}, environ)
    settings = configuration.settings
    assert (settings.port, settings.inbox_max, settings.connections_max) == (3, 2, 1)
    assert settings.shutdown_grace_ms == 750
    assert configuration.sources == {
        "port": "--port",
        "inbox_max": "GOQUANT_INBOX_MAX",
        "connections_max": "goquant.toml: connections_max",
    }


def test_the_file_is_the_flags_the_variables_or_the_one_in_the_working_directory() -> None:
    for number, name in enumerate(("goquant.toml", "variable.toml", "flag.toml"), 1):
        Path(name).write_text(f"port = {number}")
    assert load({}, {}).settings.port == 1
    environ = {"GOQUANT_CONFIG": "variable.toml"}
    assert load({}, environ).settings.port == 2
    assert load({"config": "flag.toml"}, environ).settings.port == 3


@pytest.mark.parametrize(
    ("flags", "environ"), [({"config": "no.toml"}, {}), ({}, {"GOQUANT_CONFIG": "no.toml"})]
)
def test_a_named_file_must_exist(flags: dict[str, str], environ: dict[str, str]) -> None:
    with pytest.raises(BadConfiguration, match=r"no\.toml.*No such file"):
        load(flags, environ)


def test_a_file_must_be_toml() -> None:
    assert "line 1" in problems_of("port 8000")[0]
    Path("goquant.toml").write_bytes(b'host = "\xff"')
    with pytest.raises(BadConfiguration, match="utf-8"):
        load({}, {})
    with pytest.raises(BadConfiguration, match="directory"):
        load({"config": "."}, {})


# Settings


@pytest.mark.parametrize("name", RULES)
def test_every_default_obeys_its_own_rule(name: str) -> None:
    default = getattr(Settings(), name)
    assert RULES[name].read(str(default)) == default


def test_the_defaults_are_those_of_the_parts_that_they_are_for() -> None:
    settings = Settings()
    assert settings.inbox_max == INBOX_MAX
    assert limits_of(settings) == Limits()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("host", "::1"),
        ("host", "exchange-1.example.org"),
        ("host", "0.0.0.0"),
        ("port", 0),
        ("port", 65535),
        ("data_dir", "/srv/börse"),
        ("log_level", "debug"),
        ("log_format", "json"),
        ("inbox_max", 1),
        ("connections_max", 1_000_000),
        ("connections_per_address_max", 1),
        ("shutdown_grace_ms", 0),
        ("keep_alive_ms", 1),
        ("head_timeout_ms", 86_400_000),
        ("body_timeout_ms", 250),
        ("send_timeout_ms", 1),
        ("websocket_ping_ms", 1),
        ("websocket_silence_ms", 1),
        ("head_bytes_max", 1024),
        ("body_bytes_max", 1_048_576),
        ("message_bytes_max", 1024),
        ("orders_per_s_max", 0),
        ("orders_per_s_max", 1_000_000),
        ("orders_burst_max", 1),
    ],
)
def test_good_values(name: str, value: object) -> None:
    settings = load_text(f"{name} = {toml(value)}").settings
    assert str(getattr(settings, name)) == str(value)
    # The same as text, the way a flag or a variable gives it.
    assert load({name: str(value)}, {}).settings == settings


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("host", '""'),
        ("host", '"[::1]"'),
        ("host", '"a b"'),
        ("host", "127"),
        ("port", "65536"),
        ("port", "-1"),
        ("port", "80.0"),
        ("port", "8e3"),
        ("port", "true"),
        ("port", '"8_000"'),
        ("port", '"\\uff18000"'),
        ("port", '"80\\n"'),
        ("port", '""'),
        ("port", "[80]"),
        ("data_dir", '""'),
        ("data_dir", '"a\\nb"'),
        ("data_dir", "1"),
        ("log_level", '"INFO"'),
        ("log_level", '"trace"'),
        ("log_format", '"xml"'),
        ("log_format", "{ a = 1 }"),
        ("inbox_max", "0"),
        ("connections_max", "0"),
        ("connections_per_address_max", "1000001"),
        ("shutdown_grace_ms", "60001"),
        ("keep_alive_ms", "0"),
        ("head_timeout_ms", "86400001"),
        ("body_timeout_ms", "0.5"),
        ("send_timeout_ms", "-1"),
        ("websocket_ping_ms", "0"),
        ("websocket_silence_ms", "0"),
        ("head_bytes_max", "1023"),
        ("body_bytes_max", "1048577"),
        ("message_bytes_max", "0"),
        ("orders_per_s_max", "-1"),
        ("orders_burst_max", "0"),
    ],
)
def test_bad_values_are_told_with_key_and_rule(name: str, written: str) -> None:
    (problem,) = problems_of(f"{name} = {written}")
    assert problem.startswith(f"goquant.toml: {name} = ")
    assert problem.endswith(f": must be {RULES[name].says}")


def test_a_bad_value_counts_even_where_a_better_one_beats_it() -> None:
    Path("goquant.toml").write_text("port = -1")
    with pytest.raises(BadConfiguration) as caught:
        load({"port": "http"}, {"GOQUANT_PORT": ""})
    says = "must be a whole number from 0 to 65535"
    assert caught.value.problems == [
        f"goquant.toml: port = -1: {says}",
        f'GOQUANT_PORT = "": {says}',
        f'--port = "http": {says}',
    ]


def test_unknown_names_are_errors_that_suggest_the_nearest() -> None:
    assert problems_of("prot = 1", GOQUANT_DATADIR="x") == [
        "goquant.toml: prot is unknown: did you mean port?",
        "GOQUANT_DATADIR is unknown: did you mean GOQUANT_DATA_DIR?",
    ]


def test_all_problems_are_told_at_once() -> None:
    text = "port = -1\nhots = 1\n" + instrument_text(lot_size="0", fee="1", price_band="x")
    problems = problems_of(text, GOQUANT_INBOX_MAX="many")
    assert [problem.split(":")[-2].strip() for problem in problems] == [
        "port = -1",
        "hots is unknown",
        'GOQUANT_INBOX_MAX = "many"',
        "fee is unknown",
        'lot_size = "0"',
        'price_band = "x"',
    ]


def test_every_limit_that_can_be_set_is_one_of_the_server() -> None:
    """Each at a value of its own, so that none can stand in the place of another."""
    milliseconds = {
        "keep_alive_ms": "keep_alive_s",
        "head_timeout_ms": "head_s",
        "body_timeout_ms": "body_s",
        "send_timeout_ms": "stall_s",
        "websocket_ping_ms": "ping_s",
        "websocket_silence_ms": "silence_s",
        "shutdown_grace_ms": "grace_s",
    }
    counts = [name for name in RULES if name.endswith("_max") and name != "inbox_max"]
    counts.append("access_log_sample")
    wanted: dict[str, float] = {
        name: 2_000 + place for place, name in enumerate([*milliseconds, *counts])
    }
    limits = limits_of(load({name: str(value) for name, value in wanted.items()}, {}).settings)
    expected = asdict(Limits()) | {name: wanted[name] for name in counts}
    expected |= {limit: wanted[name] / 1000 for name, limit in milliseconds.items()}
    assert asdict(limits) == expected


# What is printed


def test_what_is_printed_loads_as_the_same() -> None:
    text = 'data_dir = "a \\"b\\" \\\\ ü"\nlog_level = "error"\n' + instrument_text(
        tick_size="0.50", notional_min="0.0000001", taker_fee="0.000003", price_band="0.05"
    )
    first = load_text(text, GOQUANT_PORT="0")
    assert load_text(first.to_toml()).settings == first.settings
    assert load_text(Configuration(Settings(), {}).to_toml()).settings == Settings()


def test_it_is_told_where_each_value_comes_from() -> None:
    lines = load_text(instrument_text(), GOQUANT_PORT="1").to_toml().splitlines()
    assert "port = 1  # GOQUANT_PORT" in lines
    assert 'host = "127.0.0.1"  # default' in lines
    assert 'tick_size = "0.01"  # goquant.toml: tick_size' in lines
    assert 'price_band = "0"  # default' in lines
