"""Encrypts a profile, gives it another key, or makes it plain: a copy is made, looked through, and takes its
place in one step. The profile is not in use meanwhile; whatever happens, one of the two files is whole."""

from contextlib import closing, suppress
from pathlib import Path

import apsw

from mqstudio.store.backup import Copying, copy
from mqstudio.store.lock import lock
from mqstudio.store.problems import ProfileError
from mqstudio.store.profile_file import check_integrity, open_for_reading, open_for_writing, problem_of


def change_key(path: Path, key: str | None, new_key: str | None) -> None:
    """Replace a profile by one with another key; None: by a plain one. Raises: ProfileError, OSError."""
    if not path.exists():
        open_for_reading(path)  # says that it is missing
    with closing(lock(path)):
        with closing(open_for_writing(path, key=key)) as connection:
            _empty_log(connection, path)
        fresh = path.with_name(f"{path.name}.new")
        with suppress(OSError):
            fresh.unlink()
        copy(Copying(str(path), str(fresh), key, new_key or ""))
        with closing(open_for_reading(fresh, key=new_key)) as connection:
            check_integrity(connection, fresh)
        for each in (path, fresh):  # what those who only looked have left: nothing is in it
            for suffix in ("-wal", "-shm"):
                each.with_name(each.name + suffix).unlink(missing_ok=True)
        fresh.replace(path)


def _empty_log(connection: apsw.Connection, path: Path) -> None:
    """What is in the log would not be in the new file, and would be taken for its own."""
    try:
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()[0][0]
    except apsw.Error as error:
        raise ProfileError(problem_of(error, path, has_key=True)) from error
    if busy:
        raise OSError(f"{path} is being read by another program. Close that one first.")
