"""A real exchange in a process of its own, for tests that look at it from outside."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

GOQUANT = [sys.executable, "-m", "goquant"]

HEADERS = {"Content-Type": "application/json"}

# For an answer: a machine that is busy with a browser is slow.
PATIENCE_S = 20

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
        self.port = 0
        self._folder = folder
        (folder / "goquant.toml").write_text(config())
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and wait until it takes orders."""
        environment = {key: text for key, text in os.environ.items() if "GOQUANT" not in key}
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*GOQUANT, "serve", "--port", str(self.port)],
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=self._folder,
                env=environment,
                text=True,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith("ready "), (self._folder / "log").read_text()[-2000:]
        self.port = int(line.rsplit(":", 1)[1])

    def kill(self) -> None:
        """End it as `kill -9` does."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None

    def send(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """The JSON of an answer, which must not be an error."""
        status, answer = self._ask(method, path, body)
        assert status < 300, (method, path, answer)
        return answer

    def refusal(self, order: Mapping[str, object]) -> Any:
        """The error for an order that must be refused."""
        status, answer = self._ask("POST", "/orders", order)
        assert status >= 400, answer
        return answer["error"]

    def _ask(self, method: str, path: str, body: Mapping[str, object] | None) -> tuple[int, Any]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)) as connection:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, HEADERS if body is not None else {})
            response = connection.getresponse()
            return response.status, json.loads(response.read())

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
        return tuple(
            [(price, quantity) for price, quantity, _ in answer[side]] for side in ("bids", "asks")
        )
