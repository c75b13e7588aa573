"""Passphrases of profiles: in a file that only its user can read, or in the system's keyring."""

import os
from pathlib import Path
from typing import Final

SERVICE: Final = "MQ Studio"
"""What the keyring's entries are filed under; each is named by the profile's path."""

KEY_BYTES_MAX: Final = 1_024


def find(path: Path, key_file: Path | None, *, use_keyring: bool) -> str | None:
    """The passphrase of a profile; None if none is asked for. Raises: OSError, ValueError."""
    if key_file is not None:
        return read_key_file(key_file)
    return _of_keyring(path) if use_keyring else None


def read_key_file(key_file: Path) -> str:
    """The first line of a file that nobody else can read. Raises: OSError, ValueError."""
    if os.name == "posix" and key_file.stat().st_mode & 0o077:
        raise ValueError(f"Others can read {key_file}. Make it yours alone: chmod 600 {key_file}")
    with key_file.open("rb") as file:
        data = file.read(KEY_BYTES_MAX + 1)
    line = data.splitlines()[0] if data.strip() else b""
    if not line or len(data) > KEY_BYTES_MAX:
        raise ValueError(f"{key_file} is to have a passphrase in its first line, and little more.")
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
