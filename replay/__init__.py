"""Recorded order flow, played into an exchange: `goquant replay`. docs/replay.md has the rules.

- `flow`: the files, a `Row` for each line or a message that names the line
- `venue`: what a player needs from an exchange; `local_venue`: one in this process;
  `http_venue`: one behind a URL
- `player`: rows become commands, in batches, and the answers are counted
- `ghosts`: orders of which the recording has missed that they went
- `tally`, `report`: what was counted and timed, and the same as tables
- `session`, `cli`: all of it put together, and the command
"""
