"""A virtual environment per rival, with goquant beside it, so that both run on one interpreter."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON_DEFAULT = "3.11"


@dataclass(frozen=True)
class Rival:
    """A published engine, the version measured, and how many commands it is given."""

    distribution: str
    requirement: str
    runs: tuple[tuple[str, int], ...]
    """(adapter, commands): fewer than 1,000,000 where the engine's cost grows with the book."""
    python: str = PYTHON_DEFAULT


RIVALS = (
    Rival(
        "matching-engine",
        "matching-engine==0.1.1",
        (("matching-engine", 1_000_000),),
        python="3.12",
    ),
    Rival("pyorderbook", "pyorderbook==0.4.9", (("pyorderbook", 1_000_000),)),
    Rival(
        "liquibook",
        "liquibook==2.0.1",
        (
            ("liquibook", 100_000),
            ("liquibook", 1_000_000),
            ("liquibook-silent", 100_000),
            ("liquibook-silent", 1_000_000),
        ),
    ),
    Rival(
        "lightmatchingengine", "lightmatchingengine==2019.1.4", (("lightmatchingengine", 100_000),)
    ),
    Rival("order-matching", "order-matching[polars]==0.12.0", (("order-matching", 2_000),)),
)


# The first of them behind its own HTTP.
GATEWAY = Rival("matching-engine-gateway", "matching-engine[gateway]==0.1.1", (), python="3.12")


def prepare_gateway(folder: Path) -> Path | None:
    """Build its environment if it is missing; its interpreter, None where there is no Python for it."""
    base = find_python(GATEWAY.python)
    if base is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    python = _made(folder, GATEWAY, base)
    _pip(python, "install", GATEWAY.requirement)
    return python


def prepare_rivals(folder: Path) -> dict[str, Path | None]:
    """Build what is missing in the folder; each rival's interpreter, None where there is none.

    A second call with the same folder only renews goquant.
    """
    folder.mkdir(parents=True, exist_ok=True)
    interpreters: dict[str, Path | None] = {}
    with tempfile.TemporaryDirectory() as scratch:
        wheel = _build_wheel(Path(scratch))
        for rival in RIVALS:
            base = find_python(rival.python)
            interpreters[rival.distribution] = base and _environment(folder, rival, base, wheel)
    return interpreters


def find_python(version: str) -> Path | None:
    """An interpreter of that minor version: this one, one on the path, or one of pyenv's."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return Path(sys.executable)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [shutil.which(f"python{version}"), *pyenv.glob(f"{version}.*/bin/python")]
    for candidate in candidates:
        if candidate and _runs(Path(candidate)):
            return Path(candidate)
    return None


def _runs(python: Path) -> bool:
    """A version manager's shim may be on the path and refuse to run."""
    return subprocess.run([python, "--version"], capture_output=True, check=False).returncode == 0


def _build_wheel(scratch: Path) -> Path:
    """Goquant as it ships, built from a copy, so that the checkout is left as it was."""
    copy, wheels = scratch / "copy", scratch / "wheels"
    ignored = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__")
    shutil.copytree(ROOT, copy, ignore=ignored)
    _pip(Path(sys.executable), "wheel", "--no-deps", "--wheel-dir", str(wheels), str(copy))
    return next(wheels.glob("*.whl"))


def _environment(folder: Path, rival: Rival, base: Path, wheel: Path) -> Path:
    is_new = not _home(folder, rival).exists()
    python = _made(folder, rival, base)
    if is_new:
        _pip(python, "install", rival.requirement, str(wheel))
    else:
        _pip(python, "install", "--no-deps", "--force-reinstall", str(wheel))
    return python


def _made(folder: Path, rival: Rival, base: Path) -> Path:
    """The interpreter of an environment, which is made empty if there is none."""
    home = _home(folder, rival)
    if not home.exists():
        subprocess.run([base, "-m", "venv", home], check=True)
    return home / "bin" / "python"


def _home(folder: Path, rival: Rival) -> Path:
    return folder / f"{rival.distribution}-{rival.python}"


def _pip(python: Path, *arguments: str) -> None:
    quiet = ["--quiet", "--disable-pip-version-check"]
    subprocess.run([python, "-m", "pip", *arguments, *quiet], check=True)
