"""Field values of AMQP 0-9-1 as RabbitMQ reads them, and frames.

One reader and one writer for field tables, typed (`Header`); `to_arguments` and `from_arguments` turn
them into plain values and back where types do not matter. Nothing here trusts a length: each is
checked against what encloses it; nesting and the number of values are bounded (`limits.TABLE_DEPTH`,
`limits.TABLE_FIELDS_MAX`).

Source: AMQP 0-9-1 §4.2; type letters: RabbitMQ's errata, not the specification's table
(`s` is a 16-bit integer, `l` and `L` both are signed 64-bit ones).
"""

from decimal import Decimal
from struct import Struct, error

from mqstudio.model import limits
from mqstudio.model.message import Header
from mqstudio.model.topology import Arguments

METHOD, HEADER, BODY, HEARTBEAT = 1, 2, 3, 8
"""Frame types."""

FRAME_END = 0xCE
FRAME_OVERHEAD = 8
"""Bytes around a payload: type, channel, size, end."""

FRAME_HEAD = Struct(">BHI")
_LONG = Struct(">I")
_length_at = _LONG.unpack_from

FIXED: dict[int, tuple[str, Struct]] = {
    ord(letter): (kind, Struct(layout))
    for letter, kind, layout in (
        ("t", "bool", ">?"),
        ("b", "int8", ">b"),
        ("B", "uint8", ">B"),
        ("s", "int16", ">h"),
        ("u", "uint16", ">H"),
        ("I", "int32", ">i"),
        ("i", "uint32", ">I"),
        ("L", "int64", ">q"),
        ("l", "int64", ">q"),
        ("f", "float", ">f"),
        ("d", "double", ">d"),
        ("T", "timestamp", ">Q"),
        ("D", "decimal", ">Bi"),
        ("V", "null", ">"),
    )
}
"""Type letters of values with a fixed width. Of two letters for one kind the later is written."""

_WIDTHS = {letter: layout.size for letter, (_, layout) in FIXED.items()}
_SCALE_SHOWN = 30
_LETTERS = {kind: (bytes([letter]), layout) for letter, (kind, layout) in FIXED.items()}
_LONG_STRING, _BYTES, _TABLE, _LIST = ord("S"), ord("x"), ord("F"), ord("A")


def frame(kind: int, channel: int, payload: bytes) -> bytes:
    """Put a payload into a frame."""
    return b"%b%b\xce" % (FRAME_HEAD.pack(kind, channel, len(payload)), payload)


HEARTBEAT_FRAME = frame(HEARTBEAT, 0, b"")


def read_short_string(data: bytes, pos: int, limit: int) -> tuple[str, int]:
    """Read up to 255 bytes of UTF-8. Raises: ValueError."""
    start = pos + 1
    end = start + data[pos] if pos < limit else limit + 1
    if end > limit:
        raise ValueError("a short string runs past its end")
    return data[start:end].decode(), end


def read_long_string(data: bytes, pos: int, limit: int) -> tuple[bytes, int]:
    """Read bytes with a 32-bit length. Raises: ValueError."""
    start, end = _inside(data, pos, limit)
    return data[start:end], end


def read_table(data: bytes, pos: int, limit: int) -> tuple[list[Header], int]:
    """Read a field table with its length, in its order. Raises: ValueError."""
    end = skip_table(data, pos, limit)
    return _read_fields(data, pos + 4, end, is_named=True), end


def skip_table(data: bytes, pos: int, limit: int) -> int:
    """Check a table and return where it ends, building nothing: for the hot path. Raises: ValueError.

    Every length, letter and level is judged here and nowhere else. One loop for all levels, since a frame
    holds more of them than a stack. Values are counted: some kinds take no bytes, so that a frame could
    hold 131,000, which are hundreds of bytes each once they are read.
    """
    pos, end = _inside(data, pos, limit)
    stop, is_named, left = end, True, limits.TABLE_FIELDS_MAX
    around: list[tuple[int, bool]] = []
    while True:
        while pos == end:
            if not around:
                return stop
            end, is_named = around.pop()
        left -= 1
        if left < 0:
            raise ValueError(f"tables hold more than {limits.TABLE_FIELDS_MAX} values")
        if is_named:
            pos += 1 + data[pos]
        if pos >= end:
            raise ValueError("a field has no value")
        letter = data[pos]
        pos += 1
        width = _WIDTHS.get(letter)
        if width is not None:
            pos += width
        elif letter in (_LONG_STRING, _BYTES):
            if pos + 4 > end:
                raise ValueError("a length is cut off")
            pos += 4 + _length_at(data, pos)[0]
        elif letter in (_TABLE, _LIST):
            around.append((end, is_named))
            if len(around) > limits.TABLE_DEPTH:
                raise ValueError(f"tables are nested deeper than {limits.TABLE_DEPTH}")
            pos, end = _inside(data, pos, end)
            is_named = letter == _TABLE
        else:
            raise ValueError(f"unknown field type {letter}")
        if pos > end:
            raise ValueError(f"a field of type '{chr(letter)}' is cut off")


def _inside(data: bytes, pos: int, limit: int) -> tuple[int, int]:
    """Where what follows a 32-bit length begins and ends."""
    start = pos + 4
    if start > limit:
        raise ValueError("a length is cut off")
    end = start + int(_length_at(data, pos)[0])
    if end > limit:
        raise ValueError("a string, table or array runs past its end")
    return start, end


def _read_fields(data: bytes, pos: int, end: int, *, is_named: bool) -> list[Header]:
    """The fields of a table, or the items of an array, that has been checked."""
    headers = []
    while pos < end:
        name = ""
        if is_named:
            start = pos + 1
            pos = start + data[pos]
            name = data[start:pos].decode("utf-8", "replace")
        header, pos = _read_value(name, data, pos)
        headers.append(header)
    return headers


def _read_value(name: str, data: bytes, pos: int) -> tuple[Header, int]:
    """Read a type letter and its value."""
    letter = data[pos]
    pos += 1
    fixed = FIXED.get(letter)
    if fixed is not None:
        kind, layout = fixed
        values = layout.unpack_from(data, pos)
        value = values[0] if len(values) == 1 else _decimal_text(values) if values else None
        return Header(name, kind, value), pos + layout.size
    start = pos + 4
    end = start + int(_length_at(data, pos)[0])
    if letter == _LONG_STRING:
        return _text_header(name, data[start:end]), end
    if letter == _BYTES:
        return Header(name, "bytes", data[start:end]), end
    if letter == _TABLE:
        return Header(name, "table", _read_fields(data, start, end, is_named=True)), end
    return Header(name, "list", _read_fields(data, start, end, is_named=False)), end


def _text_header(name: str, raw: bytes) -> Header:
    """Long strings carry any bytes; those that are no text are shown as what they are."""
    try:
        return Header(name, "string", raw.decode())
    except UnicodeDecodeError:
        return Header(name, "bytes", raw)


def _decimal_text(values: tuple[int, ...]) -> str:
    """As people write it, unless that would be hundreds of digits for a few bytes."""
    scale, digits = values
    number = Decimal(digits).scaleb(-scale)
    return format(number, "f") if scale <= _SCALE_SHOWN else str(number)


def write_short_string(text: str) -> bytes:
    """Write a short string; what is over 255 bytes of UTF-8 is cut off between characters."""
    raw = text.encode("utf-8", "replace")
    if len(raw) > limits.SHORT_TEXT_BYTES:
        raw = raw[: limits.SHORT_TEXT_BYTES].decode("utf-8", "ignore").encode()
    return bytes([len(raw)]) + raw


def write_long_string(raw: bytes) -> bytes:
    """Write bytes with a 32-bit length."""
    return _LONG.pack(len(raw)) + raw


def write_table(headers: list[Header]) -> bytes:
    """Write a field table with its length."""
    return write_long_string(b"".join(write_short_string(h.name) + _write_value(h) for h in headers))


def _write_value(header: Header) -> bytes:
    kind, value = header.kind, header.value
    if kind == "table":
        return b"F" + write_table(value or [])
    if kind == "list":
        return b"A" + write_long_string(b"".join(_write_value(item) for item in value or []))
    if kind == "bytes":
        return b"x" + write_long_string(bytes(value or b""))
    letter_and_layout = _LETTERS.get(kind)
    if letter_and_layout is not None:
        letter, layout = letter_and_layout
        try:
            return letter + layout.pack(*_fixed_values(kind, value))
        except (error, ValueError, TypeError, ArithmeticError):
            # A value its kind cannot hold came in by another protocol. Better as text than not at all.
            pass
    return b"S" + write_long_string(str(value).encode("utf-8", "replace"))


_INT32 = 2**31


def _fixed_values(kind: str, value: object) -> tuple[object, ...]:
    if kind == "null":
        return ()
    if kind != "decimal":
        return (value,)
    number = Decimal(str(value))
    scale = max(0, -int(number.as_tuple().exponent))
    digits = number.scaleb(scale)
    if not -_INT32 <= digits < _INT32:  # before int(): an exponent in the millions would take minutes
        raise ValueError("a decimal has 32 bits")
    return scale, int(digits)


def to_arguments(headers: list[Header]) -> Arguments:
    """Plain values of a table, by name; of two fields with one name the last counts."""
    return {header.name: _plain(header) for header in headers}


def _plain(header: Header) -> object:
    if header.kind == "table":
        return to_arguments(header.value)
    if header.kind == "list":
        return [_plain(item) for item in header.value]
    return header.value


def from_arguments(arguments: Arguments) -> list[Header]:
    """Headers of plain values, each with the kind that clients would give it."""
    return [_typed(name, value) for name, value in arguments.items()]


def _typed(name: str, value: object) -> Header:
    if isinstance(value, bool):
        return Header(name, "bool", value)
    if isinstance(value, int):
        return Header(name, "int32" if -_INT32 <= value < _INT32 else "int64", value)
    if isinstance(value, float):
        return Header(name, "double", value)
    if isinstance(value, bytes):
        return Header(name, "bytes", value)
    if isinstance(value, dict):
        return Header(name, "table", from_arguments(value))
    if isinstance(value, list):
        return Header(name, "list", [_typed("", item) for item in value])
    return Header(name, "null") if value is None else Header(name, "string", str(value))
