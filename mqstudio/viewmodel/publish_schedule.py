"""Sendings that wait for their time: in so long, or at a time of day; they end with the window."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from mqstudio.model.limits import SENDINGS_MAX
from mqstudio.viewmodel.publish_draft import Draft
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.wording import duration, moment
from mqstudio.viewmodel.words import tr

AHEAD_MAX_US = 366 * 86_400_000_000
"""As far ahead as something can be planned: a year."""

_UNITS_US = {
    "ms": 1_000, "s": 1_000_000, "sec": 1_000_000, "m": 60_000_000, "min": 60_000_000,
    "h": 3_600_000_000, "d": 86_400_000_000,
}  # fmt: skip
_LONG = re.compile(r"(?:in\s+)?((?:\d{1,9}(?:\.\d{1,3})?\s*(?:ms|sec|s|min|m|h|d)\s*)+)", re.IGNORECASE)
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|sec|s|min|m|h|d)", re.IGNORECASE)
_CLOCK = re.compile(r"(?:at\s+)?(\d{1,2}):(\d{2})(?::(\d{2}))?")


def parse_when(text: str, now_us: int) -> int:
    """A time that somebody typed, in µs since 1970. Raises: ValueError with a sentence."""
    stripped = text.strip()
    if long := _LONG.fullmatch(stripped):
        ahead = sum(float(n) * _UNITS_US[unit.lower()] for n, unit in _PART.findall(long[1]))
        at_us = now_us + int(ahead)
    elif clock := _CLOCK.fullmatch(stripped):
        at_us = _next(clock, now_us)
    else:
        at_us = _date(stripped)
    if at_us <= now_us:
        raise ValueError(tr("That time has passed. Give a later one."))
    if at_us - now_us > AHEAD_MAX_US:
        raise ValueError(tr("That is more than a year ahead."))
    return at_us


def _wrong() -> ValueError:
    return ValueError(tr("Give a time such as 10 m, 1 h 30 m, 18:30 or 2026-11-24 18:30."))


def _next(clock: re.Match[str], now_us: int) -> int:
    """The next time that a clock shows this."""
    now = datetime.fromtimestamp(now_us / 1_000_000)
    try:
        at = now.replace(hour=int(clock[1]), minute=int(clock[2]), second=int(clock[3] or 0), microsecond=0)
    except ValueError:
        raise _wrong() from None
    return _us(at if at > now else at + timedelta(days=1))


def _date(text: str) -> int:
    try:
        return _us(datetime.fromisoformat(text))
    except (ValueError, OverflowError, OSError):
        raise _wrong() from None


def _us(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)


class Planned(Struct, frozen=True):
    """A sending that waits for its time."""

    id: int
    at_us: int
    draft: Draft
    title: str


class Schedule:
    """What waits, the next first. changed(): something was planned, or went."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        self.changed = Signal()
        self.planned: list[Planned] = []
        self._now_us = now_us
        self._last_id = 0

    def plan(self, draft: Draft, at_us: int, title: str) -> Planned:
        """Send a draft at a time. Raises: ValueError with a sentence."""
        if len(self.planned) >= SENDINGS_MAX:
            raise ValueError(tr("{most} sendings wait already. Cancel one first.", most=SENDINGS_MAX))
        self._last_id += 1
        planned = Planned(self._last_id, at_us, draft, title)
        self.planned = sorted([*self.planned, planned], key=lambda each: (each.at_us, each.id))
        self.changed.emit()
        return planned

    def cancel(self, planned_id: int) -> None:
        """Do not send it after all; one that has gone is fine."""
        self.planned = [each for each in self.planned if each.id != planned_id]
        self.changed.emit()

    def take_due(self) -> list[Planned]:
        """Those whose time has come; they wait no longer."""
        now_us = self._now_us()
        due = [each for each in self.planned if each.at_us <= now_us]
        if due:
            self.planned = [each for each in self.planned if each.at_us > now_us]
            self.changed.emit()
        return due

    def wait_us(self) -> int | None:
        """How long until the next one; None if none waits."""
        return max(0, self.planned[0].at_us - self._now_us()) if self.planned else None

    def says(self, planned: Planned) -> str:
        """When, in words."""
        now_us = self._now_us()
        left = duration(max(0, planned.at_us - now_us))
        return tr("at {time}, in {left}", time=moment(planned.at_us, now_us), left=left)
