"""The profiles of a data folder, as files; and another passphrase for one that no broker runs on."""

import asyncio
import sys
from pathlib import Path
from typing import Final

from msgspec import Struct

from mqstudio.model.disk import PROFILE_SUFFIX
from mqstudio.model.errors import Refusal, RefusedError

PLAIN_HEAD: Final = b"SQLite format 3\0"
"""How a file begins that is not encrypted."""


class ProfileFile(Struct, frozen=True):
    """A profile. size_bytes: with its log. changed_at_us: when anything was last written to it."""

    name: str
    path: str
    size_bytes: int
    changed_at_us: int
    is_encrypted: bool


def list_profiles(data_dir: Path) -> list[ProfileFile]:
    """The profiles of a data folder, the one used last first; a file that goes meanwhile is left out."""
    found = []
    for path in data_dir.glob(f"*{PROFILE_SUFFIX}"):
        try:
            found.append(_look(path))
        except OSError:
            continue
    return sorted(found, key=lambda each: (-each.changed_at_us, each.name))


def _look(path: Path) -> ProfileFile:
    log = path.with_name(f"{path.name}-wal")
    parts = [each.stat() for each in (path, log) if each.exists()]
    with path.open("rb") as file:
        head = file.read(len(PLAIN_HEAD))
    return ProfileFile(
        path.name.removesuffix(PROFILE_SUFFIX),
        str(path),
        sum(part.st_size for part in parts),
        max((part.st_mtime_ns for part in parts), default=0) // 1000,
        head not in (b"", PLAIN_HEAD),
    )


async def change_key(path: Path, key: str | None, new_key: str | None) -> None:
    """Have a profile encrypted, given another passphrase, or decrypted (None). No broker may run on it.

    Raises: RefusedError saying why it was not done; the file is then as it was.
    """
    name = "encrypt" if key is None else "decrypt" if new_key is None else "rekey"
    options = ["--key-file", "-"] + (["--new-key-file", "-"] if name == "rekey" else [])
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "mqstudio", name, str(path), *options,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    given = "".join(f"{each}\n" for each in (key, new_key) if each is not None)
    _, says = await process.communicate(given.encode())
    if process.returncode:
        reason = says.decode(errors="replace").strip().removeprefix("Error: ")
        raise RefusedError(Refusal.NOT_STORED, reason or f"`mqstudio {name}` failed without a word.")
