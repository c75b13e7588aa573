"""JSON lines: a record a line, for `jq`, for other programs, and to be read again."""

from collections.abc import Iterator

import msgspec

from mqstudio.exporters.base import NotReadableError, Options, Record
from mqstudio.exporters.shape import (
    JSON,
    Read,
    body_from,
    json_line,
    record_from,
    record_of,
    shape_of,
)
from mqstudio.model.limits import IMPORT_RECORD_BYTES


class Lines:
    """A file of lines."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def begin(self) -> bytes:
        """Nothing."""
        return b""

    def record(self, record: Record) -> bytes:
        """A line."""
        return json_line(shape_of(record, self._options))

    def end(self) -> bytes:
        """Nothing."""
        return b""


class JsonLines:
    """The format."""

    title = "JSON lines"
    suffixes = (".jsonl", ".ndjson")

    def write(self, options: Options) -> Lines:
        """See Exporter."""
        return Lines(options)

    def read(self, chunks: Iterator[bytes]) -> Iterator[Record]:
        """See Importer."""
        for number, line in enumerate(_lines(chunks), 1):
            if not line.strip():
                continue
            try:
                yield _record(line)
            except (NotReadableError, msgspec.DecodeError, UnicodeDecodeError) as error:
                raise NotReadableError(
                    f"line {number}: {error}. Nothing of it and of what follows was read."
                ) from error


_typed = msgspec.json.Decoder(Read).decode
_UNLIKE = (msgspec.MsgspecError, UnicodeDecodeError, TypeError, ValueError, RecursionError)


def _record(line: bytes) -> Record:
    """A line's record: quickly, or, if that cannot be, with what is wrong. Raises: NotReadableError."""
    try:
        read = _typed(line)
        return record_from(read, body_from(read))
    except _UNLIKE:
        return record_of(_decode(line))


def _decode(line: bytes) -> object:
    """A line's values; the body's bytes stay as they are."""
    whole = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    values = {name: msgspec.json.decode(value) for name, value in whole.items() if name != "body"}
    if "body" in whole:
        is_json = values.get("encoding") == JSON
        values["body"] = bytes(whole["body"]) if is_json else msgspec.json.decode(whole["body"])
    return values


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
        if len(rest) > IMPORT_RECORD_BYTES:
            raise NotReadableError(f"a line is longer than {IMPORT_RECORD_BYTES:,} bytes: it is no such file")
    yield rest


EXPORTER = JsonLines()
IMPORTER = EXPORTER
