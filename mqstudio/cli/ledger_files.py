"""Ledger files as recordings: read without a broker, and written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
from msgspec.structs import replace

from mqstudio.exporters.base import NotReadableError, Options, Record
from mqstudio.model.message import Properties
from mqstudio.server.recording_file import RecordingFile, read_recording


def ledger_records(path: Path, *, key: str | None = None) -> Iterator[Record]:
    """A ledger file's messages. Raises: NotReadableError, ProfileError."""
    try:
        yield from read_recording(path, key=key)
    except apsw.Error as error:
        raise NotReadableError(f"{path} cannot be read: {error}. `mqstudio doctor` says what can.") from error


class _Chosen:
    """Writes what is wanted of each record."""

    def __init__(self, file: RecordingFile, options: Options) -> None:
        self._file, self._options = file, options

    def record(self, record: Record) -> None:
        """Take one."""
        options = self._options
        if not options.has_body:
            record = replace(record, body=b"")
        if not options.has_properties:
            record = replace(record, properties=Properties())
        if not options.has_life:
            record = replace(record, life=(), past=None)
        self._file.record(record)


@contextmanager
def ledger_writing(path: Path, options: Options) -> Iterator[_Chosen]:
    """A new ledger file, in place of one that is there. Raises: OSError, ProfileError."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    file = RecordingFile(path)
    try:
        yield _Chosen(file, options)
    except apsw.FullError as error:
        raise OSError(f"There is no room for {path}.") from error
    finally:
        file.close()
