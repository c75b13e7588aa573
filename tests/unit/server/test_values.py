"""What fields hold in messages: ready, in flight, ended and only in the store."""

import asyncio
from typing import Any

import pytest

from mqstudio.model import commands as c
from mqstudio.model import limits
from mqstudio.model import queries as q
from mqstudio.model.errors import RefusedError
from mqstudio.model.message import HUB_FORMAT, Header, Properties, encode_properties
from mqstudio.model.rows import MessageValues
from mqstudio.server import values
from mqstudio.server.pages import Live
from mqstudio.server.values import value_text
from tests.unit.server.test_queries import Desk

SAID = encode_properties(Properties(message_id="m-1", headers=[Header("tenant", "string", "acme")]))
BODY = b'{"total": 129.9, "lines": [{"sku": "A7"}], "paid": true}'
FIELDS = ["message_id", "headers.tenant", "body.total", "body.lines[0].sku", "body.paid", "body.none"]
TEXTS = ["m-1", "acme", "129.9", "A7", "true", ""]


def _filled() -> Desk:
    """1 done, 2 in flight, 3 ready."""
    desk = Desk()
    for _ in range(3):
        desk.do(c.PublishMessage(desk.me, "", "q", SAID, BODY, format=HUB_FORMAT))
    for _ in range(2):
        desk.do(c.TakeMessage(desk.me, "q"))
    desk.accept(desk.me, 1)
    return desk


async def ask(desk: Desk, query: q.GetValues) -> MessageValues:
    answer = desk.ask(query)
    found: MessageValues = await answer if isinstance(answer, asyncio.Future) else answer
    return found


async def test_values_are_those_that_filters_compare() -> None:
    """Wherever a message stands; of one that nobody has there are none."""
    found = await ask(_filled(), q.GetValues("q", [1, 2, 3, 99], FIELDS))
    assert found.ids == [1, 2, 3, 99]
    assert found.texts == [TEXTS, TEXTS, TEXTS, [""] * len(FIELDS)]


async def test_what_somebody_holds_is_looked_through_once_for_all_that_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Though what is asked about is long, and others have their turn in between."""
    desk = Desk()
    for _ in range(200):
        desk.publish(desk.me)
        desk.do(c.TakeMessage(desk.me, "q"))
    looks = []

    def look(*args: Any) -> Live:
        looks.append(args)
        return Live(*args)

    monkeypatch.setattr(values, "Live", look)
    monkeypatch.setattr(limits, "FILTER_TURN_US", 0)
    answer = desk.ask(q.GetValues("q", list(range(1, 201)), ["key"]))
    turns = 0
    while not answer.done():
        turns += 1
        await asyncio.sleep(0)
    assert answer.result().texts == [["q"]] * 200
    assert len(looks) == 1
    assert turns >= 200


async def test_filters_are_answered_as_far_as_the_message_itself_can() -> None:
    """A bit for each part about the message; where it stands is for who asks."""
    wheres = [
        "body.total > 100",
        "state == done and body.total > 500",
        "headers.tenant == acme or redelivered",
    ]
    found = await ask(_filled(), q.GetValues("q", [3], [], wheres))
    assert found.answers == [[1, 0, 1]]


@pytest.mark.parametrize("field", ["body.total > 5", "no_such_field", "a b", ""])
def test_what_is_no_field_is_refused(field: str) -> None:
    with pytest.raises(RefusedError):
        _filled().ask(q.GetValues("q", [1], [field]))


@pytest.mark.parametrize(
    ("value", "text"),
    [("x" * 500, "x" * 200), (b"\xff", "\ufffd"), (None, "null"), ({"a": [1]}, '{"a":[1]}'), (1.5, "1.5")],
)
def test_a_value_is_one_short_text(value: object, text: str) -> None:
    assert value_text(value) == text


def test_rows_say_how_long_is_left() -> None:
    """Until a ready message expires, and until a consumer loses the one it holds; and the priority."""
    desk = Desk()
    desk.queue(desk.me, "timed", arguments={"x-message-ttl": 60_000, "x-consumer-timeout": 120_000})
    desk.publish(desk.me, "timed")
    desk.publish(desk.me, "timed")
    desk.do(c.TakeMessage(desk.me, "timed"))
    ready, held = desk.ask(q.GetPage("timed")).rows
    assert ready.expires_at_us == ready.published_at_us + 60_000_000
    assert held.lease_until_us == held.delivered_at_us + 120_000_000
    assert (ready.lease_until_us, ready.priority) == (None, 0)
