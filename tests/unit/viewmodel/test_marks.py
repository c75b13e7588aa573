"""Marks on messages: put on, taken off, kept."""

import pytest

from mqstudio.model.filters.syntax import parse
from mqstudio.model.limits import FILTER_CHARACTERS
from mqstudio.viewmodel.marks import MARKS_MAX, STAR, Mark, Marks
from mqstudio.viewmodel.notices import Notices
from tests.support.list_broker import ListBroker


@pytest.fixture
def marks(notices: Notices) -> Marks:
    return Marks(notices)


def test_a_mark_is_put_on_and_taken_off(marks: Marks, broker: ListBroker, notices: Notices) -> None:
    """The same again takes it off where all have it; another colour replaces it."""
    broker.add_queue("orders", 2)
    rows = broker.queues["orders"]
    marks.toggle(rows[:1], STAR)
    assert marks.of(rows[0]) == Mark(STAR)
    marks.toggle(rows, STAR)
    assert [marks.of(row) for row in rows] == [Mark(STAR), Mark(STAR)]
    marks.toggle(rows, 3)
    assert [marks.of(row) for row in rows] == [Mark(3), Mark(3)]
    marks.toggle(rows, 3)
    assert not marks
    assert notices.shown == []  # it is seen where it is


def test_a_comment_stays_with_its_colour(marks: Marks, broker: ListBroker) -> None:
    """Another colour keeps it; an empty one takes it off."""
    broker.add_queue("orders", 1)
    rows = broker.queues["orders"]
    marks.comment(rows, "look into this")
    marks.toggle(rows, 2)
    assert marks.of(rows[0]) == Mark(2, "look into this")
    marks.comment(rows, "")
    assert marks.of(rows[0]) == Mark(2)


def test_another_message_with_the_same_id_is_not_marked(marks: Marks, broker: ListBroker) -> None:
    """With a broker that keeps nothing ids begin anew."""
    broker.add_queue("orders", 1)
    marks.toggle(broker.queues["orders"], 1)
    broker.change("orders", 1, published_at_us=5)
    assert marks.of(broker.queues["orders"][0]) is None


def test_they_are_kept(marks: Marks, broker: ListBroker, notices: Notices) -> None:
    """And what is none is let be."""
    broker.add_queue("orders", 1)
    marks.toggle(broker.queues["orders"], 7)
    again = Marks(notices)
    again.restore(marks.to_text())
    assert again.of(broker.queues["orders"][0]) == Mark(7)
    for bad in ("", "[]", '{"1:2": {"colour": "red"}}', "\udc80"):
        again.restore(bad)
    assert again.of(broker.queues["orders"][0]) == Mark(7)
    again.restore('{"1:2": {"colour": 9}}')
    assert not again


def test_there_are_not_too_many(marks: Marks, broker: ListBroker, notices: Notices) -> None:
    """The oldest goes, and it is told."""
    broker.add_queue("orders", MARKS_MAX + 1)
    rows = broker.queues["orders"]
    marks.toggle(rows, STAR)
    assert marks.of(rows[0]) is None and marks.of(rows[1]) is not None
    assert any("which is the most" in notice.text for notice in notices.shown)


def test_marks_in_words_and_as_a_filter(marks: Marks, broker: ListBroker) -> None:
    """What a column of them says, and what finds them; of too many for one filter the latest."""
    broker.add_queue("orders", 3)
    rows = broker.queues["orders"]
    assert (marks.says(rows[0]), marks.where()) == ("", "")
    marks.toggle([rows[2], rows[0]], 2)
    marks.comment(rows[:1], "look")
    assert [marks.says(row) for row in rows] == ["amber: look", "", "amber"]
    assert marks.where() == "id in (1, 3)"
    parse(marks.where())
    broker.add_queue("many", MARKS_MAX)
    marks.toggle(broker.queues["many"], STAR)
    where = marks.where()
    parse(where)
    assert len(where) <= FILTER_CHARACTERS
    assert f"{broker.queues['many'][-1].message_id})" in where
