"""The commands, as far as no server runs."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import goquant
from goquant.__main__ import cli
from goquant.config import RULES, flag_of, load, variable_of


@pytest.fixture(autouse=True)
def _empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in RULES:
        monkeypatch.delenv(variable_of(name), raising=False)


def invoke(*arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(cli, arguments, env=environ)


def test_the_version() -> None:
    result = invoke("--version")
    assert (result.exit_code, result.stdout) == (0, f"goquant {goquant.__version__}\n")


def test_python_dash_m_is_the_same_command() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "goquant", "--version"], check=True, capture_output=True, text=True
    )
    assert ended.stdout == f"goquant {goquant.__version__}\n"


def test_without_a_command_there_is_help() -> None:
    help = invoke("--help").stdout
    for command in ("bots", "config", "demo", "replay", "serve"):
        assert f"\n  {command} " in help
    assert invoke("replay", "--help").exit_code == 0


@pytest.mark.parametrize("command", ["serve", "demo", "config"])
def test_every_setting_has_a_flag_whose_help_names_the_variable(command: str) -> None:
    help = " ".join(invoke(command, "--help").stdout.split())
    for name in (*RULES, "config"):
        assert f"{flag_of(name)} " in help
        assert variable_of(name) in help


def test_help_says_what_is_in_the_data_directory() -> None:
    help = " ".join(invoke("serve", "--help").stdout.split())
    assert "its journal, snapshots and history" in help


def test_what_config_prints_is_what_is_in_force() -> None:
    result = invoke("config", "--port", "1", GOQUANT_HOST="::1")
    assert result.exit_code == 0
    Path("saved.toml").write_text(result.stdout)
    settings = load({"config": "saved.toml"}, {}).settings
    assert (settings.host, settings.port) == ("::1", 1)
    again = invoke("config", "--config", "saved.toml").stdout
    assert load({"port": "1", "host": "::1"}, {}).settings == settings
    assert 'host = "::1"  # saved.toml: host' in again


@pytest.mark.parametrize("command", ["serve", "demo", "config"])
def test_a_bad_configuration_is_exit_code_2_and_all_of_it_on_standard_error(command: str) -> None:
    Path("goquant.toml").write_text('[[instruments]]\nsymbol = "x"\ntick_size = 0.5\n')
    result = invoke(command, "--port", "x", GOQUANT_PROT="1")
    assert (result.exit_code, result.stdout) == (2, "")
    symbol = "BASE-QUOTE, each 1 to 16 of A to Z and 0 to 9, not the same"
    size = "a decimal string, above 0 and at most 1000000, with at most 12 decimals"
    assert result.stderr.splitlines() == [
        "Error: bad configuration",
        "GOQUANT_PROT is unknown: did you mean GOQUANT_PORT?",
        '--port = "x": must be a whole number from 0 to 65535',
        f'goquant.toml: instrument x: symbol = "x": must be {symbol}',
        'goquant.toml: instrument x: tick_size = 0.5: must be quoted, "0.5", so that it stays exact',
        f"goquant.toml: instrument x: lot_size is missing: must be {size}",
    ]


@pytest.mark.parametrize("command", ["bots", "demo"])
@pytest.mark.parametrize("flag", ["--rate=0", "--rate=inf", "--rate=nan", "--noise=-1"])
def test_a_crowd_that_cannot_be_is_exit_code_2(command: str, flag: str) -> None:
    assert invoke(command, flag).exit_code == 2


def test_an_unknown_flag_is_exit_code_2() -> None:
    assert invoke("serve", "--prot", "1").exit_code == 2
