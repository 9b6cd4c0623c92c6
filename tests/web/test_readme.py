"""What the documents promise, held against the code."""

import json
import re
from pathlib import Path

import pytest
import trio

from api import Api, Clock
from goquant.actors.exchange import Exchange
from goquant.listing import DEFAULT_INSTRUMENTS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
DOCUMENTS = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").rglob("*.md"))]

TIME = re.compile(r'"[0-9-]{10}T[0-9:.]{18}Z"')


def timeless(text: str) -> object:
    return json.loads(TIME.sub('"then"', text))


async def test_the_orders_of_the_readme_have_the_answers_that_it_shows(
    nursery: trio.Nursery,
) -> None:
    clock = Clock()
    exchange = Exchange(DEFAULT_INSTRUMENTS, clock=clock)
    await nursery.start(exchange.run)
    api = Api(exchange, clock)
    bodies = re.findall(r"-d '(\{.*?\})'", README)
    answer, book = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    replies = [await api.send("POST", "/orders", raw=body.encode()) for body in bodies]
    assert [reply.status for reply in replies] == [201, 201]
    assert timeless(json.dumps(replies[-1].json)) == timeless(answer)
    left = await api.send("GET", "/orderbook/BTC-USD")
    assert timeless(json.dumps(left.json)) == timeless(book)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []
