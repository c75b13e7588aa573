"""Message properties: the bytes of a content header ↔ `model.message.Properties`.

Between AMQP 0-9-1 clients the bytes pass through untouched: `vetting` only makes sure that no consumer
chokes on them. They are decoded for viewers, and encoded for messages that came by another protocol.

Source: AMQP 0-9-1 §4.2.6.1 (property flags), §1.8 basic class.
"""

from functools import lru_cache
from struct import Struct, error
from typing import Any

from msgspec.structs import asdict

from mqstudio.model.message import Header, Properties
from mqstudio.protocols.amqp091 import codec

_FIELDS = (
    ("content_type", "shortstr"),
    ("content_encoding", "shortstr"),
    ("headers", "table"),
    ("delivery_mode", "octet"),
    ("priority", "octet"),
    ("correlation_id", "shortstr"),
    ("reply_to", "shortstr"),
    ("expiration", "shortstr"),
    ("message_id", "shortstr"),
    ("timestamp_s", "longlong"),
    ("type", "shortstr"),
    ("user_id", "shortstr"),
    ("app_id", "shortstr"),
    ("cluster_id", "shortstr"),
)
"""Properties in the order of their flags, the first in the highest bit."""

_ALIKE_BYTES = 512
"""Tables up to this size are remembered."""

_FLAGS = Struct(">H")
WIDTHS = {"octet": 1, "longlong": 8}
_LAYOUTS = {"octet": Struct(">B"), "longlong": Struct(">Q")}


@lru_cache(maxsize=1024)
def present(flags: int) -> tuple[tuple[str, str], ...]:
    """The fields that flags announce. Raises: ValueError for flags that announce what does not exist."""
    if flags & 0b11:
        raise ValueError(f"property flags {flags:#06x} are unknown")
    return tuple(field for bit, field in enumerate(_FIELDS) if flags & 0x8000 >> bit)


def read_properties(data: bytes) -> Properties:
    """Decode the properties of a content header. Raises: ValueError saying what is wrong."""
    values: dict[str, Any] = {}  # Any: by field
    pos, limit = 2, len(data)
    for name, kind in present(_flags(data)):
        if kind == "shortstr":
            start = pos + 1
            pos = start + (data[pos] if pos < limit else limit)
            values[name] = data[start:pos].decode("utf-8", "replace")
        elif kind == "table":
            values[name], pos = _read_table(data, pos, limit)
        else:
            if pos + WIDTHS[kind] > limit:
                raise ValueError(f"{name} is cut off")
            values[name] = _LAYOUTS[kind].unpack_from(data, pos)[0]
            pos += WIDTHS[kind]
        if pos > limit:
            raise ValueError(f"{name} is cut off")
    if pos != limit:
        raise ValueError(f"{limit - pos} bytes are left over")
    return Properties(**values)


def _read_table(data: bytes, pos: int, limit: int) -> tuple[list[Header], int]:
    """A table; many messages have the same headers, so that short ones are remembered."""
    end = pos + 4 + int.from_bytes(data[pos : pos + 4], "big")
    if end > limit or end - pos > _ALIKE_BYTES:
        return codec.read_table(data, pos, limit)
    return list(_remembered(data[pos:end])), end


@lru_cache(maxsize=1024)
def _remembered(raw: bytes) -> tuple[Header, ...]:
    headers, pos = codec.read_table(raw, 0, len(raw))
    if pos != len(raw):
        raise ValueError("a table is longer than it says")
    return tuple(headers)


def _flags(data: bytes) -> int:
    if len(data) < 2:
        raise ValueError("property flags are cut off")
    return int(_FLAGS.unpack_from(data)[0])


def write_properties(properties: Properties) -> bytes:
    """Encode properties. What does not fit its field is left out or cut: nobody is there to be told."""
    flags = 0
    parts = [b""]
    values = asdict(properties)
    for bit, (name, kind) in enumerate(_FIELDS):
        value = values[name]
        if value is None:
            continue
        try:
            parts.append(_write(kind, value))
        except error:
            continue
        flags |= 0x8000 >> bit
    parts[0] = _FLAGS.pack(flags)
    return b"".join(parts)


def _write(kind: str, value: Any) -> bytes:  # Any: by kind
    if kind == "shortstr":
        return codec.write_short_string(value)
    if kind == "table":
        return codec.write_table(value)
    return _LAYOUTS[kind].pack(value)
