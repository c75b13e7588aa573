"""How much the ledger records of what would not survive a restart."""

import pytest

from mqstudio.server.recording import FASTER_TICKS, ONE_IN_MAX, SLOWER_TICKS, Load, RecordingRate

CALM = Load(0.05, 0, 1.0)
BUSY = Load(0.5, 0, 1.0)
SATED = Load(1.0, 0, 1.0)
BEHIND = Load(0.2, 2, 1.0)


def after(rate: RecordingRate, load: Load, ticks: int) -> int:
    for _ in range(ticks):
        rate.note(load)
    return rate.one_in


def test_all_is_recorded_while_the_disk_keeps_up() -> None:
    assert after(RecordingRate(), CALM, 100) == 1
    assert after(RecordingRate(), Load(0.2, 1, 1.0), 100) == 1


def test_less_is_recorded_while_the_disk_is_too_busy() -> None:
    rate = RecordingRate()
    assert [after(rate, BUSY, FASTER_TICKS) for _ in range(4)] == [2, 4, 8, 16]


@pytest.mark.parametrize("load", [SATED, BEHIND])
def test_much_less_is_recorded_at_once_when_nobody_knows_how_much_too_much_it_is(load: Load) -> None:
    rate = RecordingRate()
    assert [rate.note(load) for _ in range(5)] == [8, 64, 512, 1_024, 1_024]


def test_there_is_a_least() -> None:
    assert after(RecordingRate(), BUSY, 1_000) == ONE_IN_MAX


def test_one_bad_moment_changes_nothing() -> None:
    rate = RecordingRate()
    for _ in range(50):
        rate.note(BUSY)
        rate.note(CALM)
    assert rate.one_in == 1


def test_more_is_recorded_when_there_is_room_again() -> None:
    rate = RecordingRate()
    after(rate, BUSY, 2 * FASTER_TICKS)
    assert rate.one_in == 4
    assert [after(rate, CALM, SLOWER_TICKS) for _ in range(3)] == [2, 1, 1]


def test_between_busy_and_idle_it_stays() -> None:
    rate = RecordingRate()
    after(rate, BUSY, FASTER_TICKS)
    assert after(rate, Load(0.2, 0, 1.0), 100) == 2


def test_where_the_disk_is_busy_with_what_must_last_recording_less_would_not_help() -> None:
    assert after(RecordingRate(), Load(1.0, 5, 0.1), 100) == 1


def test_without_room_on_the_disk_as_little_as_possible_is_recorded_at_once() -> None:
    rate = RecordingRate()
    assert rate.note(Load(0.0, 0, 1.0, is_bare=True)) == ONE_IN_MAX
    assert after(rate, CALM, 10 * SLOWER_TICKS) == 1
