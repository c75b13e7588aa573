"""Publishers wait while the disk is low or the store has failed; consumers do not."""

import pytest

from mqstudio.model import limits
from mqstudio.server.disk_alarm import DiskAlarm, low_mark


def test_the_mark_grows_with_memory() -> None:
    assert low_mark(0) == limits.DISK_LOW_BYTES
    assert low_mark(limits.DISK_LOW_BYTES) == 2 * limits.DISK_LOW_BYTES


def test_below_the_mark_and_until_well_above_it() -> None:
    alarm = DiskAlarm(1_000)
    seen = []
    for free in (1_000, 999, 1_050, 1_099, 1_100, 1_050):
        alarm.note(free)
        seen.append(alarm.is_low)
    assert seen == [False, True, True, True, False, False]


@pytest.mark.parametrize(("free", "is_bare"), [(250, False), (249, True)])
def test_far_below_it_is_bare(free: int, is_bare: bool) -> None:
    alarm = DiskAlarm(1_000)
    alarm.note(free)
    assert (alarm.is_low, alarm.is_bare) == (True, is_bare)


def test_where_memory_is_large_bare_has_its_own_mark() -> None:
    alarm = DiskAlarm(100 * limits.DISK_LOW_BYTES)
    alarm.note(limits.DISK_BARE_BYTES)
    assert not alarm.is_bare
