"""CSV: a row a message, with a fixed head, for spreadsheets. Nothing in it is a formula."""

import csv
import io
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from mqstudio.exporters.base import Options, Record
from mqstudio.exporters.headers import split
from mqstudio.model.filters import paths

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes spreadsheets take a cell for a formula; such cells get an apostrophe in front."""

COLUMNS: Final[dict[str, Callable[[Record], object]]] = {
    "id": lambda record: record.row.message_id,
    "vhost": lambda record: record.vhost,
    "queue": lambda record: record.row.queue,
    "state": lambda record: record.row.state.value,
    "exchange": lambda record: record.row.exchange,
    "routing_key": lambda record: record.row.routing_key,
    "published_at": lambda record: time_text(record.row.published_at_us),
    "enqueued_at": lambda record: time_text(record.row.enqueued_at_us),
    "delivered_at": lambda record: time_text(record.row.delivered_at_us),
    "ended_at": lambda record: time_text(record.row.ended_at_us),
    "ended_because": lambda record: record.row.ended_because,
    "publisher": lambda record: record.row.publisher,
    "holder": lambda record: record.row.holder,
    "deliveries": lambda record: record.row.delivery_count,
    "size_bytes": lambda record: record.row.size_bytes,
}

PROPERTIES: Final = (
    "content_type",
    "content_encoding",
    "delivery_mode",
    "priority",
    "correlation_id",
    "reply_to",
    "expiration",
    "message_id",
    "timestamp_s",
    "type",
    "user_id",
    "app_id",
)


class Rows:
    """A file of rows."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._buffer = io.StringIO()
        self._writer = csv.writer(self._buffer, lineterminator="\r\n")

    def begin(self) -> bytes:
        """The head."""
        names = list(COLUMNS)
        if self._options.has_properties:
            names += [*PROPERTIES, "headers"]
        names += self._options.columns
        if self._options.has_body:
            names += ["encoding", "body"]
        if self._options.has_life:
            names.append("life")
        return self._row(names)

    def record(self, record: Record) -> bytes:
        """A row."""
        cells: list[object] = [read(record) for read in COLUMNS.values()]
        if self._options.has_properties:
            cells += [getattr(record.properties, name) for name in PROPERTIES]
            headers, _ = split(record.properties.headers)
            cells.append(_json(headers) if headers else "")
        if self._options.columns:
            cells += _columns(record, self._options.columns)
        if self._options.has_body:
            cells += _body(record.body)
        if self._options.has_life:
            cells.append("; ".join(f"{time_text(step.at_us)} {step.what}" for step in record.life))
        return self._row(cells)

    def end(self) -> bytes:
        """Nothing."""
        return b""

    def _row(self, cells: list[Any]) -> bytes:
        self._buffer.seek(0)
        self._buffer.truncate()
        self._writer.writerow([_safe(cell) for cell in cells])
        return self._buffer.getvalue().encode("utf-8", "surrogatepass")


class Csv:
    """The format."""

    title = "CSV"
    suffixes = (".csv",)

    def write(self, options: Options) -> Rows:
        """See Exporter."""
        return Rows(options)


def time_text(at_us: int | None) -> str:
    """A time as ISO 8601 in UTC with microseconds, "" if there was none."""
    if at_us is None:
        return ""
    seconds, rest_us = divmod(at_us, 1_000_000)
    return f"{_second(seconds)}.{rest_us:06d}Z"


@lru_cache(maxsize=1024)
def _second(seconds: int) -> str:
    """Most of a recording is of a few moments. A time of no calendar stays the number that it is."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").removesuffix("+00:00")
    except (OverflowError, ValueError, OSError):
        return str(seconds)


def _safe(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula; control characters would end the file for some."""
    if not isinstance(cell, str):
        return "" if cell is None else cell
    text = cell.replace("\0", "\ufffd")
    return f"'{text}" if text.startswith(FORMULA) else text


def _columns(record: Record, names: tuple[str, ...]) -> list[object]:
    """Headers (`headers.name`) and places in a body of JSON (`body.a.b`), "" where there is none."""
    headers, _ = split(record.properties.headers)
    try:
        body: object = msgspec.json.decode(record.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        body = paths.MISSING
    whole = {"headers": headers or {}, "body": body}
    cells: list[object] = []
    for name in names:
        found = paths.follow(whole, paths.read_path(f".{name}", 0))
        cells.append(
            "" if found is paths.MISSING else found if isinstance(found, str | int) else _json(found)
        )
    return cells


def _body(body: bytes) -> list[str]:
    try:
        return ["utf-8", body.decode()]
    except UnicodeDecodeError:
        return ["base64", b64encode(body).decode()]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


EXPORTER = Csv()
