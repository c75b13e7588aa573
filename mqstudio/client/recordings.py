"""Files of recorded messages, opened to be read: compared, shown, replayed, or written in another format.

    recording = open_recording(Path("orders.jsonl"))
    for record in recording.records(): ...

What they are is told by the ends of their names. A ledger file (`.mqs`) is read by a process of its own,
since only stores know how: it comes as MessagePack through a pipe.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from mqstudio.exporters import messagepack
from mqstudio.exporters.base import Importer, NotReadableError, Record, Recording
from mqstudio.exporters.comparing import Comparison
from mqstudio.model.disk import PROFILE_SUFFIX
from mqstudio.registry import discover

CHUNK_BYTES: Final = 1024 * 1024


class FileRecording:
    """A file in a format that is read here."""

    def __init__(self, path: Path, importer: Importer) -> None:
        self.name = path.name
        self._path, self._importer = path, importer

    def records(self) -> Iterator[Record]:
        """See Recording."""
        with self._path.open("rb") as file:
            try:
                yield from self._importer.read(iter(lambda: file.read(CHUNK_BYTES), b""))
            except NotReadableError as error:
                raise NotReadableError(f"{self._path}: {error}") from error


class LedgerRecording:
    """A ledger file, or a profile that no broker need be running on."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._path = path

    def records(self) -> Iterator[Record]:
        """See Recording."""
        command = [sys.executable, "-m", "mqstudio", "convert", str(self._path), "-", "--as", ".msgpack"]
        command += ["--redact", "none"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            try:
                pipe = process.stdout
                yield from messagepack.IMPORTER.read(iter(lambda: pipe.read(CHUNK_BYTES), b""))
            except NotReadableError:
                if process.wait() == 0:
                    raise
            finally:
                process.kill()  # whoever reads no further
            if process.wait() not in {0, -9}:
                says = process.stderr.read().decode(errors="replace").strip().removeprefix("Error: ")
                raise NotReadableError(f"{self._path}: {says}")


async def as_ledger(path: Path, target: Path) -> Path:
    """A file as a ledger file, which a broker can show: itself, or made of it. Raises: NotReadableError."""
    if path.name.lower().endswith(PROFILE_SUFFIX):
        return path
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "mqstudio", "convert", str(path), str(target), "--redact", "none",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        _, says = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise NotReadableError(says.decode(errors="replace").strip().removeprefix("Error: "))
    return target


async def compare_files(left: Path, right: Path) -> Comparison:
    """How two recordings differ, found out by a process of its own. Raises: NotReadableError."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "mqstudio", "compare", str(left), str(right), "--json",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        told, says = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        return msgspec.json.decode(told, type=Comparison)
    except msgspec.MsgspecError as error:
        reason = says.decode(errors="replace").strip().removeprefix("Error: ")
        raise NotReadableError(reason or f"The comparison ended without a word: {error}") from error


def recording_suffixes() -> list[str]:
    """How names of files end that `open_recording` opens."""
    return [PROFILE_SUFFIX, *(suffix for each in importers_found() for suffix in each.suffixes)]


def open_recording(path: Path) -> Recording:
    """A file's messages. Raises: NotReadableError, if it is no such file; OSError, if there is none."""
    path.stat()
    if path.name.lower().endswith(PROFILE_SUFFIX):
        return LedgerRecording(path)
    importers = importers_found()
    for each in importers:
        if path.name.lower().endswith(each.suffixes):
            return FileRecording(path, each)
    known = " ".join(recording_suffixes())
    raise NotReadableError(f"The end of {path.name} says no format that can be read. There are: {known}.")


def importers_found() -> list[Importer]:
    """The formats that are read back."""
    return list(discover("mqstudio.exporters", "IMPORTER").found.values())
