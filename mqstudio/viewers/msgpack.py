"""Bodies as MessagePack: a tree and its text."""

import struct
from datetime import UTC, datetime, timedelta
from typing import Final

from mqstudio.viewers.base import Hints, UnreadableError, View, is_of_type
from mqstudio.viewers.items import Item, bytes_text, cut, string_item, walk

TYPES: Final = (
    "application/msgpack", "application/x-msgpack", "application/vnd.msgpack", "application/messagepack",
)  # fmt: skip

_NUMBERS: Final = {
    0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q",
    0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q",
}  # fmt: skip
_LENGTHS: Final = {
    0xC4: (">B", "bytes"), 0xC5: (">H", "bytes"), 0xC6: (">I", "bytes"),
    0xC7: (">B", "ext"), 0xC8: (">H", "ext"), 0xC9: (">I", "ext"),
    0xD9: (">B", "string"), 0xDA: (">H", "string"), 0xDB: (">I", "string"),
    0xDC: (">H", "array"), 0xDD: (">I", "array"), 0xDE: (">H", "map"), 0xDF: (">I", "map"),
}  # fmt: skip
_WORDS: Final = {0xC0: ("null", "null"), 0xC2: ("bool", "false"), 0xC3: ("bool", "true")}
_TIMESTAMP: Final = -1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class MsgpackViewer:
    """Shows MessagePack values."""

    title = "msgpack"
    reads_text = False
    rank = 36

    def suits(self, body: bytes, hints: Hints, *, is_whole: bool) -> bool:
        """What is said to be it, or begins as a map with a text for its first key, or as an array."""
        if is_of_type(hints, *TYPES, "+msgpack"):
            return True
        if len(body) < 4:
            return False
        head = body[0]
        if 0x81 <= head <= 0x8F or head == 0xDE:
            return _begins_text(body[1 if head <= 0x8F else 3])
        return 0x91 <= head <= 0x9F or head in (0xDC, 0xDD, 0xDF)

    def view(self, body: bytes, *, is_whole: bool) -> View:
        """The tree, and the text laid out."""
        return walk(body, 0, _read, is_whole=is_whole)


def _begins_text(head: int) -> bool:
    return 0xA0 <= head <= 0xBF or 0xD9 <= head <= 0xDB


def _read(body: bytes, at: int) -> Item:
    head = body[at]
    at += 1
    if head < 0x80 or head >= 0xE0:
        return Item("number", str(head if head < 0x80 else head - 256), at)
    if head < 0xA0:
        return Item("map" if head < 0x90 else "array", "", at, (head & 15) * (2 if head < 0x90 else 1))
    if head < 0xC0:
        return string_item(cut(body, at, head & 31), at + (head & 31))
    if head in _NUMBERS:
        written = _NUMBERS[head]
        return Item("number", repr(struct.unpack_from(written, body, at)[0]), at + struct.calcsize(written))
    if head in _LENGTHS:
        written, kind = _LENGTHS[head]
        length = struct.unpack_from(written, body, at)[0]
        return _of_length(body, at + struct.calcsize(written), length, kind)
    if 0xD4 <= head <= 0xD8:
        return _of_length(body, at, 1 << (head - 0xD4), "ext")
    if head not in _WORDS:
        raise UnreadableError("it has a byte that MessagePack never uses (c1)")
    kind, text = _WORDS[head]
    return Item(kind, text, at)


def _of_length(body: bytes, at: int, length: int, kind: str) -> Item:
    if kind in ("array", "map"):
        return Item(kind, "", at, length * (2 if kind == "map" else 1))
    if kind == "string":
        return string_item(cut(body, at, length), at + length)
    if kind == "bytes":
        return Item("bytes", bytes_text(cut(body, at, length)), at + length)
    number = struct.unpack_from(">b", body, at)[0]
    data = cut(body, at + 1, length)
    text = _moment(data) if number == _TIMESTAMP else ""
    return Item("ext", text or f"ext({number}, {bytes_text(data)})", at + 1 + length)


def _moment(data: bytes) -> str:
    """A timestamp's date and time; "" if it is none, or not within the calendar."""
    if len(data) == 4:
        seconds, nanoseconds = int.from_bytes(data, "big"), 0
    elif len(data) == 8:
        both = int.from_bytes(data, "big")
        seconds, nanoseconds = both & (1 << 34) - 1, both >> 34
    elif len(data) == 12:
        nanoseconds, seconds = struct.unpack(">Iq", data)
    else:
        return ""
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{f'.{nanoseconds:09}' if nanoseconds else ''}Z"


VIEWER = MsgpackViewer()
