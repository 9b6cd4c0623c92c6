"""Conversations over a WebSocket that stand in a document, and whether they are true."""

import json
import re
from collections.abc import Iterator
from typing import Any

from api import Api
from streaming import Socket, websocket

REQUEST_ID = re.compile(r'"request_id": "[0-9a-f]{16}"')

# In the place of a field, what follows is left out of the document.
MORE = "…"


def blocks(text: str, kind: str) -> list[str]:
    """What stands between ``` of a kind."""
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


def turns(block: str) -> Iterator[tuple[str, Any]]:
    """Each line of a conversation with those that belong to it: what it is, and what is said."""
    for part in re.split(r"\n(?=[<>]|GET|POST)", block.strip()):
        head, _, rest = part.partition(" ")
        if head in "<>":
            yield head, json.loads(rest)
        else:
            path, _, body = rest.partition(" ")
            yield f"{head} {path}", json.loads(body) if body else None


async def converse(exchange: Api, block: str) -> None:
    """Have the conversation, line by line."""
    said = list(turns(block))
    place = next(place for place, (kind, _) in enumerate(said) if kind.startswith("GET"))
    for kind, body in said[:place]:
        method, path = kind.split()
        assert (await exchange.send(method, path, body)).status == 201
    async with websocket(exchange.app, said[place][0].split()[1]) as socket:
        for kind, body in said[place + 1 :]:
            await say(exchange, socket, kind, body)
        assert not socket.has_more()


async def say(exchange: Api, socket: Socket, kind: str, body: Any) -> None:
    """One line of it."""
    if kind == ">":
        await socket.send(body)
    elif kind == "<":
        received = REQUEST_ID.sub(
            '"request_id": "3f1c9a70b2d4e685"', json.dumps(await socket.receive())
        )
        assert as_told(json.loads(received), body) == body
    else:
        method, path = kind.split()
        assert (await exchange.send(method, path, body)).status == 201


def as_told(found: Any, told: Any) -> Any:
    """What was found, without what the document leaves out."""
    if isinstance(told, dict) and isinstance(found, dict):
        if MORE in told:
            found = {name: value for name, value in found.items() if name in told} | {MORE: MORE}
        return {name: as_told(value, told.get(name)) for name, value in found.items()}
    if isinstance(told, list) and isinstance(found, list) and len(told) == len(found):
        return [as_told(*pair) for pair in zip(found, told, strict=True)]
    return found
