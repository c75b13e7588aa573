"""What filters find."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from mqstudio.model import limits
from mqstudio.model.filters.matching import compile_filter
from mqstudio.model.filters.subject import Subject, Waits
from mqstudio.model.filters.syntax import parse
from mqstudio.model.message import (
    HUB_FORMAT,
    Death,
    Header,
    Message,
    Past,
    Properties,
    decode_properties,
    encode_properties,
)
from mqstudio.model.rows import MessageState

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
NOW_US = int(NOW.timestamp()) * 1_000_000
BODY: dict[str, Any] = {
    "total": 129.9,
    "text": "129.9",
    "tags": ["red", 7],
    "lines": [{"sku": "A7"}, {"sku": "B1"}],
    "unit price": 5,
    "paid": True,
    "note": None,
    "é": "ü",
    "deep": {"a": {"b": 1}},
}


def message(body: Any = BODY, at: datetime = NOW, **properties: Any) -> Message:
    headers = [
        Header("tenant", "string", "acme"),
        Header("retry", "int32", 4),
        Header("x-death", "list", [Header("", "table", [Header("queue", "string", "orders")])]),
    ]
    said = Properties(headers=headers, type="order.created", **properties)
    data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    past = Past(1, (Death("orders", "rejected", "", ("k",), 1, 0),))
    at_us = int(at.timestamp()) * 1_000_000
    return Message(7, data, encode_properties(said), "orders.ex", "eu.new", at_us, HUB_FORMAT, 9, past=past)


STANDING = Waits("orders", 2, True, MessageState.IN_FLIGHT, "worker-2 · ctag1", NOW_US - 5_000_000, None, "")


def finds(text: str, what: Message | None = None, standing: Waits = STANDING) -> bool:
    subject = Subject(NOW_US, lambda each: decode_properties(each.properties), lambda _: "shop")
    return compile_filter(parse(text), NOW_US, UTC)(subject.take(what or message(), standing))


@pytest.mark.parametrize(
    "text",
    [
        "body.total > 100",
        "body.total < 130 and body.total >= 129.9",
        "body.text > 100",
        "body.text == 129.90",
        'body.text == "129.9"',
        "body.tags contains red",
        "body.tags contains 7",
        "body.deep contains a",
        "body.lines[1].sku == B1",
        "body.lines.0.sku == A7",
        "body.lines[-1].sku == B1",
        'body["unit price"] == 5',
        "body.paid == true",
        "body.note == null",
        "body.note exists",
        'body.é == "ü"',
        "body.deep.a.b in (1, 2)",
        "body.total between 100 and 130",
        "body.lines[0]",
        'body contains "sku"',
        'body startswith "{"',
        'body matches "to.al"',
        "headers.tenant == acme",
        "headers.retry > 3",
        "headers.retry == 4",
        "headers.x-death[0].queue == orders",
        "headers contains tenant",
        "headers.tenant startswith ac",
        'headers.tenant matches "^a.m"',
        "type == order.created",
        "key endswith .new",
        "key in (eu.new, us.new)",
        "key != us.new",
        "key not in (a, b)",
        "exchange == orders.ex",
        "queue == orders",
        "state == in_flight",
        "state == unacked",
        "state in (ready, unacked)",
        "deliveries == 2",
        "redelivered",
        "redelivered != false",
        'held_by contains "worker-2"',
        "consumer == ctag1",
        "publisher == shop",
        "reason == rejected",
        "id == 7",
        "held >= 5s",
        "held < 6s",
        "waited not exists or waited < 0",
        "size > 10",
        "size < 1KB",
        "persistent == false",
        "priority == 0",
        "reply_to not exists",
        "EU.NEW",
        '"eu.new"',
        "Acme",
        "tenant",
        "ORDER.created",
        "ü",
    ],
)
def test_it_finds(text: str) -> None:
    """Each is true of the message above."""
    assert finds(text)


@pytest.mark.parametrize(
    "text",
    [
        'body.total == "129.9"',
        "body.total > 130",
        "body.paid == 1",
        'body.paid == "true"',
        "body.tags == red",
        "body.tags[9] exists",
        "body.lines.x",
        "body.missing != 5",
        "body.missing not in (1)",
        "body.missing not contains x",
        "body.total contains 9",
        "body.note > 0",
        "headers.absent",
        "headers[0]",
        "headers.tenant > 5",
        'headers.tenant == "Acme"',
        "key == EU.NEW",
        '"Acme"',
        "reply_to != x",
        "nowhere",
        "body.deep.a.b == 2",
        "delivered == 11:00",
        "ended exists",
        "state == ready",
        "not redelivered",
    ],
)
def test_it_does_not_find(text: str) -> None:
    """Types that differ are not equal; what is missing is nothing but missing."""
    assert not finds(text)


def test_what_is_missing_matches_nothing_but_not() -> None:
    """`!=` asks for a value; `not` turns around whatever is in it."""
    assert not finds("body.missing != 5")
    assert finds("not body.missing == 5")
    assert finds("body.missing not exists")
    assert finds("not body.missing")


@pytest.mark.parametrize("body", [b"", b"{", b"17", b"[1, 2]", b'"text"', b"\xff\xfe", b"nul", b"[" * 10_000])
def test_bodies_that_are_no_table_have_no_fields(body: bytes) -> None:
    """No body makes a filter fail."""
    assert not finds("body.total exists", message(body))
    assert finds("body[1] == 2", message(body)) is (body == b"[1, 2]")


def test_escaped_names_and_values_are_found() -> None:
    """JSON may write a letter as an escape: the bytes then do not have it."""
    assert finds("body.total == red", message(b'{"\\u0074otal": "\\u0072ed"}'))
    assert finds('body.é == "ü"', message(b'{"\\u00e9": "\\u00fc"}'))


def test_of_equal_names_the_last_counts() -> None:
    """As parsers of JSON have it."""
    assert finds("body.a == 2", message(b'{"a": 1, "a": 2}'))


def test_very_large_bodies_are_not_read_as_json() -> None:
    """They are still searched as text."""
    large = message({"total": 1, "padding": "x" * limits.FILTER_JSON_BYTES})
    assert not finds("body.total == 1", large)
    assert finds('body contains "total"', large)


@pytest.mark.parametrize(
    ("text", "at", "is_found"),
    [
        ("time == 11:30", NOW - timedelta(minutes=30), True),
        ("time == 11:30", NOW - timedelta(minutes=29), False),
        ("time > 11:30", NOW - timedelta(minutes=30), False),
        ("time >= 11:30", NOW - timedelta(minutes=30), True),
        ("time <= 11:30", NOW - timedelta(minutes=30), True),
        ("time between 11:00 and 11:30", NOW - timedelta(minutes=30), True),
        ("time == 23:50", NOW - timedelta(hours=12, minutes=10), True),
        ("time == 2026-01-30", NOW - timedelta(days=1), True),
        ("time != 2026-01-30", NOW - timedelta(days=1), False),
        ("time < 2026-01-31T11:59:30", NOW - timedelta(minutes=1), True),
        ("time >= 2026-01-31T12:00:00+01:00", NOW - timedelta(minutes=61), False),
        ("last 5m", NOW - timedelta(minutes=5), True),
        ("time not last 5m", NOW - timedelta(minutes=5), False),
        ("last 5m", NOW - timedelta(minutes=6), False),
        ("age > 5m", NOW - timedelta(minutes=6), True),
        ("age between 5m and 1h", NOW - timedelta(minutes=6), True),
        ("time <= now", NOW, True),
    ],
)
def test_times(text: str, at: datetime, is_found: bool) -> None:
    """A clock's time is the latest such; what is written to the minute lasts a minute."""
    assert finds(text, message(at=at)) is is_found


def test_clocks_are_read_where_one_is() -> None:
    """Half past twelve in a zone an hour ahead is half past eleven in UTC."""
    zone = timezone(timedelta(hours=1))
    fits = compile_filter(parse("time == 12:30"), NOW_US, zone)
    assert fits(Subject(NOW_US).take(message(at=NOW - timedelta(minutes=30))))
