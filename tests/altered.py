"""Exchanges with something changed in them, as processes: `python -m altered CHANGE… serve …`.

A change is the name of a function below, with `=` and an argument if it takes one.
"""

import resource
import sys
import time
from functools import partial
from pathlib import Path

# What changes the time has to come before whoever takes hold of the clock.


def replace(owner: object, name: str, value: object) -> None:
    """Put something else in the place of what a module or a class has under a name."""
    assert hasattr(owner, name)
    setattr(owner, name, value)


def poison() -> None:
    """Engines fail on the commands of the account of this name."""
    from goquant.book.engine import Engine
    from storing import poisonous

    replace(Engine, "apply", poisonous(Engine.apply))


def files_of(size: str) -> None:
    """Files of the journal are full after so many bytes."""
    from goquant import serving
    from goquant.persistence.opening import open_folder

    replace(serving, "open_folder", partial(open_folder, segment_bytes_max=int(size)))


def clock_shifted_by(path: str) -> None:
    """The time of day is as many seconds off as the file says at the moment."""
    now = time.time_ns
    time.time_ns = lambda: now() + int(Path(path).read_text()) * 1_000_000_000


def halted_for(seconds: str) -> None:
    """An exchange whose journal has failed answers for so long."""
    from goquant import serving

    replace(serving, "HALTED_S", float(seconds))


def files_limited_to(size: str) -> None:
    """No file may become larger than so many bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), resource.RLIM_INFINITY))


def stuck_in_recovery() -> None:
    """It says `recovering` and goes no further."""
    from goquant import serving

    def stuck(*_: object) -> None:
        print("recovering", flush=True)
        time.sleep(3600)

    replace(serving, "open_folder", stuck)


CHANGES = {
    change.__name__: change
    for change in (
        poison,
        files_of,
        files_limited_to,
        clock_shifted_by,
        halted_for,
        stuck_in_recovery,
    )
}


if __name__ == "__main__":
    while sys.argv[1] != "serve":
        name, _, argument = sys.argv.pop(1).partition("=")
        CHANGES[name](*([argument] if argument else []))
    from goquant.__main__ import main

    main()
