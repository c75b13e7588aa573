"""Sendings that wait: times as people type them, what is due when."""

from datetime import datetime

import pytest

from mqstudio.model.limits import SENDINGS_MAX
from mqstudio.viewmodel.publish_draft import Draft
from mqstudio.viewmodel.publish_schedule import Schedule, parse_when
from tests.support.list_broker import Clock

NOON = int(datetime(2026, 11, 24, 12, 0).timestamp() * 1_000_000)
MINUTE = 60_000_000


@pytest.mark.parametrize(
    ("text", "ahead_us"),
    [
        ("10 m", 10 * MINUTE),
        ("in 90s", 90_000_000),
        ("1h 30m", 90 * MINUTE),
        ("1.5 h", 90 * MINUTE),
        ("250 ms", 250_000),
        ("2 d", 2 * 1440 * MINUTE),
        ("12:30", 30 * MINUTE),
        ("at 12:00:05", 5_000_000),
        ("11:30", 1410 * MINUTE),
        ("2026-11-24 13:00", 60 * MINUTE),
        ("2026-11-25", 720 * MINUTE),
    ],
)
def test_times_as_people_type_them(text: str, ahead_us: int) -> None:
    """In so long, at a time of day (the next one), on a date."""
    assert parse_when(text, NOON) - NOON == ahead_us


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("soon", "such as 10 m"), ("", "such as"), ("25:00", "such as"), ("2026-11-23", "has passed"),
        ("0 s", "has passed"),
        ("500 d", "more than a year"), ("2026-13-01", "such as"), ("9999-12-31", "year"),
    ],
)  # fmt: skip
def test_texts_that_are_no_time(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_when(text, NOON)


def test_what_is_due_goes_once_and_in_order() -> None:
    clock = Clock()
    schedule = Schedule(clock)
    for ahead in (30, 10, 20):
        schedule.plan(Draft(), clock.now_us + ahead * 1_000_000, f"{ahead}")
    assert schedule.wait_us() == 10_000_000
    clock.advance(20)
    assert [each.title for each in schedule.take_due()] == ["10", "20"]
    assert schedule.take_due() == []
    assert [each.title for each in schedule.planned] == ["30"]


def test_one_that_was_cancelled_does_not_go() -> None:
    clock = Clock()
    schedule = Schedule(clock)
    planned = schedule.plan(Draft(), clock.now_us + 1, "x")
    assert "in 0 ms" in schedule.says(planned)
    schedule.cancel(planned.id)
    clock.advance(1)
    assert schedule.take_due() == []
    assert schedule.wait_us() is None


def test_so_many_wait_and_no_more() -> None:
    clock = Clock()
    schedule = Schedule(clock)
    for _ in range(SENDINGS_MAX):
        schedule.plan(Draft(), clock.now_us + 1, "x")
    with pytest.raises(ValueError, match="Cancel one first"):
        schedule.plan(Draft(), clock.now_us + 1, "x")
