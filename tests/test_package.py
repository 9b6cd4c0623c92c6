"""What is installed is what the repository holds: no module is missing, none is left over."""

import importlib.metadata
import os
import subprocess
import tomllib
from pathlib import Path

import goquant

REPOSITORY = Path(__file__).resolve().parents[1]
INSTALLED = Path(goquant.__file__).parent
# These folders use the package and are no part of it.
OUTSIDE = {"bench", "tests"}


def files_of_git() -> set[Path]:
    """List what git tracks or, as long as nobody has added it, would track."""
    # A clone may belong to another user than the one who runs its tests; reading it is harmless.
    command = "git -c safe.directory=* ls-files -z --cached --others --exclude-standard"
    listing = subprocess.run(
        command.split(), cwd=REPOSITORY, check=True, capture_output=True, text=True
    ).stdout
    paths = {Path(name) for name in listing.split("\0") if name}
    return {path for path in paths if (REPOSITORY / path).exists()}


def package_folders(files: set[Path]) -> set[Path]:
    return {
        path.parent for path in files if path.name == "__init__.py" and path.parts[0] not in OUTSIDE
    }


def test_every_package_folder_is_declared() -> None:
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    declared = set(settings["tool"]["setuptools"]["packages"])
    folders = package_folders(files_of_git())
    assert declared == {".".join(("goquant", *folder.parts)) for folder in folders}


def test_the_installed_modules_are_those_of_the_repository() -> None:
    files = files_of_git()
    folders = package_folders(files)
    tracked = {path for path in files if path.suffix == ".py" and path.parent in folders}
    installed = {
        path.relative_to(INSTALLED)
        for path in INSTALLED.rglob("*.py")
        # In an editable install the package's root is the checkout, with all that lies in it.
        if INSTALLED.resolve() != REPOSITORY or path.relative_to(INSTALLED).parent in folders
    }
    assert installed == tracked


def test_the_installed_package_has_its_data_files() -> None:
    files = files_of_git()
    folders = package_folders(files) - {Path()}
    data = {path for path in files if path.suffix != ".py" and folders & set(path.parents)}
    assert {path for path in data | {Path("py.typed")} if not (INSTALLED / path).exists()} == set()


def test_tox_tests_the_wheel_and_not_the_checkout() -> None:
    environment = os.environ.get("TOX_ENV_DIR")
    if environment is None:
        # Outside tox the package is either an editable install or a wheel; both are welcome.
        assert INSTALLED.is_dir()
    else:
        assert Path(environment).resolve() in INSTALLED.resolve().parents


def test_the_version_is_that_of_the_distribution() -> None:
    assert goquant.__version__ == importlib.metadata.version("goquant")
