"""Passphrases: in files that nobody else reads, on standard input, in the keyring."""

import io
import os
import sys
from pathlib import Path

import keyring
import keyring.errors
import pytest
from keyring.backend import KeyringBackend

from mqstudio.client import keys


class Ring(KeyringBackend):
    """A keyring in memory."""

    priority = 1  # type: ignore[assignment]  # a property of the class elsewhere

    def __init__(self, *, is_broken: bool = False) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.is_broken = is_broken

    def get_password(self, service: str, username: str) -> str | None:
        if self.is_broken:
            raise keyring.errors.KeyringLocked("locked")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.is_broken:
            raise keyring.errors.PasswordSetError("locked")
        self.kept[service, username] = password


def key_file(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    file = folder / "key.txt"
    file.write_bytes(content)
    file.chmod(mode)
    return file


def test_the_first_line_counts(tmp_path: Path) -> None:
    assert keys.read_key_file(key_file(tmp_path, "schlüssel\nmore".encode())) == "schlüssel"


@pytest.mark.parametrize("content", [b"", b"\n", b"x" * 2_000])
def test_a_file_without_a_passphrase_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ValueError, match="first line"):
        keys.read_key_file(key_file(tmp_path, content))


@pytest.mark.skipif(os.name != "posix", reason="other systems have other rights")
def test_a_file_that_others_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="chmod 600"):
        keys.read_key_file(key_file(tmp_path, b"secret", 0o644))


def test_standard_input_gives_a_line_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that one program can be given two."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"old one\nnew one\n")))
    found = [keys.find(Path("x.mqs"), keys.STANDARD_INPUT, use_keyring=False) for _ in range(2)]
    assert found == ["old one", "new one"]
    with pytest.raises(ValueError, match="Standard input"):
        keys.read_key_file(keys.STANDARD_INPUT)


def test_the_keyring_keeps_them_by_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", Ring())
    path = tmp_path / "shop.mqs"
    with pytest.raises(ValueError, match="no passphrase for"):
        keys.find(path, None, use_keyring=True)
    keys.keep_in_keyring(path, "secret")
    assert keys.find(path, None, use_keyring=True) == "secret"
    assert keys.find(path, None, use_keyring=False) is None


def test_a_keyring_that_does_not_answer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", Ring(is_broken=True))
    with pytest.raises(ValueError, match="does not answer"):
        keys.find(tmp_path / "x.mqs", None, use_keyring=True)
    with pytest.raises(ValueError, match="does not take it"):
        keys.keep_in_keyring(tmp_path / "x.mqs", "secret")
