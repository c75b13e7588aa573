"""Walks over the items of a binary format, one after the other, and collects them in an outline.

msgpack and CBOR are read here and not with the libraries for them (which the tests compare with): those give
all of a body or nothing, so nothing of a head; they keep one of two equal keys; and what a tag asks for, a
regular expression or a shared value, they make.
"""

import struct
from collections.abc import Callable
from json.encoder import encode_basestring
from typing import Final, NamedTuple

from mqstudio.viewers.base import UnreadableError, View
from mqstudio.viewers.outline import Outline

BYTES_SHOWN: Final = 512
"""Bytes of a byte string that are written out."""

UNTIL_BREAK: Final = -1
"""Instead of how many items a container has: they end with a break."""


class Item(NamedTuple):
    """One item. `end`: where the next one begins. `inside`: items in it, or UNTIL_BREAK.

    `name`: how it reads as a key of a map. `kind` "break": the end of a container of unknown length.
    """

    kind: str
    text: str
    end: int
    inside: int = 0
    name: str = ""


CONTAINERS: Final = ("array", "map", "tag", "pieces")
BREAK: Final = "break"


class _Level:
    """An open container: its items yet to come, and whether every other one is a key."""

    __slots__ = ("count", "is_map", "left", "name")

    def __init__(self, left: int, *, is_map: bool) -> None:
        self.left, self.is_map = left, is_map
        self.count = 0
        self.name: str | None = None
        """The key that was read, for the value that comes next."""


def walk(body: bytes, start: int, read: Callable[[bytes, int], Item], *, is_whole: bool) -> View:
    """Outline the item at `start`. Raises: UnreadableError."""
    outline = Outline()
    levels: list[_Level] = []
    at = start
    while not outline.is_full:
        try:
            item = read(body, at)
        except (IndexError, struct.error) as error:
            if is_whole:
                raise UnreadableError("it ends in the middle of a value") from error
            break
        at = item.end
        _take(item, levels, outline)
        while levels and levels[-1].left == 0:
            levels.pop()
            outline.close()
        if not levels:
            if is_whole and at < len(body):
                raise UnreadableError(f"{len(body) - at:,} bytes follow after its value")
            return outline.finish()
    return outline.finish()


def _take(item: Item, levels: list[_Level], outline: Outline) -> None:
    level = levels[-1] if levels else None
    kind = item.kind
    if kind == BREAK:
        if level is None or level.left != UNTIL_BREAK or (level.is_map and level.count % 2):
            raise UnreadableError("a break stands where none can be")
        level.left = 0
        return
    name: str | None = None
    written = ""
    if level is not None:
        if level.left > 0:
            level.left -= 1
        level.count += 1
        if level.is_map:
            if level.count % 2 and kind not in CONTAINERS:
                level.name = item.name if kind == "string" else item.text
                return
            name = "key" if level.count % 2 else "value" if level.name is None else level.name
            level.name = None
            written = f"{encode_basestring(name)}: "
    if kind in CONTAINERS:
        outline.open(name, written, kind, item.text)
        levels.append(_Level(item.inside, is_map=kind == "map"))
    else:
        outline.add(name, written, kind, item.text)


def string_item(data: bytes, end: int) -> Item:
    """A text, which should be utf-8."""
    text = data.decode("utf-8", "backslashreplace")
    return Item("string", encode_basestring(text), end, name=text)


def bytes_text(data: bytes) -> str:
    """A byte string in hex: h'00ff'."""
    rest = f"… {len(data):,} bytes" if len(data) > BYTES_SHOWN else ""
    return f"h'{data[:BYTES_SHOWN].hex()}{rest}'"


def cut(body: bytes, at: int, length: int) -> bytes:
    """So many bytes. Raises: IndexError if there are not so many."""
    if length > len(body) - at:
        raise IndexError(length)
    return body[at : at + length]
