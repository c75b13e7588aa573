"""Thrift's compact protocol, as much as Parquet needs of it: structs, lists, numbers, texts."""

from typing import Final

from msgspec import Struct


class I32(Struct, frozen=True):
    """A number of 32 bits."""

    value: int


class I64(Struct, frozen=True):
    """A number of 64 bits."""

    value: int


Value = I32 | I64 | str | list["Value"] | dict[int, "Value"]
Fields = dict[int, Value]
"""A struct: field number → value."""

_I32, _I64, _TEXT, _LIST, _STRUCT = 5, 6, 8, 9, 12
_SHORT: Final = 15
"""Field numbers that differ by less, and lists that are shorter, go with their type into one byte."""


def struct(fields: Fields) -> bytes:
    """A struct."""
    pieces: list[bytes] = []
    last = 0
    for number, value in sorted(fields.items()):
        kind = _kind(value)
        if number - last <= _SHORT:
            pieces.append(bytes([(number - last) << 4 | kind]))
        else:
            pieces.append(bytes([kind]) + varint(_zigzag(number)))
        pieces.append(_value(value))
        last = number
    return b"".join([*pieces, b"\0"])


def varint(number: int) -> bytes:
    """A number, seven bits to a byte."""
    data = bytearray()
    while number > 0x7F:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    data.append(number)
    return bytes(data)


def _zigzag(number: int) -> int:
    return number << 1 if number >= 0 else (-number << 1) - 1


def _kind(value: Value) -> int:
    match value:
        case I32():
            return _I32
        case I64():
            return _I64
        case str():
            return _TEXT
        case list():
            return _LIST
        case dict():
            return _STRUCT


def _value(value: Value) -> bytes:
    match value:
        case I32(number) | I64(number):
            return varint(_zigzag(number))
        case str():
            data = value.encode()
            return varint(len(data)) + data
        case list():
            kind = _kind(value[0]) if value else _STRUCT
            size = len(value)
            head = bytes([size << 4 | kind]) if size < _SHORT else bytes([0xF0 | kind]) + varint(size)
            return head + b"".join(map(_value, value))
        case dict():
            return struct(value)
