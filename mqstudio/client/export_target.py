"""Where an export goes: a file that is written as it comes, or a process that makes one of another format."""

import asyncio
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from mqstudio.exporters.base import Exporter, Options

DIRECT: Final = {".jsonl": "jsonl", ".msgpack": "msgpack"}
"""Formats that a broker hands out as they are, by the usual end of a file's name."""

END_TIMEOUT_S: Final = 600.0
"""How long the last of a file may take: an index of it, at most."""


class Target(Protocol):
    """A file that is being made. format: as which it takes records."""

    format: str

    async def put(self, data: bytes) -> None:
        """Take some more; waits for the disk. Raises: OSError."""

    def size_bytes(self) -> int:
        """How large the file is by now."""

    async def finish(self) -> None:
        """End the file, so that it is whole. Raises: OSError."""

    async def give_up(self) -> None:
        """Leave nothing of it."""


async def target_of(exporter: Exporter, options: Options, path: Path) -> Target:
    """Begin a file. Raises: OSError."""
    format = DIRECT.get(exporter.suffixes[0])
    if format is not None:
        return FileTarget(path, format)
    return await ProcessTarget.start(path, exporter.suffixes[0], options)


class FileTarget:
    """A file that has what comes, one behind the other."""

    def __init__(self, path: Path, format: str) -> None:
        self.format = format
        self._path = path
        self._file: BinaryIO = path.open("wb")
        self._size = 0

    async def put(self, data: bytes) -> None:
        """See Target."""
        self._size += await asyncio.to_thread(self._file.write, data)

    def size_bytes(self) -> int:
        """See Target."""
        return self._size

    async def finish(self) -> None:
        """See Target."""
        self._file.close()

    async def give_up(self) -> None:
        """See Target."""
        self._file.close()
        self._path.unlink(missing_ok=True)


class ProcessTarget:
    """A process that reads MessagePack and writes a file of another format."""

    format = "msgpack"

    def __init__(self, process: asyncio.subprocess.Process, path: Path) -> None:
        self._process, self._path = process, path
        self._size = 0

    @classmethod
    async def start(cls, path: Path, suffix: str, options: Options) -> "ProcessTarget":
        """Start it. Raises: OSError."""
        command = [sys.executable, "-m", "mqstudio", "convert", "-", str(path), "--from", ".msgpack"]
        command += ["--as", suffix, "--force", "--redact", "none", *_arguments(options)]  # it was before
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        return cls(process, path)

    async def put(self, data: bytes) -> None:
        """See Target."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(data)
            await self._process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            raise await self._failure() from None

    def size_bytes(self) -> int:
        """See Target."""
        with suppress(FileNotFoundError):  # it has just begun, or has got its name
            self._size = self._path.stat().st_size
        return self._size

    async def finish(self) -> None:
        """See Target."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        async with asyncio.timeout(END_TIMEOUT_S):
            code = await self._process.wait()
        if code:
            raise await self._failure()
        self.size_bytes()

    async def give_up(self) -> None:
        """See Target."""
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        self._path.unlink(missing_ok=True)

    async def _failure(self) -> OSError:
        assert self._process.stderr is not None
        says = (await self._process.stderr.read()).decode(errors="replace").strip()
        return OSError(says.removeprefix("Error: ") or "The file was not made, and nobody says why.")


def _arguments(options: Options) -> Iterable[str]:
    """Options as the command line has them."""
    for has, name in (
        (options.has_body, "--no-body"),
        (options.has_properties, "--no-headers"),
        (options.has_life, "--no-life"),
    ):
        if not has:
            yield name
    for column in options.columns:
        yield f"--column={column}"
