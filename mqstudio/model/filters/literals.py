"""Values as people write them: numbers with units, times of the clock and of the calendar, texts."""

import math
import re
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from msgspec import Struct

DURATIONS_US: Final = {
    "us": 1,
    "µs": 1,
    "ms": 1_000,
    "s": 1_000_000,
    "m": 60_000_000,
    "min": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
    "w": 604_800_000_000,
}
SIZES_BYTES: Final = {
    "b": 1,
    "kb": 1_000,
    "mb": 1_000_000,
    "gb": 1_000_000_000,
    "kib": 1_024,
    "mib": 1_048_576,
    "gib": 1_073_741_824,
}
"""Small letters; people may write large ones. As the window has it, 1 KB is 1,000 bytes."""

_NUMBER: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)([A-Za-zµ]*)", re.ASCII)
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?", re.ASCII)
DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DIGITS: Final = frozenset("0123456789")
DIGITS_MAX: Final = 40
"""Longer numbers are texts: nobody counts so far."""

MINUTE: Final = timedelta(minutes=1)
YEARS: Final = (1970, 9998)


class Moment(Struct, frozen=True):
    """A time. A clock's time is that of the day it is asked on, or of the day before if it is still to come.

    width_us: how long it lasts, as it is written: a day, a minute, a second. day: None for the clock alone.
    """

    clock: time
    day: datetime | None
    width_us: int
    is_now: bool = False

    def at_us(self, now_us: int, zone: tzinfo | None = None) -> int:
        """When that is, in µs since 1970; `zone` (None: of this computer) is where clocks are read."""
        if self.is_now:
            return now_us
        if self.day is not None:
            day = self.day if self.day.tzinfo else self.day.replace(tzinfo=zone)
            return micros(day)
        now = datetime.fromtimestamp(now_us / 1_000_000, zone)
        today = datetime.combine(now.date(), self.clock, zone)
        return micros(today if micros(today) <= now_us else today - timedelta(days=1))


class Literal(Struct, frozen=True):
    """A value. `raw`: as it is written, without quotes.

    number: in the unit's smallest (µs, bytes) if it has a `unit` ("time", "size"), else as it is.
    """

    raw: str
    is_quoted: bool = False
    number: int | float | None = None
    unit: str = ""
    flag: bool | None = None
    is_null: bool = False
    moment: Moment | None = None


def micros(at: datetime) -> int:
    """Exact µs since 1970; one without a zone is of this computer's."""
    whole = at.replace(microsecond=0)
    return round(whole.timestamp()) * 1_000_000 + at.microsecond


def text_literal(raw: str) -> Literal:
    """A text in quotes: nothing but a text."""
    return Literal(raw, is_quoted=True)


def literal_of(raw: str) -> Literal:
    """What a bare word means as a value: all that it can be."""
    small = raw.lower()
    if small in {"true", "false"}:
        return Literal(raw, flag=small == "true")
    if small == "null":
        return Literal(raw, is_null=True)
    if not set(raw) & _DIGITS:
        return Literal(raw, moment=_moment(raw) if small == "now" else None)
    number, unit = number_with_unit(raw)
    return Literal(raw, number=number, unit=unit, moment=_moment(raw))


def number_with_unit(raw: str) -> tuple[int | float | None, str]:
    """A number and what its unit measures; (None, "") if it is none, or in no unit there is."""
    found = _NUMBER.fullmatch(raw) if len(raw) <= DIGITS_MAX else None
    if found is None:
        return None, ""
    number = plain_number(found[1])
    if number is None or not found[2]:
        return number, ""
    small = found[2].lower()
    if small in DURATIONS_US:
        return _times(number, DURATIONS_US[small]), "time"
    if small in SIZES_BYTES:
        return _times(number, SIZES_BYTES[small]), "size"
    return None, ""


def _times(number: int | float, unit: int) -> int | float | None:
    product = number * unit
    if isinstance(product, float) and not math.isfinite(product):
        return None
    return round(product) if isinstance(product, float) else product


def plain_number(text: str) -> int | float | None:
    """A number without a unit, exact if it is whole; None if the text is none."""
    if len(text) > DIGITS_MAX or not _NUMBER.fullmatch(text):
        return None
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def is_clock(raw: str) -> bool:
    """Whether it is a time of the clock: so that a date and it can be one value."""
    return _CLOCK.fullmatch(raw) is not None


def _moment(raw: str) -> Moment | None:
    if raw.lower() == "now":
        return Moment(time(), None, 1, is_now=True)
    found = _CLOCK.fullmatch(raw)
    if found is not None:
        return _of_clock(found)
    return _of_day(raw) if DATE.match(raw) and len(raw) <= DIGITS_MAX else None


def _of_clock(found: re.Match[str]) -> Moment | None:
    hour, minute, second, part = found.groups()
    try:
        clock = time(int(hour), int(minute), int(second or 0), int((part or "0").ljust(6, "0")))
    except ValueError:
        return None
    return Moment(clock, None, _width(second, part))


def _width(second: str | None, part: str | None) -> int:
    if second is None:
        return 60_000_000
    return 1_000_000 if part is None else int(10 ** (6 - len(part)))


def _of_day(raw: str) -> Moment | None:
    try:
        day = datetime.fromisoformat(raw)
    except ValueError:
        return None
    if not YEARS[0] < day.year < YEARS[1]:
        return None
    if len(raw) == 10:
        return Moment(time(), day, 86_400_000_000)
    found = _CLOCK.match(raw[11:])
    return Moment(time(), day, _width(found[3], found[4]) if found else 60_000_000)
