"""Field values of AMQP 0-9-1 with their type letters: written, read, shown.

Written apart from the product's codec, so that a mistake there cannot hide here.
"""

import time
from struct import Struct, calcsize, pack, unpack_from
from typing import Any, NamedTuple

FIXED = {
    letter: Struct(layout)
    for letter, layout in {
        "t": ">?",
        "b": ">b",
        "B": ">B",
        "s": ">h",
        "u": ">H",
        "I": ">i",
        "i": ">I",
        "l": ">q",
        "f": ">f",
        "d": ">d",
        "T": ">Q",
        "D": ">Bi",
    }.items()
}
"""Values of a fixed width, by type letter as RabbitMQ reads it."""

PROPERTIES = (
    ("content_type", "short"),
    ("content_encoding", "short"),
    ("headers", "table"),
    ("delivery_mode", ">B"),
    ("priority", ">B"),
    ("correlation_id", "short"),
    ("reply_to", "short"),
    ("expiration", "short"),
    ("message_id", "short"),
    ("timestamp", ">Q"),
    ("type", "short"),
    ("user_id", "short"),
    ("app_id", "short"),
    ("cluster_id", "short"),
)
RECENT_S = 120.0


class Typed(NamedTuple):
    """A field value of a given wire type."""

    letter: str
    value: Any = None


def typed(value: Any) -> Typed:
    """Give a plain value the type that clients would give it."""
    if isinstance(value, Typed):
        return value
    for kind, letter in ((bool, "t"), (float, "d"), (str, "S"), (bytes, "S"), (dict, "F"), (list, "A")):
        if isinstance(value, kind):
            return Typed(letter, value)
    if value is None:
        return Typed("V")
    return Typed("I" if -(2**31) <= value < 2**31 else "l", value)


def write_short(text: str | bytes) -> bytes:
    raw = text.encode() if isinstance(text, str) else text
    return bytes([len(raw)]) + raw


def write_long(raw: bytes) -> bytes:
    return pack(">I", len(raw)) + raw


def write_table(table: dict[str, Any]) -> bytes:
    return write_long(b"".join(write_short(name) + write_value(value) for name, value in table.items()))


def write_value(value: Any) -> bytes:
    letter, plain = typed(value)
    head = letter.encode()
    if letter in FIXED:
        return head + FIXED[letter].pack(*(plain if letter == "D" else (plain,)))
    if letter in "Sx":
        return head + write_long(plain.encode() if isinstance(plain, str) else plain)
    if letter == "F":
        return head + write_table(plain)
    if letter == "A":
        return head + write_long(b"".join(map(write_value, plain)))
    return head if plain is None else head + plain


def read_short(data: bytes, pos: int) -> tuple[str, int]:
    end = pos + 1 + data[pos]
    return data[pos + 1 : end].decode(), end


def read_long(data: bytes, pos: int) -> tuple[bytes, int]:
    end = pos + 4 + int(unpack_from(">I", data, pos)[0])
    return data[pos + 4 : end], end


def read_table(data: bytes, pos: int = 0) -> tuple[dict[str, Typed], int]:
    inside, after = read_long(data, pos)
    table, pos = {}, 0
    while pos < len(inside):
        name, pos = read_short(inside, pos)
        table[name], pos = read_value(inside, pos)
    return table, after


def read_value(data: bytes, pos: int) -> tuple[Typed, int]:
    letter, pos = chr(data[pos]), pos + 1
    if letter in FIXED:
        values = FIXED[letter].unpack_from(data, pos)
        return Typed(letter, values if letter == "D" else values[0]), pos + FIXED[letter].size
    if letter in "Sx":
        raw, pos = read_long(data, pos)
        return Typed(letter, raw), pos
    if letter == "F":
        table, pos = read_table(data, pos)
        return Typed(letter, table), pos
    if letter == "A":
        inside, pos = read_long(data, pos)
        items, at = [], 0
        while at < len(inside):
            item, at = read_value(inside, at)
            items.append(item)
        return Typed(letter, items), pos
    assert letter == "V", f"field type {letter!r}"
    return Typed(letter), pos


def text_of(value: Typed) -> str:
    """A field value for people, its type letter in front unless it is a table, list or long string."""
    letter, plain = value
    if letter == "F":
        return "{" + ", ".join(f"{name}: {text_of(each)}" for name, each in plain.items()) + "}"
    if letter == "A":
        return "[" + ", ".join(map(text_of, plain)) + "]"
    if letter == "S":
        return repr(plain.decode("utf-8", "backslashreplace"))
    if letter == "T" and abs(plain - time.time()) < RECENT_S:
        return "T now"
    return f"{letter} {plain}"


def write_properties(properties: dict[str, Any]) -> bytes:
    """Write the property flags and list of a content header."""
    flags, parts = 0, []
    for bit, (name, kind) in enumerate(PROPERTIES):
        if name in properties:
            flags |= 0x8000 >> bit
            value = properties[name]
            writer = {"short": write_short, "table": write_table}.get(kind)
            parts.append(writer(value) if writer else pack(kind, value))
    return pack(">H", flags) + b"".join(parts)


def read_properties(data: bytes) -> dict[str, str]:
    """Read them, each as text."""
    found, pos = {}, 2
    for bit, (name, kind) in enumerate(PROPERTIES):
        if not unpack_from(">H", data)[0] & 0x8000 >> bit:
            continue
        if kind == "short":
            text, pos = read_short(data, pos)
            found[name] = repr(text)
        elif kind == "table":
            table, pos = read_table(data, pos)
            found[name] = text_of(Typed("F", table))
        else:
            found[name] = str(unpack_from(kind, data, pos)[0])
            pos += calcsize(kind)
    assert pos == len(data), "bytes are left over behind the properties"
    return found
