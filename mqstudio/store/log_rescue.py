"""Brings a write-ahead log to the disk for certain, before anything is made of it.

A sync that failed loses what it was to bring to the disk: the system goes on showing it, and says that the
next sync has succeeded. A log that such a failure left behind is read as if it were whole. To bring it over
into the database is then dangerous: should the power go before all of it is there, what is left of the log is
its beginning only, older than pages of the database that have been brought over; together they are neither
the one state nor the other.

So a log that is found at a start is written once more, the same bytes to the same places, and synced:
whatever it was before, it is on the disk now. Should the power go while that is done, there is a copy of it
beside it.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from struct import Struct
from typing import Final

import apsw

HEADER_BYTES: Final = 32
"""Of a log; it has two numbers of its own, so that no two logs begin alike."""

_MAGIC: Final = (0x377F0682, 0x377F0683)
_CHUNK: Final = 1 << 16
"""SQLite writes no more than 128 KiB at once."""
_FIELDS: Final = Struct(">8I")
_END: Final = Struct(">QI4s")
"""Behind a whole copy: how long the log is, its CRC-32, and a word."""
_WORD: Final = b"MQSL"

_READ: Final = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_WAL
_MAKE: Final = _READ | apsw.SQLITE_OPEN_CREATE
_numbers = count(1)


def secure_log(connection: apsw.Connection, path: Path, *, vfs: str | None = None) -> None:
    """Have the log of an open database on the disk as it is seen; it has none, or waits until nobody writes.

    vfs: by which way SQLite reaches the file. Raises: apsw.Error if the disk fails.
    """
    with _files(vfs) as files:
        if files.has(_log_of(path)):
            connection.execute("BEGIN IMMEDIATE")  # no log begins anew meanwhile
            try:
                _write_again(files, _log_of(path), _copy_of(path))
            finally:
                connection.execute("ROLLBACK")


def _write_again(files: "_Files", log: str, copy: str) -> None:
    content = files.read(log)
    if not _is_log(content):
        return
    try:
        files.write(copy, content + _END.pack(len(content), zlib.crc32(content), _WORD))
    except apsw.FullError:  # it goes without, as long as the power does not go as well
        files.delete(copy)
    files.write(log, content)
    if files.has(copy):
        files.delete(copy)


def put_back_log(path: Path, *, vfs: str | None = None) -> None:
    """Should the power have gone while a log was written again: write it from its copy. Before it is opened.

    Raises: apsw.Error if the disk fails.
    """
    with _files(vfs) as files:
        if files.has(_copy_of(path)):
            _put_back(files, _log_of(path), _copy_of(path))
            files.delete(_copy_of(path))


def _log_of(path: Path) -> str:
    return f"{path}-wal"


def _copy_of(path: Path) -> str:
    return f"{path}-copy"


def _put_back(files: "_Files", log: str, copy: str) -> None:
    """Write what was copied, if it is whole, and the log is still the one that it was copied from."""
    content = files.read(copy)
    whole, end = content[: -_END.size], content[-_END.size :]
    if len(end) < _END.size or _END.unpack(end) != (len(whole), zlib.crc32(whole), _WORD):
        return  # the copy is not whole, so that the log was not touched
    head = files.read(log)[:HEADER_BYTES] if files.has(log) else b""
    if not _is_log(head) or head == whole[:HEADER_BYTES]:
        files.write(log, whole)


def _is_log(content: bytes) -> bool:
    """Whether it begins as a log does; SQLite takes anything else for an empty one."""
    if len(content) < HEADER_BYTES:
        return False
    fields = _FIELDS.unpack_from(content)
    return fields[0] in _MAGIC and _sum(content[:24], is_big=bool(fields[0] & 1)) == fields[6:]


def _sum(data: bytes, *, is_big: bool) -> tuple[int, int]:
    """The checksum of a log's header, as the format of SQLite's files has it (§4.2)."""
    first = second = 0
    numbers = Struct(f"{'>' if is_big else '<'}{len(data) // 4}I").unpack(data)
    for left, right in zip(numbers[::2], numbers[1::2], strict=True):
        first = (first + left + second) & 0xFFFFFFFF
        second = (second + right + first) & 0xFFFFFFFF
    return first, second


class _Files:
    """Files, as SQLite reaches them, so that tests can have any disk; what is encrypted stays so."""

    def __init__(self, vfs: apsw.VFS, name: str) -> None:
        self._vfs, self._name = vfs, name

    def has(self, path: str) -> bool:
        return bool(self._vfs.xAccess(path, apsw.SQLITE_ACCESS_EXISTS))

    def read(self, path: str) -> bytes:
        file = apsw.VFSFile(self._name, path, [_READ, 0])
        try:
            size = file.xFileSize()
            parts = [
                file.xRead(min(_CHUNK, size - start), start).ljust(min(_CHUNK, size - start), b"\0")
                for start in range(0, size, _CHUNK)
            ]
        finally:
            file.xClose()
        return b"".join(parts)

    def write(self, path: str, content: bytes) -> None:
        """Write from the beginning, and sync."""
        file = apsw.VFSFile(self._name, path, [_MAKE, 0])
        try:
            for start in range(0, len(content), _CHUNK):
                file.xWrite(content[start : start + _CHUNK], start)
            file.xSync(apsw.SQLITE_SYNC_FULL)
        finally:
            file.xClose()

    def delete(self, path: str) -> None:
        """Delete, and sync the folder."""
        self._vfs.xDelete(path, True)


@contextmanager
def _files(vfs: str | None) -> Iterator[_Files]:
    """By this way, or by the system's own: encryption is a layer above that."""
    base = vfs or _plain_vfs()
    name = f"log-rescue-{next(_numbers)}"
    made = apsw.VFS(name, base=base)
    try:
        yield _Files(made, base)
    finally:
        made.unregister()


def _plain_vfs() -> str:
    return next(name for name in apsw.vfs_names() if name in {"unix", "win32"})
