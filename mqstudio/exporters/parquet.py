"""Parquet: a table of messages for pandas, DuckDB and the like. Columns are flat; headers and lives are JSON.

The file is made here, without a library: pages are plain and gzipped, one to a column and row group. A row
group is written when it is large enough, the index at the end: so a file that was stopped early is whole too.
"""

import gzip
from collections.abc import Callable
from itertools import chain
from struct import pack
from typing import Any, Final

import msgspec
from msgspec import Struct

from mqstudio.exporters import thrift
from mqstudio.exporters.base import Options, Record
from mqstudio.exporters.csv import PROPERTIES
from mqstudio.exporters.headers import split
from mqstudio.model.export_limits import PARQUET_GROUP_BYTES, PARQUET_GROUP_ROWS

MAGIC: Final = b"PAR1"
GZIP: Final = 2
PLAIN, RLE = 0, 3
BOOLEAN, INT64, BYTE_ARRAY = 0, 2, 6
"""Physical types."""
UTF8, TIMESTAMP_MICROS, JSON = 0, 10, 19
"""Converted types: what the physical ones mean."""


class Column(Struct, frozen=True):
    """A column: its name, types (`meaning`: None for none), and its value in a record, None for none."""

    name: str
    kind: int
    meaning: int | None
    read: Callable[[Record], Any]  # Any: an int, a bool, bytes or None


def _text(read: Callable[[Record], str | None]) -> Callable[[Record], bytes | None]:
    def value(record: Record) -> bytes | None:
        text = read(record)
        return None if text is None else text.encode("utf-8", "replace")

    return value


def _row(name: str) -> Callable[[Record], Any]:  # Any: what the row has
    return lambda record: getattr(record.row, name)


def _property(name: str) -> Callable[[Record], Any]:  # Any: likewise
    return lambda record: getattr(record.properties, name)


def _headers(record: Record) -> bytes | None:
    headers, _ = split(record.properties.headers)
    return None if headers is None else msgspec.json.encode(headers)


def columns_of(options: Options) -> list[Column]:
    """The columns of a file, in order."""
    times = ("published_at_us", "enqueued_at_us", "delivered_at_us", "ended_at_us")
    texts = ("state", "exchange", "routing_key", "publisher", "holder", "ended_because", "died_of", "died_in")
    counts = ("delivery_count", "priority", "deaths", "size_bytes")
    columns = [
        Column("id", INT64, None, _row("message_id")),
        Column("vhost", BYTE_ARRAY, UTF8, _text(lambda record: record.vhost)),
        Column("queue", BYTE_ARRAY, UTF8, _text(_row("queue"))),
        *(Column(name.removesuffix("_us"), INT64, TIMESTAMP_MICROS, _row(name)) for name in times),
        *(Column(name, BYTE_ARRAY, UTF8, _text(_row(name))) for name in texts),
        *(Column(name, INT64, None, _row(name)) for name in counts),
        Column("is_redelivered", BOOLEAN, None, _row("is_redelivered")),
        Column("format", BYTE_ARRAY, UTF8, _text(lambda record: record.format)),
    ]  # fmt: skip
    if options.has_properties:
        numbers = ("delivery_mode", "priority", "timestamp_s")
        for name in PROPERTIES:
            own = f"property_{name}"
            if name in numbers:
                columns.append(Column(own, INT64, None, _property(name)))
            else:
                columns.append(Column(own, BYTE_ARRAY, UTF8, _text(_property(name))))
        columns.append(Column("headers", BYTE_ARRAY, JSON, _headers))
    if options.has_body:
        columns.append(Column("body", BYTE_ARRAY, None, lambda record: record.body))
    if options.has_life:
        columns.append(Column("life", BYTE_ARRAY, JSON, lambda record: msgspec.json.encode(record.life)))
    return columns


class Chunk(Struct, frozen=True):
    """A column in a row group: where it is, and how large."""

    offset: int
    values: int
    packed_bytes: int
    size_bytes: int


class Table:
    """A file of row groups."""

    def __init__(self, options: Options) -> None:
        self._columns = columns_of(options)
        self._values: list[list[Any]] = [[] for _ in self._columns]  # Any: see Column
        self._size = 0
        self._offset = 0
        self._groups: list[tuple[int, list[Chunk]]] = []

    def begin(self) -> bytes:
        """The head."""
        self._offset = len(MAGIC)
        return MAGIC

    def record(self, record: Record) -> bytes:
        """A row, kept until its group is whole."""
        for column, values in zip(self._columns, self._values, strict=True):
            value = column.read(record)
            values.append(value)
            self._size += len(value) if isinstance(value, bytes) else 8
        rows = len(self._values[0])
        is_whole = self._size >= PARQUET_GROUP_BYTES or rows >= PARQUET_GROUP_ROWS
        return self._group() if is_whole else b""

    def end(self) -> bytes:
        """The last group, and the index."""
        rest = self._group() if self._values[0] else b""
        index = thrift.struct(_file(self._columns, self._groups))
        return rest + index + pack("<I", len(index)) + MAGIC

    def _group(self) -> bytes:
        rows = len(self._values[0])
        pieces: list[bytes] = []
        chunks: list[Chunk] = []
        for column, values in zip(self._columns, self._values, strict=True):
            data = _levels(values) + _plain(column, values)
            packed = gzip.compress(data, 1, mtime=0)
            head = thrift.struct(_page(len(values), len(data), len(packed)))
            size = len(head)
            chunks.append(Chunk(self._offset, len(values), size + len(packed), size + len(data)))
            pieces += [head, packed]
            self._offset += size + len(packed)
        self._groups.append((rows, chunks))
        self._values = [[] for _ in self._columns]
        self._size = 0
        return b"".join(pieces)


def _levels(values: list[Any]) -> bytes:
    """Which rows have a value: bits, eight to a byte, with their length in front."""
    bits = bytearray((len(values) + 7) // 8)
    for place, value in enumerate(values):
        if value is not None:
            bits[place >> 3] |= 1 << (place & 7)
    runs = thrift.varint(len(bits) << 1 | 1) + bytes(bits)
    return pack("<I", len(runs)) + runs


def _plain(column: Column, values: list[Any]) -> bytes:
    there = [value for value in values if value is not None]
    if column.kind == INT64:
        return pack(f"<{len(there)}q", *(max(-(2**63), min(value, 2**63 - 1)) for value in there))
    if column.kind == BOOLEAN:
        bits = bytearray((len(there) + 7) // 8)
        for place, value in enumerate(there):
            bits[place >> 3] |= bool(value) << (place & 7)
        return bytes(bits)
    return b"".join(chain.from_iterable((pack("<I", len(value)), value) for value in there))


def _page(rows: int, size: int, packed: int) -> thrift.Fields:
    """A data page's head. Source: parquet.thrift, PageHeader."""
    head: thrift.Fields = {1: thrift.I32(rows), 2: thrift.I32(PLAIN), 3: thrift.I32(RLE), 4: thrift.I32(RLE)}
    return {1: thrift.I32(0), 2: thrift.I32(size), 3: thrift.I32(packed), 5: head}


def _file(columns: list[Column], groups: list[tuple[int, list[Chunk]]]) -> thrift.Fields:
    """The index. Source: parquet.thrift, FileMetaData."""
    root: thrift.Fields = {4: "messages", 5: thrift.I32(len(columns))}
    return {
        1: thrift.I32(2),
        2: [root, *map(_element, columns)],
        3: thrift.I64(sum(rows for rows, _ in groups)),
        4: [_row_group(columns, rows, chunks) for rows, chunks in groups],
        6: "mqstudio",
    }


def _element(column: Column) -> thrift.Fields:
    fields: thrift.Fields = {1: thrift.I32(column.kind), 3: thrift.I32(1), 4: column.name}
    if column.meaning is not None:
        fields[6] = thrift.I32(column.meaning)
    return fields


def _row_group(columns: list[Column], rows: int, chunks: list[Chunk]) -> thrift.Fields:
    told: list[thrift.Value] = []
    for column, chunk in zip(columns, chunks, strict=True):
        about: thrift.Fields = {
            1: thrift.I32(column.kind),
            2: [thrift.I32(PLAIN), thrift.I32(RLE)],
            3: [column.name],
            4: thrift.I32(GZIP),
            5: thrift.I64(chunk.values),
            6: thrift.I64(chunk.size_bytes),
            7: thrift.I64(chunk.packed_bytes),
            9: thrift.I64(chunk.offset),
        }
        told.append({2: thrift.I64(chunk.offset), 3: about})
    return {1: told, 2: thrift.I64(sum(each.size_bytes for each in chunks)), 3: thrift.I64(rows)}


class Parquet:
    """The format."""

    title = "Parquet"
    suffixes = (".parquet",)

    def write(self, options: Options) -> Table:
        """See Exporter."""
        return Table(options)


EXPORTER = Parquet()
