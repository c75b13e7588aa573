"""How much the ledger records of what would not survive a restart."""

import pytest

from mqstudio.model import limits
from mqstudio.server.recording import (
    FASTER_TICKS,
    LEAP,
    ONE_IN_MAX,
    ROW_US,
    SLOWER_TICKS,
    Load,
    LoadMeter,
    RecordingRate,
)

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


def test_within_a_tick_it_leaps_once() -> None:
    """What waits was collected before: each of its commits would else make it eight times less again."""
    rate = RecordingRate()
    assert [rate.note_crowded(BEHIND) for _ in range(5)] == [LEAP] * 5
    assert rate.note(SATED) == LEAP, "most of that tick was before"
    assert rate.note_crowded(BEHIND) == LEAP * LEAP
    assert rate.note(CALM) == LEAP * LEAP


def test_what_waits_is_no_reason_where_it_must_last() -> None:
    assert RecordingRate().note_crowded(Load(1.0, 5, 0.1)) == 1
    assert RecordingRate().note_crowded(Load(1.0, 1, 1.0)) == 1


def test_a_look_at_the_load_leaves_it_to_the_tick() -> None:
    meter = LoadMeter()
    meter.busy_us, meter.rows = limits.SAMPLE_INTERVAL_US // 2, 10
    assert meter.peek(3, is_bare=False) == meter.peek(3, is_bare=False) == meter.take(3, is_bare=False)
    assert meter.take(0, is_bare=False).busy_share == 0


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


@pytest.mark.parametrize("busy_share", [0.5, 1.0])
def test_a_slow_disk_alone_is_no_reason_to_record_less(busy_share: float) -> None:
    """Few messages, commits that somebody waits for: most of the time goes into waiting for the disk."""
    assert after(RecordingRate(), Load(busy_share, 1, 1.0, rows_share=0.01), 100) == 1


def test_commits_that_wait_are_one_however_few_rows_they_have() -> None:
    assert RecordingRate().note(Load(1.0, 2, 1.0, rows_share=0.01)) == LEAP


def test_more_is_recorded_again_once_all_of_it_would_cost_little() -> None:
    """Though the disk is kept busy by commits that are waited for."""
    rate = RecordingRate()
    after(rate, BUSY, 2 * FASTER_TICKS)
    assert after(rate, Load(0.5, 0, 1.0, rows_share=0.03), 10 * SLOWER_TICKS) == 4, (
        "all of it would cost 0.12"
    )
    assert after(rate, Load(0.5, 0, 1.0, rows_share=0.02), SLOWER_TICKS) == 2


def test_the_meter_tells_rows_of_what_is_transient() -> None:
    """By the share that it has among the messages looked at."""
    meter = LoadMeter()
    lasting, passing = '{"is_persistent":true}', None
    meter.rows = 1_000
    meter.note_messages([(0,) * 7 + (traits,) for traits in (lasting, passing, passing, passing)])
    load = meter.take(0, is_bare=False)
    assert load.transient_share == 0.75
    assert load.rows_share == 750 * ROW_US / limits.SAMPLE_INTERVAL_US
    assert meter.take(0, is_bare=False).rows_share == 0


def test_without_room_on_the_disk_as_little_as_possible_is_recorded_at_once() -> None:
    rate = RecordingRate()
    assert rate.note(Load(0.0, 0, 1.0, is_bare=True)) == ONE_IN_MAX
    assert after(rate, CALM, 10 * SLOWER_TICKS) == 1
