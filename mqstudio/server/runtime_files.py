"""Files that say who runs here: `<data-dir>/run/broker.json` and a lock beside it."""

import json
import os
from pathlib import Path
from typing import IO, Any

BROKER_FILE = "broker.json"


class RuntimeFiles:
    """Holds the data folder for this process.

    The folder is for its user only (0700), the file too (0600): whoever can read the token in it
    can do everything. The lock goes with the process, however that ends.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "run"
        self._lock: IO[bytes] | None = None

    def claim(self) -> None:
        """Take the folder. Raises: OSError saying who has it, or why it cannot be made."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        lock = (self._folder / "lock").open("a+b")
        if not _try_lock(lock):
            lock.close()
            raise OSError(
                f"A broker runs on {self._folder.parent} already{self._who()}. "
                "Use that one, stop it, or start this one with another --data-dir."
            )
        self._lock = lock

    def _who(self) -> str:
        try:
            return f" (pid {json.loads((self._folder / BROKER_FILE).read_text())['pid']})"
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def announce(self, facts: dict[str, Any]) -> None:  # Any: a JSON document
        """Write broker.json, whole or not at all."""
        fresh = self._folder / f"{BROKER_FILE}.new"
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(facts, file)
        fresh.replace(self._folder / BROKER_FILE)

    def release(self) -> None:
        """Give the folder back."""
        if self._lock is not None:
            (self._folder / BROKER_FILE).unlink(missing_ok=True)
            self._lock.close()
            self._lock = None


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
