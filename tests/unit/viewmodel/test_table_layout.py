"""Columns are chosen, ordered and remembered for each queue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqstudio.model import limits
from mqstudio.viewmodel.queue_page_columns import first_places, usual_width
from mqstudio.viewmodel.table_layout import (
    WIDTH_MAX,
    WIDTH_MIN,
    TableLayout,
    TableLayouts,
    TimeStyle,
    field_of,
)

FIRST = ["state", "id", "time", "progress", "tries", "key", "size", "body"]


def tables() -> tuple[TableLayouts, TableLayout]:
    layouts = TableLayouts(first_places())
    return layouts, TableLayout(layouts, "/", "orders", usual_width)


def test_columns_come_go_and_move() -> None:
    """And what is listening hears of each change once."""
    _, table = tables()
    heard: list[list[str]] = []
    note = lambda: heard.append(table.keys)  # noqa: E731
    table.changed.connect(note)
    assert table.keys == FIRST
    assert table.show("exchange", 1) == ""
    table.move(1, 0)
    assert table.hide("id")
    assert table.keys == ["exchange", "state", "time", "progress", "tries", "key", "size", "body"]
    table.show("exchange")
    assert len(heard) == 3


def test_a_width_is_remembered_without_a_fuss() -> None:
    """Whoever drags an edge sees what happens: nothing is told, and it stays within bounds."""
    layouts, table = tables()
    heard: list[int] = []
    note = lambda: heard.append(1)  # noqa: E731
    table.changed.connect(note)
    table.set_width("body", 9_999_999)
    table.set_width("id", 1)
    assert heard == []
    widths = {place.key: place.width for place in layouts.layout("/\norders").places}
    assert (widths["body"], widths["id"]) == (WIDTH_MAX, WIDTH_MIN)


def test_one_column_always_stays() -> None:
    _, table = tables()
    assert [table.hide(key) for key in FIRST] == [True] * 7 + [False]
    assert table.keys == ["body"]


def test_a_queue_has_its_own_until_it_is_made_usual() -> None:
    """Others follow what is usual; a queue of its own does not, until it is reset."""
    layouts, table = tables()
    other = TableLayout(layouts, "/", "other", usual_width)
    table.tell_time(TimeStyle.RELATIVE)
    table.hide("size")
    assert "size" in other.keys
    table.make_usual()
    assert "size" not in other.keys
    assert other.layout.time is TimeStyle.RELATIVE
    other.show("size")
    other.reset()
    assert other.keys == table.keys


def test_all_is_there_the_next_time() -> None:
    layouts, table = tables()
    table.add_field("total")
    table.tell_time(TimeStyle.SINCE_PREVIOUS)
    again, same = tables()
    again.restore(layouts.to_text())
    assert same.layout == table.layout
    assert same.keys[-1] == "body.total"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"queues": 5}', '{"queues": {"a": {"places": []}}}'])
def test_what_was_kept_badly_is_nothing(text: str) -> None:
    layouts, table = tables()
    layouts.restore(text)
    assert table.keys == FIRST


@given(st.lists(st.sampled_from(["show", "hide", "move"]), max_size=30), st.data())
def test_no_column_is_ever_there_twice(gestures: list[str], data: st.DataObject) -> None:
    """Whatever is done, columns are unique, and there is one."""
    _, table = tables()
    for gesture in gestures:
        keys = table.keys
        if gesture == "show":
            table.show(data.draw(st.sampled_from([*FIRST, "exchange", "body.a", "ttl"])))
        elif gesture == "hide":
            table.hide(data.draw(st.sampled_from(keys)))
        else:
            place = st.integers(0, len(keys) - 1)
            table.move(data.draw(place), data.draw(place))
        assert len(set(table.keys)) == len(table.keys) >= 1


def test_there_are_only_so_many() -> None:
    _, table = tables()
    said = [table.add_field(f"field{number}") for number in range(limits.COLUMNS_MAX)]
    assert len(table.keys) == limits.COLUMNS_MAX
    assert "the most" in said[-1]


def test_the_longest_unused_layout_is_forgotten() -> None:
    layouts, _ = tables()
    for number in range(limits.LAYOUTS_KEPT + 1):
        TableLayout(layouts, "/", f"q{number}", usual_width).hide("id")
    assert "id" in layouts.layout("/\nq0").keys
    assert "id" not in layouts.layout("/\nq1").keys


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("total", "body.total"),
        ("body.total", "body.total"),
        (" lines[0].sku ", "body.lines[0].sku"),
        ("[0].id", "body[0].id"),
        ("headers.tenant", "headers.tenant"),
        ('body["unit price"]', 'body["unit price"]'),
        ("message_id", "message_id"),
    ],
)
def test_a_path_is_a_column(text: str, field: str) -> None:
    assert field_of(text) == (field, "")


@pytest.mark.parametrize("text", ["", "a b", "body.", "x > 5", "(", "body", "headers"])
def test_what_is_no_path_says_what_would_be(text: str) -> None:
    field, problem = field_of(text)
    assert field == ""
    assert problem
