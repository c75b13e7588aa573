"""How numbers, times and foreign text are written in the window.

Names and payloads come from anybody. What is shown on one line never contains a character that
could move, hide or reverse what stands beside it: those are written as escapes.
"""

import re
from datetime import datetime

from mqstudio.viewmodel.words import tr_count

NAME_MAX_CHARACTERS = 300
"""Longer one-line texts end in an ellipsis."""

_HIDDEN = (
    "\x00-\x1f\x7f-\x9f"  # control characters
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"  # zero width, direction marks
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\ufff0-\ufffb"  # separators, overrides, fillers
    "\ud800-\udfff\U000e0000-\U000e0fff"  # lone surrogates, tags
)
_HIDDEN_IN_LINE = re.compile(f"[{_HIDDEN}]")
_HIDDEN_IN_TEXT = re.compile(f"(?![\n\t])[{_HIDDEN}]")


def plain(text: str, limit: int = NAME_MAX_CHARACTERS) -> str:
    """Foreign text for one line: every character visible, none that acts."""
    cut = text[:limit] + "…" if len(text) > limit else text
    return _HIDDEN_IN_LINE.sub(_escape, cut)


def plain_text(text: str) -> str:
    """Foreign text of many lines: as `plain`, but lines and tabs stay and nothing is cut."""
    return _HIDDEN_IN_TEXT.sub(_escape, text.replace("\r\n", "\n"))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return {9: "\\t", 10: "\\n", 13: "\\r"}.get(code, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def count(number: float) -> str:
    """Whole number with thousands apart: 1,204."""
    return f"{number:,.0f}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number and what it counts: `1 message`, `1,204 messages`."""
    return tr_count(number, f"{{count}} {noun}", f"{{count}} {plural or noun + 's'}")


def short_count(number: float) -> str:
    """A number in five characters: 1,204 · 12.3k · 4.5M."""
    if number < 10_000:
        return count(number)
    return f"{number / 1000:,.1f}k" if number < 999_950 else f"{number / 1_000_000:,.1f}M"


def rate(per_s: float) -> str:
    """Messages per second: 0, 0.4, 12, 1,204."""
    if 0 < per_s < 9.95:
        return f"{per_s:.1f}"
    return short_count(per_s)


def size(size_bytes: int) -> str:
    """A size: 12 B, 1.2 KB, 3.4 MB, 5.6 GB."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    if size_bytes < 999_950:
        return f"{size_bytes / 1000:.1f} KB"
    if size_bytes < 999_950_000:
        return f"{size_bytes / 1_000_000:.1f} MB"
    return f"{size_bytes / 1_000_000_000:,.1f} GB"


def duration(time_us: int) -> str:
    """How long: 0 ms, 0.4 ms, 38 ms, 3.4 s, 2 m 10 s, 3 h 12 m, 2 d 4 h."""
    if time_us < 50:
        return "0 ms"
    if time_us < 9_950:
        return f"{time_us / 1000:.1f} ms"
    if time_us < 999_500:
        return f"{time_us / 1000:.0f} ms"
    seconds = time_us // 1_000_000
    if seconds < 60:
        return f"{time_us / 1_000_000:.1f} s"
    if seconds < 3600:
        return f"{seconds // 60} m {seconds % 60:02} s"
    if seconds < 86_400:
        return f"{seconds // 3600} h {seconds % 3600 // 60:02} m"
    return f"{seconds // 86_400} d {seconds % 86_400 // 3600} h"


def ticking(time_us: int) -> str:
    """How long for what still goes on: whole seconds, so that it ticks and does not flicker."""
    return f"{max(time_us, 0) // 1_000_000} s" if time_us < 60_000_000 else duration(time_us)


def clock(at_us: int) -> str:
    """Time of day to the millisecond, local: 12:01:04.112."""
    return datetime.fromtimestamp(at_us / 1_000_000).strftime("%H:%M:%S.%f")[:-3]


def moment(at_us: int, now_us: int) -> str:
    """A moment of the past, local: 12:01, yesterday 18:20, 3 Nov 12:01, 3 Nov 2025 12:01."""
    at, now = (datetime.fromtimestamp(each / 1_000_000) for each in (at_us, now_us))
    days = (now.date() - at.date()).days
    if days == 0:
        return f"{at:%H:%M}"
    if days == 1:
        return f"yesterday {at:%H:%M}"
    year = "" if at.year == now.year else f" {at.year}"
    return f"{at.day} {at:%b}{year} {at:%H:%M}"


_LIBRARIES = {
    "Pika Python Client Library": "pika",
    "RabbitMQ Java Client": "Java client",
}
"""Short names of client libraries that introduce themselves at length."""


def library(product: str, version: str) -> str:
    """A client's library and version as people call them; "" if it does not say."""
    return plain(f"{_LIBRARIES.get(product, product)} {version}".strip())


def exchange_title(name: str) -> str:
    """An exchange's name for people; the default exchange's name is empty."""
    return plain(name) if name else "(default)"
