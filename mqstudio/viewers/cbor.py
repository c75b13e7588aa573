"""Bodies as CBOR: a tree, and its text in diagnostic notation. Tags are shown, not obeyed.

Source: RFC 8949 §3 (encoding) and §8 (diagnostic notation).
"""

import struct
from typing import Final

from mqstudio.viewers.base import Hints, UnreadableError, View, is_of_type
from mqstudio.viewers.items import BREAK, UNTIL_BREAK, Item, bytes_text, cut, string_item, walk

SELF_DESCRIBED: Final = b"\xd9\xd9\xf7"
"""A tag that says nothing but: this is CBOR (§3.4.6)."""

_ARGUMENTS: Final = {24: ">B", 25: ">H", 26: ">I", 27: ">Q"}
_FLOATS: Final = {25: ">e", 26: ">f", 27: ">d"}
_SIMPLE: Final = {
    20: ("bool", "false"), 21: ("bool", "true"), 22: ("null", "null"), 23: ("null", "undefined"),
}  # fmt: skip
_INDEFINITE: Final = 31


class CborViewer:
    """Shows CBOR values."""

    title = "CBOR"
    reads_text = False
    rank = 34

    def suits(self, body: bytes, hints: Hints, *, is_whole: bool) -> bool:
        """What is said to be it, or begins as a map with a text for its first key, or as an array."""
        if is_of_type(hints, "application/cbor", "+cbor") or body.startswith(SELF_DESCRIBED):
            return True
        if len(body) < 4:
            return False
        head = body[0]
        if 0xA1 <= head <= 0xBB or head == 0xBF:
            begin = 1 + {0xB8: 1, 0xB9: 2, 0xBA: 4, 0xBB: 8}.get(head, 0)
            return 0x60 <= int.from_bytes(body[begin : begin + 1], "big") <= 0x7F
        return 0x81 <= head <= 0x9B or head == 0x9F

    def view(self, body: bytes, *, is_whole: bool) -> View:
        """The tree, and the text laid out."""
        start = len(SELF_DESCRIBED) if body.startswith(SELF_DESCRIBED) else 0
        return walk(body, start, _read, is_whole=is_whole)


def _read(body: bytes, at: int) -> Item:
    head = body[at]
    major, low = head >> 5, head & 31
    at += 1
    if major == 7:
        return _simple(body, at, low)
    if low < 24:
        argument = low
    elif low in _ARGUMENTS:
        argument = struct.unpack_from(_ARGUMENTS[low], body, at)[0]
        at += 1 << (low - 24)
    elif low == _INDEFINITE and major in (2, 3):
        return Item("pieces", "_ ", at, UNTIL_BREAK)
    elif low == _INDEFINITE and major in (4, 5):
        argument = UNTIL_BREAK
    else:
        raise UnreadableError(f"it has a byte that CBOR does not use ({head:02x})")
    if major < 2:
        return Item("number", str(argument if major == 0 else -1 - argument), at)
    if major < 4:
        return _string(cut(body, at, argument), at + argument, major)
    if major == 6:
        return Item("tag", str(argument), at, 1)
    pairs = 2 if major == 5 and argument != UNTIL_BREAK else 1
    return Item("array" if major == 4 else "map", "", at, argument * pairs)


def _string(data: bytes, end: int, major: int) -> Item:
    return Item("bytes", bytes_text(data), end) if major == 2 else string_item(data, end)


def _simple(body: bytes, at: int, low: int) -> Item:
    if low == _INDEFINITE:
        return Item(BREAK, "", at)
    if low in _FLOATS:
        number = struct.unpack_from(_FLOATS[low], body, at)[0]
        return Item("number", _float(number), at + (1 << (low - 24)))
    if low == 24:
        low, at = body[at], at + 1
        if low < 32:
            raise UnreadableError("a simple value takes more bytes than it may")
    elif low > 24:
        raise UnreadableError(f"it has a byte that CBOR does not use ({0xE0 | low:02x})")
    kind, text = _SIMPLE.get(low, ("simple", f"simple({low})"))
    return Item(kind, text, at)


def _float(number: float) -> str:
    return {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(repr(number), repr(number))


VIEWER = CborViewer()
