"""Messages that nobody should send, over WebSocket: each is answered, and a refused one changes nothing.

No sockets: malformed frames and handshakes are for test_malformed. A failure prints its example.
"""

import json

import trio
from hypothesis import example, given, settings
from hypothesis import strategies as st

from api import INSTRUMENTS, Api, Clock, order
from goquant.actors.exchange import Exchange
from trading import Json, trader

FUZZ = settings(max_examples=150, deadline=None, print_blob=True)

TEXTS = st.text(max_size=8) | st.sampled_from(
    ["BTC-USD", "BTC-USD-1", "buy", "limit", "1", "alice"]
)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.just(10**400)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
IDS = st.none() | st.integers(-3, 3) | st.sampled_from(["a", "b", "x" * 64])
OPS = st.sampled_from(["place", "cancel", "replace", "batch", "cancel_all", "cancel_after"])
FIELDS = {
    **{name: st.just(value) for name, value in order().items()},
    "account": st.sampled_from(["alice", "bob"]),
    "order_id": st.sampled_from(["BTC-USD-1", "BTC-USD-2", "ETH-USD-1", "X-1"]),
    "orders": st.lists(
        st.just(order())
        | st.just({"op": "cancel", "order_id": "BTC-USD-1"})
        | VALUES
        | st.fixed_dictionaries({"op": st.lists(TEXTS, max_size=1) | VALUES}),
        max_size=4,
    ),
    "seconds": st.integers(-1, 90_000),
}


@st.composite
def messages(draw: st.DrawFn) -> str:
    """A message that is nearly well-formed, or not at all."""
    op = draw(OPS)
    fields: dict[str, object] = dict(order()) if op == "place" else {}
    if op == "batch":
        fields["orders"] = draw(FIELDS["orders"])
    for name in draw(st.lists(st.sampled_from(list(FIELDS)), max_size=3)):
        fields[name] = draw(FIELDS[name])
    fields |= {"op": op, "id": draw(IDS)}
    for _ in range(draw(st.integers(0, 2))):
        name = draw(st.sampled_from(["op", "id", *FIELDS]) | TEXTS)
        match draw(st.sampled_from(["strange", "gone"])):
            case "strange":
                fields[name] = draw(VALUES)
            case "gone":
                fields.pop(name, None)
    return json.dumps(fields)


HARDLY = st.text(max_size=20) | st.binary(max_size=20) | VALUES.map(json.dumps)


@FUZZ
@given(
    st.lists(messages() | HARDLY, min_size=1, max_size=8), st.sampled_from(["", "account=alice"])
)
@example(["[" * 60_000, '{"op":' * 10_000, '{"op":"place","price":' + "9" * 60_000 + "}"], "")
@example(['{"op":"batch","orders":' + "[" * 30_000], "")
@example([json.dumps({"op": "batch", "orders": [order()] * 101})], "")
@example([json.dumps({"op": "place", "id": 1, **order()})] * 8, "account=alice")
@example([json.dumps({"op": "batch", "orders": [{"op": ["place"]}]})], "account=alice")
@example([b"\xff\xfe", '{"op":"place","op":"cancel"}', '{"op":"\\ud800"}'], "")
def test_every_message_is_answered_and_what_is_refused_changes_nothing(
    said: list[str | bytes], query: str
) -> None:
    trio.run(_converse, said, query)


async def _converse(said: list[str | bytes], query: str) -> None:
    exchange = Exchange(INSTRUMENTS, clock=Clock())
    async with trio.open_nursery() as nursery:
        await nursery.start(exchange.run)
        api = Api(exchange, Clock())
        async with trader(api, f"reports=false&{query}") as client:
            for message in said:
                before = api.hashes()
                await client.socket.send(message)
                answer = await client.answer()
                check(answer)
                if "error" in answer:
                    assert api.hashes() == before
            assert "order" in await client.ask("place", **order()), "it goes on"
        nursery.cancel_scope.cancel()


def check(answer: Json) -> None:
    """Whether an answer has one of the shapes that answers have."""
    message_id = answer.pop("id")
    assert message_id is None or isinstance(message_id, int | str)
    assert set(answer) in (
        {"error"},
        {"order"},
        {"orders"},
        {"results"},
        {"account", "seconds"},
    ), answer
    for result in [answer, *answer.get("results", [])]:
        if "error" in result:
            assert set(result) == {"error"}
            assert set(result["error"]) == {"code", "message", "field", "request_id"}
            assert result["error"]["code"] != "internal"
