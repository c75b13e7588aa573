"""All formats of recordings, by the ends of files' names: those that are bytes, and ledger files."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from mqstudio.cli.ledger_files import ledger_records, ledger_writing
from mqstudio.client.recordings import CHUNK_BYTES, importers_found
from mqstudio.exporters.base import Exporter, NotReadableError, Options, Record
from mqstudio.exporters.redacting import Hits
from mqstudio.model.disk import PROFILE_SUFFIX
from mqstudio.registry import discover

STDIO: Final = Path("-")


class Writes(Protocol):
    """What takes records."""

    def record(self, record: Record) -> None:
        """Take one."""


def read(path: Path, suffix: str, stdin: BinaryIO, *, key: str | None = None) -> Iterator[Record]:
    """A file's messages; suffix: what it is, "" for what its name says. key: of an encrypted ledger.

    Raises: NotReadableError, OSError.
    """
    name = (suffix or path.name).lower()
    if name.endswith(PROFILE_SUFFIX) and path != STDIO:
        yield from ledger_records(path, key=key)
        return
    importers = importers_found()
    importer = next((each for each in importers if name.endswith(each.suffixes)), None)
    if importer is None:
        known = " ".join([PROFILE_SUFFIX, *(suffix for each in importers for suffix in each.suffixes)])
        raise NotReadableError(f"The end of {name} says no format that can be read. There are: {known}.")
    if path == STDIO:
        yield from importer.read(iter(lambda: stdin.read1(CHUNK_BYTES), b""))  # type: ignore[attr-defined]  # a buffer
        return
    with path.open("rb") as file:
        yield from importer.read(iter(lambda: file.read(CHUNK_BYTES), b""))


@contextmanager
def write_of(path: Path, name: str, options: Options, stdout: BinaryIO) -> Iterator[Writes]:
    """A file to be written, ended whatever happens, so that it is whole. Raises: OSError, ValueError."""
    if name.lower().endswith(PROFILE_SUFFIX) and path != STDIO:
        with ledger_writing(path, options) as writing:
            yield writing
        return
    exporter = exporter_named(name)
    if path == STDIO:
        yield from _bytes(exporter, options, stdout.write)
        return
    with path.open("wb") as file:
        yield from _bytes(exporter, options, file.write)


class _Bytes:
    def __init__(self, write_record: Callable[[Record], bytes], write: Callable[[bytes], object]) -> None:
        self._write_record, self._write = write_record, write

    def record(self, record: Record) -> None:
        self._write(self._write_record(record))


def _bytes(exporter: Exporter, options: Options, write: Callable[[bytes], object]) -> Iterator[Writes]:
    writing = exporter.write(options)
    write(writing.begin())
    try:
        yield _Bytes(writing.record, write)
    finally:
        write(writing.end())


def exporter_named(name: str) -> Exporter:
    """The format that the end of a name asks for. Raises: ValueError that says which there are."""
    found = exporters_found()
    for exporter in found:
        if name.lower().endswith(exporter.suffixes):
            return exporter
    known = " ".join(suffix for exporter in found for suffix in exporter.suffixes)
    raise ValueError(f"The end of {name} says no format that can be written. There are: {known}.")


def taken_out(hits: Hits) -> str:
    """How many secrets were taken out, as a sentence behind another one; "" if there were none."""
    if not hits.total:
        return ""
    secrets = "1 secret was" if hits.total == 1 else f"{hits.total:,} secrets were"
    messages = "1 message" if hits.messages == 1 else f"{hits.messages:,} messages"
    return f" {secrets} taken out of {messages}."


def exporters_found() -> list[Exporter]:
    """The formats that are written."""
    return list(discover("mqstudio.exporters", "EXPORTER").found.values())
