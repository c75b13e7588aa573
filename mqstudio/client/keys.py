"""Passphrases of profiles: in a file that only its user can read, on standard input, or in the keyring."""

import os
import sys
from pathlib import Path
from typing import Final

SERVICE: Final = "MQ Studio"
"""What the keyring's entries are filed under; each is named by the profile's path."""

KEY_BYTES_MAX: Final = 1_024

STANDARD_INPUT: Final = Path("-")
"""Given as a key file: the passphrase is the next line of standard input, where no other program sees it."""


def find(path: Path, key_file: Path | None, *, use_keyring: bool) -> str | None:
    """The passphrase of a profile; None if none is asked for. Raises: OSError, ValueError."""
    if key_file is not None:
        return read_key_file(key_file)
    return _of_keyring(path) if use_keyring else None


def read_key_file(key_file: Path) -> str:
    """The first line of a file that nobody else can read, or of what comes next on standard input.

    Raises: OSError, ValueError.
    """
    if key_file == STANDARD_INPUT:
        return _first_line(sys.stdin.buffer.readline(KEY_BYTES_MAX + 2), "Standard input")
    if os.name == "posix" and key_file.stat().st_mode & 0o077:
        raise ValueError(f"Others can read {key_file}. Make it yours alone: chmod 600 {key_file}")
    with key_file.open("rb") as file:
        return _first_line(file.read(KEY_BYTES_MAX + 1), str(key_file))


def _first_line(data: bytes, where: str) -> str:
    line = data.splitlines()[0] if data.strip() else b""
    if not line or len(data) > KEY_BYTES_MAX:
        raise ValueError(f"{where} is to have a passphrase in its first line, and little more.")
    return line.decode()


def _of_keyring(path: Path) -> str:
    import keyring  # noqa: PLC0415  # slow, and not needed for files

    try:
        key = keyring.get_password(SERVICE, str(path.resolve()))
    except keyring.errors.KeyringError as error:
        raise ValueError(f"The keyring does not answer ({error}). Use --key-file instead.") from error
    if key is None:
        raise ValueError(f"The keyring has no passphrase for {path}.")
    return key


def keep_in_keyring(path: Path, key: str) -> None:
    """Put a passphrase there. Raises: ValueError."""
    import keyring  # noqa: PLC0415  # as above

    try:
        keyring.set_password(SERVICE, str(path.resolve()), key)
    except keyring.errors.KeyringError as error:
        raise ValueError(f"The keyring does not take it ({error}). Use --key-file instead.") from error
