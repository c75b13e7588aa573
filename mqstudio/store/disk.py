"""The disk that a profile is on: how much is free, how long a write takes, and a spare file to give up.

When a disk is full even what makes room needs some: an acknowledgement or a deletion is a commit, too. So a
file without any use lies beside the profile, and goes when a commit finds no room.
"""

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from mqstudio.model import limits

PIECE: Final = bytes(4 * limits.MIB)
"""What is written of the spare file at a time, where the system cannot set room aside by itself."""


class Space(NamedTuple):
    """A file system: bytes that we may still use, and bytes in all."""

    free_bytes: int
    disk_bytes: int


def space(path: Path) -> Space:
    """How much room there is beside a file. Raises: OSError."""
    if hasattr(os, "statvfs"):
        found = os.statvfs(path.parent)
        return Space(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)
    import shutil  # noqa: PLC0415  # Windows

    usage = shutil.disk_usage(path.parent)
    return Space(usage.free, usage.total)


def size_of(path: Path) -> int:
    """Bytes of a file, 0 if there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def measure_sync(path: Path) -> int | None:
    """How long it takes, in µs, until 4 KiB are on the disk; None if that cannot be tried."""
    trial = path.with_name(f"{path.name}.trial")
    try:
        with trial.open("wb", buffering=0) as file:
            file.write(bytes(limits.PAGE_BYTES))
            os.fsync(file.fileno())  # the first time the file's own entry is written, too
            file.seek(0)
            file.write(bytes(limits.PAGE_BYTES))
            began = time.perf_counter_ns()
            os.fsync(file.fileno())
            return (time.perf_counter_ns() - began) // 1000
    except OSError:
        return None
    finally:
        with suppress(OSError):
            trial.unlink()


class SpareFile:
    """The file beside a profile that a full disk is helped with."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f"{path.name}.spare")
        self.size_bytes = size_of(self._path)

    def wanted_bytes(self, found: Space) -> int:
        """How large it should be on this disk."""
        return min(limits.SPARE_BYTES, found.disk_bytes // limits.SPARE_PART)

    def grow(self, found: Space) -> bool:
        """Make a piece of it, if there is ample room; whether more of it is to come."""
        wanted = self.wanted_bytes(found)
        if self.size_bytes >= wanted or found.free_bytes < limits.SPARE_ROOM * wanted:
            return False
        piece = min(len(PIECE), wanted - self.size_bytes)
        try:
            with self._path.open("ab", buffering=0) as file:
                if hasattr(os, "posix_fallocate"):
                    piece = wanted - self.size_bytes
                    os.posix_fallocate(file.fileno(), self.size_bytes, piece)
                else:
                    file.write(memoryview(PIECE)[:piece])
        except OSError:  # there is no room after all
            self.give_up()
            return False
        self.size_bytes += piece
        return self.size_bytes < wanted

    def give_up(self) -> bool:
        """Free its room; whether there was any."""
        was_there = self.size_bytes > 0
        with suppress(OSError):
            self._path.unlink()
        self.size_bytes = 0
        return was_there
