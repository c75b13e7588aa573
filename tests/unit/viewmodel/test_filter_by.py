"""Filters made of a message find it, and those that are like it."""

import pytest
from msgspec.structs import replace

from mqstudio.model.filters.syntax import parse
from mqstudio.model.message import Properties
from mqstudio.model.rows import MessageDetail, MessageRow, MessageState
from mqstudio.viewmodel import filter_by
from mqstudio.viewmodel.queue_page_columns import CARRIED

ROW = MessageRow(
    8, "orders", MessageState.DEAD_LETTERED, "shop", 'eu."new"\n', 12, "{}", 0,
    holder="worker \u00b7 c1", ended_because="rejected", publisher="app",
)  # fmt: skip
DETAIL = MessageDetail(
    ROW, Properties(correlation_id="77ab"), b'{"id": 1, "a b": {"x": 1}}', 0, "hub", "", []
)


@pytest.mark.parametrize(
    ("column", "text", "where"),
    [
        ("state", "Dead", "state == dead_lettered"),
        ("key", "", 'key == "eu.\\"new\\"\\n"'),
        ("holder", "worker", 'held_by == "worker \u00b7 c1"'),
        ("consumer", "c1", 'consumer == "c1"'),
        ("reason", "rejected", 'reason == "rejected"'),
        ("redelivered", "", "not redelivered"),
        ("size", "12 B", "size == 12"),
        ("body.total", "129.9", "body.total == 129.9"),
        ("body.name", "Ada", 'body.name == "Ada"'),
        ("body.name", "", "body.name not exists"),
        ("correlation_id", "42", 'correlation_id == "42"'),
        ("headers.retry", "3", "headers.retry == 3"),
    ],
)
def test_by_the_value_of_a_column(column: str, text: str, where: str) -> None:
    """As the language writes it, whatever is in the value."""
    assert filter_by.by_value(ROW, column, text) == where
    parse(where)


@pytest.mark.parametrize("column", sorted(CARRIED))
def test_every_column_has_a_filter_that_can_be_read_or_none(column: str) -> None:
    """Of what no two messages have the same there is none."""
    where = filter_by.by_value(ROW, column, "x")
    assert (where == "") == (column in {"time", "progress", "body", "delivered", "ended", "waited", "ack",
                                        "lease", "ttl", "mark"})  # fmt: skip
    if where:
        parse(where)
        parse(filter_by.excluding(where))


def test_by_what_else_messages_share() -> None:
    """Key, publisher, conversation, and the fields of the body."""
    assert filter_by.by_publisher(ROW) == 'publisher == "app"'
    assert filter_by.by_publisher(replace(ROW, publisher="")) == "publisher not exists"
    assert filter_by.by_key(ROW) == filter_by.by_value(ROW, "key", "")
    assert filter_by.by_correlation(DETAIL) == 'correlation_id == "77ab"'
    assert filter_by.by_shape(DETAIL) == 'body.id exists and body["a b"] exists'
    parse(filter_by.by_shape(DETAIL))
    assert filter_by.by_shape(replace(DETAIL, body=b"[1]")) == ""
    assert filter_by.by_shape(replace(DETAIL, body=b"\xff")) == ""


def test_all_others() -> None:
    """Also those that do not have the field at all."""
    assert filter_by.excluding('key == "a"') == 'not (key == "a")'
    assert filter_by.excluding("not redelivered") == "redelivered"
