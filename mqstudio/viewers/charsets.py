"""Texts in other character sets than utf-8: what they say, as utf-8.

Only the sets named here: Python's own list also has codecs that compress, quote or take their time.
"""

import codecs
import re
from typing import Final

from mqstudio.viewers.base import Hints, UnreadableError, Unwrapped
from mqstudio.viewers.text import decode_utf8

SETS: Final = {
    "utf-16": "utf-16", "utf-16-le": "utf-16-le", "utf-16-be": "utf-16-be", "utf-32": "utf-32",
    "latin-1": "latin-1", "latin-2": "iso8859-2", "latin-9": "iso8859-15",
    "windows-1250": "cp1250", "windows-1251": "cp1251", "windows-1252": "cp1252",
    "koi8-r": "koi8-r", "shift-jis": "shift_jis", "euc-jp": "euc_jp", "euc-kr": "euc_kr",
    "gb18030": "gb18030", "big5": "big5",
}  # fmt: skip
"""As the chain calls them, and as Python does."""

_ALIASES: Final = {
    "iso-8859-1": "latin-1", "latin1": "latin-1", "iso-8859-2": "latin-2", "iso-8859-15": "latin-9",
    "cp1250": "windows-1250", "cp1251": "windows-1251", "cp1252": "windows-1252", "utf16": "utf-16",
    "utf-16le": "utf-16-le", "utf-16be": "utf-16-be", "sjis": "shift-jis", "shift_jis": "shift-jis",
    "gbk": "gb18030", "gb2312": "gb18030",
}  # fmt: skip

LOOKED_AT: Final = 1024
"""Bytes that tell whether a body is text in two bytes a character."""

_MARKS: Final = {"utf-32": (b"\xff\xfe\0\0", b"\0\0\xfe\xff"), "utf-16": (b"\xff\xfe", b"\xfe\xff")}
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_ZERO_MOST: Final = 0.4
_ZERO_LEAST: Final = 0.02


class Charset:
    """One character set."""

    group = "Character set"

    def __init__(self, title: str, codec: str) -> None:
        self.title = title
        self.sense = 0 if title in _MARKS else 10
        self._codec = codec

    def suits(self, body: bytes, hints: Hints, *, is_whole: bool) -> bool:
        """What is said to be in it, or has its mark; latin-1 what is text, and not utf-8."""
        said = hints.charset or hints.content_encoding
        if _ALIASES.get(said, said) in SETS:
            return _ALIASES.get(said, said) == self.title
        marked = next((name for name, marks in _MARKS.items() if body.startswith(marks)), "")
        if marked or self.title in _MARKS:
            return marked == self.title
        if self.title in ("utf-16-le", "utf-16-be"):
            return _has_zeros(body[:LOOKED_AT], at=1 if self.title == "utf-16-le" else 0)
        if self.title != "latin-1" or decode_utf8(body, is_whole=is_whole) is not None:
            return False
        return _looks_western(body[:LOOKED_AT])

    def unwrap(self, body: bytes, limit: int, *, is_whole: bool) -> Unwrapped:
        """The text as utf-8."""
        try:
            text = codecs.getincrementaldecoder(self._codec)().decode(body, final=is_whole)
        except UnicodeError as error:
            raise UnreadableError(f"it is not {self.title}") from error
        data = text.removeprefix("\ufeff").encode("utf-8", "replace")
        return Unwrapped(data[:limit], is_whole and len(data) <= limit)


def _has_zeros(body: bytes, *, at: int) -> bool:
    """Whether every second byte is nearly always zero, and its neighbours nearly never."""
    if len(body) < 4:
        return False
    zeros, others = body[at::2], body[1 - at :: 2]
    return zeros.count(0) > (1 - _ZERO_MOST) * len(zeros) and others.count(0) <= _ZERO_LEAST * len(others)


def _looks_western(body: bytes) -> bool:
    """Mostly ASCII, no control characters, and some letters beyond."""
    if _CONTROLS.search(body):
        return False
    beyond = sum(byte > 0x9F for byte in body)
    return 0 < beyond <= len(body) // 3


UNWRAPPERS = tuple(Charset(title, codec) for title, codec in SETS.items())
