"""How SQLite reaches a disk in memory: each of its calls is counted, and may be the one that fails.

One connection at a time: files of a Python VFS share no memory, so the write-ahead log's index stays in the
connection's own, which SQLite allows to those that have the file for themselves.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from random import Random
from typing import Any, Final

import apsw

from tests.crash.disk import Content, Disk

PSOW: Final = 0x1000
"""Writing a range leaves the bytes around it as they are, also in a power cut: SQLite assumes it of disks."""

JOURNALS: Final = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_SUPER_JOURNAL
"""Where SQLite syncs the folder as well when it first syncs the file."""

READ, WRITE, SYNC = apsw.SQLITE_IOERR_READ, apsw.SQLITE_IOERR_WRITE, apsw.SQLITE_IOERR_FSYNC

_MEANT: Final = frozenset({apsw.IOError, apsw.FullError, apsw.CantOpenError})

_numbers = count(1)


class MemoryVfs(apsw.VFS):
    """Files of a Disk. `name` is what SQLite knows it by."""

    def __init__(self, disk: Disk) -> None:
        self.vfs_name = f"memory-{next(_numbers)}"
        self.disk = disk
        self._chance = Random(0)
        super().__init__(self.vfs_name, base="")

    def xOpen(self, name: Any, flags: list[int]) -> "MemoryFile":
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if path is None:
            return MemoryFile(self.disk, Content())
        _call(self.disk, apsw.SQLITE_CANTOPEN, is_write=path not in self.disk.files)
        if path not in self.disk.files:
            if not flags[0] & apsw.SQLITE_OPEN_CREATE:
                raise apsw.exception_for(apsw.SQLITE_CANTOPEN)
            self.disk.files[path] = Content()
        flags[1] = flags[0]
        return MemoryFile(self.disk, self.disk.files[path], is_journal=bool(flags[0] & JOURNALS))

    def xDelete(self, path: str, is_synced: bool) -> None:
        _call(self.disk, apsw.SQLITE_IOERR_DELETE)
        if path not in self.disk.files:
            raise apsw.exception_for(apsw.SQLITE_IOERR_DELETE_NOENT)
        self.disk.delete(path, is_synced=bool(is_synced))

    def xAccess(self, path: str, flags: int) -> bool:
        _call(self.disk, apsw.SQLITE_IOERR_ACCESS)
        return path in self.disk.files

    def xFullPathname(self, path: str) -> str:
        return path

    def xRandomness(self, size: int) -> bytes:
        return self._chance.randbytes(size)

    def xSleep(self, microseconds: int) -> int:
        return microseconds

    def xCurrentTime(self) -> float:
        return 2_460_000.5

    def xCurrentTimeInt64(self) -> int:
        return int(2_460_000.5 * 86_400_000)

    def xGetLastError(self) -> tuple[int, str]:
        return 0, ""

    def excepthook(self, kind: Any, problem: Any, traceback: Any) -> bool:
        return True  # what fails here is meant to


class MemoryFile:
    """An open file. Once its process was killed it can do nothing any more."""

    def __init__(self, disk: Disk, content: Content, *, is_journal: bool = False) -> None:
        self._disk = disk
        self._is_journal = is_journal
        self._content = content
        self._life = disk.life

    def _call(self, code: int, *, is_write: bool = False) -> str:
        if self._life != self._disk.life:
            raise apsw.exception_for(code)
        return _call(self._disk, code, is_write=is_write)

    def xRead(self, amount: int, offset: int) -> bytes:
        self._call(READ)
        return bytes(self._content.now[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:
        try:
            kind = self._call(WRITE, is_write=True)
        except apsw.Error:
            if self._life == self._disk.life and self._disk.calls == self._disk.cut_at:
                self._content.write(offset, bytes(data))  # it was on its way
            raise
        if kind == "short":
            self._content.write(offset, bytes(data[: self._disk.rng.randrange(len(data))]))
            raise apsw.exception_for(WRITE)
        self._content.write(offset, bytes(data))

    def xTruncate(self, size: int) -> None:
        self._call(apsw.SQLITE_IOERR_TRUNCATE)
        self._content.truncate(size)

    def xSync(self, flags: int) -> None:
        try:
            self._call(SYNC)
        except apsw.Error:
            disk = self._disk
            if self._life == disk.life and not disk.is_off:
                self._content.fail_to_sync(disk.rng)
            raise
        self._disk.syncs += 1
        if self._disk.is_lying:
            return
        self._content.sync()
        if self._is_journal and not self._content.is_entered:
            self._disk.sync_folder()

    def xFileSize(self) -> int:
        self._call(apsw.SQLITE_IOERR_FSTAT)
        return len(self._content.now)

    def xLock(self, level: int) -> None:
        pass

    def xUnlock(self, level: int) -> None:
        pass

    def xCheckReservedLock(self) -> bool:
        return False

    def xFileControl(self, op: int, pointer: int) -> bool:
        return False

    def xSectorSize(self) -> int:
        return 4096

    def xDeviceCharacteristics(self) -> int:
        return PSOW

    def xClose(self) -> None:
        pass

    def excepthook(self, kind: Any, problem: Any, traceback: Any) -> bool:
        return True


def _call(disk: Disk, code: int, *, is_write: bool = False) -> str:
    """Count one call; "short" if it may only do half of it. Raises: apsw.Error if it fails."""
    if disk.is_off:
        raise apsw.exception_for(code)
    disk.calls += 1
    disk.writes += is_write
    if disk.calls == disk.cut_at:
        disk.is_off = True
        raise apsw.exception_for(code)
    trouble = disk.trouble
    if trouble is None:
        return ""
    number = disk.calls if trouble.kind == "eio" else disk.writes
    is_due = number >= trouble.at if trouble.is_for_ever else number == trouble.at
    if not is_due or (trouble.kind != "eio" and not is_write):
        return ""
    disk.failed += 1
    if trouble.kind == "enospc":
        raise apsw.exception_for(apsw.SQLITE_FULL)
    if trouble.kind == "short":
        return "short"
    raise apsw.exception_for(code)


@contextmanager
def mounted(disk: Disk) -> Iterator[MemoryVfs]:
    """The disk, as SQLite can use it meanwhile.

    Where several calls fail, SQLite tells of one; Python would report the others as ignored.
    """
    vfs, hook = MemoryVfs(disk), sys.unraisablehook
    sys.unraisablehook = lambda ignored: None if ignored.exc_type in _MEANT else hook(ignored)
    try:
        yield vfs
    finally:
        sys.unraisablehook = hook
        vfs.unregister()
