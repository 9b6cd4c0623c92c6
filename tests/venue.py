"""An exchange in a process of its own with many symbols, for people in front of its screen."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from processes import Caller, Reply, Server

# Every test has a symbol for itself. T-USD has a price band.
SYMBOLS = 60

# Few events are held for clients that were away, so that a test can be away too long.
SETTINGS = """
fsync = "never"
feed_events_max = 10
"""

TABLE = """
[[instruments]]
symbol = "{name}-USD"
tick_size = "0.01"
lot_size = "0.0001"
quantity_min = "0.001"
quantity_max = "1000"
price_max = "10000"
notional_min = "1"
price_band = "{band}"
account_open_orders_max = 20
"""


def config() -> str:
    """What goquant.toml says in the tests of the screen."""
    tables = [TABLE.format(name=f"S{at}", band=0) for at in range(SYMBOLS)]
    return "".join([SETTINGS, *tables, TABLE.format(name="T", band="0.05")])


class Venue:
    """An exchange on a folder. It can be killed and started again, on the same port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._settings = folder / "goquant.toml"
        self._settings.write_text(config())
        self._port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start, and wait until it takes orders."""
        flags = ("--config", str(self._settings), "--port", str(self._port))
        self._server = Server(self._folder / "data", *flags)
        self._port = self._server.ready()

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self._server.kill()

    def send(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """The JSON of an answer, which must not be an error."""
        reply = self._ask(method, path, body)
        assert reply.status < 300, (method, path, reply.json)
        return reply.json

    def refusal(self, terms: Mapping[str, object]) -> Any:
        """The error for an order that must be refused."""
        reply = self._ask("POST", "/orders", terms)
        assert reply.status >= 400, reply.json
        return reply.json["error"]

    def place(
        self, symbol: str, side: str, quantity: str, price: str | None, **more: object
    ) -> Any:
        """Place a limit order, or without a price a market order, that must be accepted."""
        terms: dict[str, object] = {"symbol": symbol, "side": side, "quantity": quantity, **more}
        terms |= {"type": "market"} if price is None else {"type": "limit", "price": price}
        return self.send("POST", "/orders", terms)

    def book(self, symbol: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Prices and quantities, best first: bids and asks."""
        answer = self.send("GET", f"/orderbook/{symbol}?depth=1000")
        bids, asks = [
            [(price, quantity) for price, quantity, _ in answer[side]] for side in ("bids", "asks")
        ]
        return bids, asks

    def _ask(self, method: str, path: str, body: Mapping[str, object] | None) -> Reply:
        with Caller(self._port) as caller:
            return caller.send(method, path, body)
