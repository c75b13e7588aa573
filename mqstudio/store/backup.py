"""A copy of a profile while it is in use: a process of its own, so that nobody waits for it.

`python -m mqstudio.store.backup`; what to do comes as JSON on standard input. What it copies is the profile
as of one moment. The copy has another name until it is whole and on the disk, and never replaces anything.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import apsw
import msgspec

from mqstudio.store.problems import ProfileError
from mqstudio.store.profile_file import open_for_reading, problem_of

PART: Final = ".part"
"""What the copy's name ends with while it is made."""


class Copying(msgspec.Struct, frozen=True):
    """What to copy where. key: of the profile. new_key: of the copy; "" leaves it plain, None: the same."""

    path: str
    target: str
    key: str | None = None
    new_key: str | None = None


def part_of(target: Path) -> Path:
    """Where the copy is while it is made."""
    return target.with_name(target.name + PART)


def copy(wanted: Copying) -> None:
    """Copy a profile. Raises: ProfileError, OSError, FileExistsError if there is such a file."""
    path, target = Path(wanted.path), Path(wanted.target)
    part = part_of(target)
    if target.exists():
        raise FileExistsError(f"{target} exists. Choose a name that is not taken: nothing is ever replaced.")
    try:
        _vacuum_into(path, part, wanted)
        _sync(part)
        _give_name(part, target)
    finally:
        with suppress(OSError):
            part.unlink()


def _vacuum_into(path: Path, part: Path, wanted: Copying) -> None:
    with suppress(OSError):
        part.unlink()  # of one that was killed
    connection = open_for_reading(path, key=wanted.key)
    try:
        connection.execute("PRAGMA query_only=0")  # the copy is written through it
        key = wanted.key if wanted.new_key is None else wanted.new_key or None
        connection.execute("VACUUM INTO ?", (_uri(part, key),))
    except apsw.Error as error:
        if isinstance(error, apsw.FullError):
            raise OSError(f"There is no room for a copy at {part.parent}.") from error
        raise ProfileError(problem_of(error, path, has_key=wanted.key is not None)) from error
    finally:
        connection.close()


def _uri(part: Path, key: str | None) -> str:
    """The new file as SQLite takes it, with its key: an empty one makes it plain."""
    options = f"cipher=chacha20&hexkey={key.encode().hex()}" if key is not None else "key="
    return f"{part.absolute().as_uri()}?{options}"


def _sync(part: Path) -> None:
    """SQLite does not wait for the disk here."""
    with part.open("rb+", buffering=0) as file:
        os.fsync(file.fileno())


def _give_name(part: Path, target: Path) -> None:
    """Give the copy its name, unless somebody has taken it meanwhile."""
    try:
        os.link(part, target)
    except (AttributeError, OSError, NotImplementedError) as error:  # a file system without links
        if target.exists():
            raise FileExistsError(f"{target} exists now. The copy was not kept.") from error
        part.rename(target)
    if os.name == "posix":
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def main() -> int:
    """Do what standard input says; a sentence on standard error if it cannot be done."""
    wanted = msgspec.json.decode(sys.stdin.buffer.read(), type=Copying)
    try:
        copy(wanted)
    except OSError as error:
        print(error, file=sys.stderr)  # noqa: T201  # for the parent
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
