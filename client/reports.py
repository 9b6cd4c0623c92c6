"""How far the reports of a trading session have come, and whether any are missing."""

from .events import Heartbeat, OrdersSnapshot, Report, Reset


class Reports:
    """Takes in what comes together; the reports of one command always do."""

    def __init__(self) -> None:
        self.sequences: dict[str, int] = {}
        """Up to where the reports of each symbol have come."""

    def take(self, events: list[Report]) -> list[Report] | None:
        """Those that have not come before. None, and nothing is taken in, if something is missing."""
        before, reached = dict(self.sequences), dict(self.sequences)
        fresh: list[Report] = []
        for event in events:
            symbol, floor = event.symbol, 0
            if isinstance(event, OrdersSnapshot | Reset):
                before.pop(symbol, None)
            else:
                if isinstance(event, Heartbeat):
                    # It names the newest report, which may lie before what is known.
                    floor = reached.get(symbol, 0)
                elif event.sequence <= before.get(symbol, -1):
                    continue
                at = reached.get(symbol, event.sequence)
                # The reports of one command share its sequence.
                if event.prev_sequence > at and event.sequence != at:
                    return None
            reached[symbol] = max(event.sequence, floor)
            fresh.append(event)
        self.sequences = reached
        return fresh
