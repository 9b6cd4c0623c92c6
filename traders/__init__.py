"""Simulated traders, who make a market that moves. They use the public API, through the client, and nothing else.

`model` decides, `run` acts, `keeping` sees to it that they go on. docs/demo.md says what they are, and what they are not.
"""

from .keeping import until_told
from .model import Crowd
from .run import run, trade

__all__ = ["Crowd", "run", "trade", "until_told"]
