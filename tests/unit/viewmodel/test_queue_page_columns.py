"""The columns of a queue's table: how each reads, and which there could be."""

from typing import Any

import pytest

from mqstudio.model.filters.seen import Seen
from mqstudio.model.rows import MessageRow, MessageState
from mqstudio.viewmodel.long_rows import LongRows
from mqstudio.viewmodel.message_columns import ack_latency, lease_left, time_to_live, waited
from mqstudio.viewmodel.message_values import ValueCache
from mqstudio.viewmodel.queue_page_columns import QueueColumns, first_places, suggestions
from mqstudio.viewmodel.table_layout import TableLayouts, TimeStyle
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import START_US, ListBroker, run_now

S = 1_000_000


def row(
    message_id: int, state: MessageState = MessageState.READY, at_s: float = 0, **more: Any
) -> MessageRow:
    return MessageRow(message_id, "orders", state, "", "k", 5, "{}", START_US + int(at_s * S), **more)


class Desk:
    def __init__(self, workspace: Workspace) -> None:
        self.rows: LongRows[MessageRow] = LongRows(lambda each: each.message_id)
        self.values = ValueCache(workspace, "/", "orders")
        self.columns = QueueColumns(TableLayouts(first_places()), "/", "orders", self.rows, self.values)

    def texts(self, key: str, now_us: int = START_US + 10 * S) -> list[str]:
        column = next(each for each in self.columns.columns if each.key == key)
        return [column.text(each, now_us) for each in self.rows.rows]


@pytest.fixture
def desk(workspace: Workspace) -> Desk:
    return Desk(workspace)


def test_time_is_told_in_three_ways(desk: Desk) -> None:
    """The clock, how long ago, and how long after the message before; of the oldest here nobody knows."""
    desk.rows.jump([row(3, at_s=2.5), row(2, at_s=2), row(1)], 0, 5)
    assert desk.texts("time")[0].endswith(".500")
    desk.columns.layout.tell_time(TimeStyle.RELATIVE)
    assert desk.texts("time") == ["7 s ago", "8 s ago", "10 s ago"]
    desk.columns.layout.tell_time(TimeStyle.SINCE_PREVIOUS)
    assert desk.texts("time") == ["+500 ms", "+2.0 s", ""]


def test_a_path_is_looked_up(desk: Desk, broker: ListBroker) -> None:
    """Its values come when they are there; a hostile one stays one visible line."""
    one = broker.add_message("orders", b'{"total": 12, "name": "a\\u202eb\\n"}')
    desk.rows.jump([row(one)], 0, 0)
    for field in ("total", "name"):
        assert desk.columns.layout.add_field(field) == ""
    desk.values.need(desk.columns.fields, [])
    assert desk.texts("body.total") == [""]
    run_now(desk.values.fetch())
    assert desk.texts("body.total") == ["12"]
    assert desk.texts("body.name") == ["a\\u202eb\\n"]
    assert [each.title for each in desk.columns.columns[-2:]] == ["total", "name"]


def test_every_column_there_is_can_be_shown(desk: Desk) -> None:
    """Each with a title and what it says; the shown ones first."""
    choices = desk.columns.choices()
    assert [each.is_shown for each in choices] == sorted((each.is_shown for each in choices), reverse=True)
    for choice in choices:
        assert choice.title
        assert choice.says
        desk.columns.layout.show(choice.key)
    desk.rows.jump([row(1, MessageState.DONE, holder="a · b")], 0, 0)
    assert all(isinstance(each.text(desk.rows.rows[0], START_US), str) for each in desk.columns.columns)
    assert {"exchange", "message_id", "reply_to", "priority", "ttl", "ack"} <= {each.key for each in choices}


def test_who_holds_it_for_how_long() -> None:
    """The lease runs out; without one there is no end."""
    held = row(1, MessageState.IN_FLIGHT, delivered_at_us=START_US, lease_until_us=START_US + 30 * S)
    assert lease_left(held, START_US + 4 * S) == "26 s left"
    assert lease_left(held, START_US + 31 * S) == "overdue"
    assert lease_left(row(1), START_US) == ""


def test_how_long_it_lives_and_took() -> None:
    assert time_to_live(row(1, expires_at_us=START_US + 90 * S), START_US) == "1 m 30 s left"
    assert time_to_live(row(1, expires_at_us=START_US), START_US + 1) == "expired"
    done = row(1, MessageState.DONE, delivered_at_us=START_US + S, ended_at_us=START_US + S + 38_000)
    assert (waited(done, START_US + 9 * S), ack_latency(done, 0)) == ("1.0 s", "38 ms")
    assert (waited(row(1), START_US + 9 * S), ack_latency(row(1), 0)) == ("9 s", "")


def test_paths_are_suggested_that_were_really_seen() -> None:
    """Most often seen first, by any part of the name, but for those that are shown already."""
    seen = Seen()
    seen.note_document({"total": 5, "customer": {"name": "Ada"}})
    seen.note_document({"total": 7})
    found = suggestions(seen, "", [])
    assert found[0] == ("body.total", "number: 5, 7")
    assert [field for field, _ in suggestions(seen, "NAME", [])] == ["body.customer.name"]
    assert suggestions(seen, "total", ["body.total"]) == []
