"""Takes a stream of MessagePack apart into its objects, without decoding them.

An object's length follows from its marks alone: how many bytes a string has, how many objects a map.
"""

from collections.abc import Iterator
from typing import Final

from mqstudio.exporters.base import NotReadableError
from mqstudio.model.limits import IMPORT_RECORD_BYTES

CUT_OFF: Final = -1
"""The object goes on behind the bytes that are there."""

_FIXED: Final[dict[int, int]] = {
    0xC0: 0, 0xC2: 0, 0xC3: 0,  # nil, false, true
    0xCA: 4, 0xCB: 8,  # floats
    0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8,  # integers
    0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17,  # extensions of fixed sizes
}  # fmt: skip
"""Mark → bytes behind it."""

_SIZED: Final[dict[int, tuple[int, int]]] = {
    0xC4: (1, 0), 0xC5: (2, 0), 0xC6: (4, 0),  # bytes
    0xC7: (1, 1), 0xC8: (2, 1), 0xC9: (4, 1),  # extensions
    0xD9: (1, 0), 0xDA: (2, 0), 0xDB: (4, 0),  # texts
}  # fmt: skip
"""Mark → bytes of the size behind it, and what comes besides."""

_MANY: Final[dict[int, tuple[int, int]]] = {0xDC: (2, 1), 0xDD: (4, 1), 0xDE: (2, 2), 0xDF: (4, 2)}
"""Mark → bytes of the count behind it, and objects for each."""


def objects(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The objects of a stream that comes in pieces. Raises: NotReadableError."""
    rest = bytearray()
    wanted = 0
    for chunk in chunks:
        rest += chunk
        if len(rest) < wanted:
            continue
        start = 0
        while start < len(rest):
            stop = end_of(rest, start)
            if stop == CUT_OFF:
                break
            yield bytes(rest[start:stop])
            start = stop
        del rest[:start]
        wanted = 2 * len(rest)  # so that a long one is not measured again for each piece
        if len(rest) > IMPORT_RECORD_BYTES:
            raise NotReadableError(
                f"a record is longer than {IMPORT_RECORD_BYTES:,} bytes: it is no such file"
            )
    yield from _last(bytes(rest))


def _last(rest: bytes) -> Iterator[bytes]:
    """What was left because more was waited for."""
    start = 0
    while start < len(rest):
        stop = end_of(rest, start)
        if stop == CUT_OFF:
            raise NotReadableError("the file ends in the middle of a record: it was cut off")
        yield rest[start:stop]
        start = stop


def end_of(data: bytes | bytearray, start: int) -> int:
    """Where the object that begins at `start` ends; CUT_OFF. Raises: NotReadableError."""
    left, at, size = 1, start, len(data)
    while left:
        if at >= size:
            return CUT_OFF
        mark = data[at]
        at += 1
        left -= 1
        if mark <= 0x7F or mark >= 0xE0:
            continue
        if mark <= 0x8F:
            left += 2 * (mark & 0x0F)
        elif mark <= 0x9F:
            left += mark & 0x0F
        elif mark <= 0xBF:
            at += mark & 0x1F
        elif mark in _FIXED:
            at += _FIXED[mark]
        elif mark in _SIZED:
            width, more = _SIZED[mark]
            at += width + more + int.from_bytes(data[at : at + width], "big")
        elif mark in _MANY:
            width, each = _MANY[mark]
            left += each * int.from_bytes(data[at : at + width], "big")
            at += width
        else:
            raise NotReadableError(f"byte {mark:#04x} begins nothing in MessagePack")
    return at if at <= size else CUT_OFF
