"""The lock of a profile's file: one program at a time writes to it, by whichever path it came.

It is a file of its own, since closing any handle of the profile itself would give up SQLite's locks on it. It
goes with the process that holds it, however that ends.
"""

import os
from pathlib import Path
from typing import IO

from mqstudio.store.problems import FileProblem, ProfileError


def lock(path: Path) -> IO[bytes]:
    """Take a profile's file until what is returned is closed. Raises: ProfileError, OSError."""
    real = path.resolve()
    real.parent.mkdir(parents=True, exist_ok=True)
    file = real.with_name(f"{real.name}.lock").open("a+b")
    if not _try_lock(file):
        file.close()
        says = (
            f"{path} is in use by another MQ Studio. Close that one, or choose another profile; "
            "the file was not touched."
        )
        raise ProfileError(FileProblem("locked", says))
    return file


def _try_lock(file: IO[bytes]) -> bool:
    try:
        if os.name == "nt":
            import msvcrt  # noqa: PLC0415  # Windows only

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]  # Windows only
        else:
            import fcntl  # noqa: PLC0415  # elsewhere only

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
