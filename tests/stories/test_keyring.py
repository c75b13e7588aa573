"""A profile's passphrase is in the system's keyring: encrypted, opened and decrypted by real processes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pika
import pytest

from mqstudio.client.profile_files import list_profiles
from mqstudio.server.serving import EXIT_KEY
from tests.support.broker import running_broker
from tests.support.file_keyring import FILE

REPOSITORY = Path(__file__).parents[2]
PASSPHRASE = "correct horse: schlüssel"


@pytest.fixture(autouse=True)
def ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The keyring that all processes use; its file."""
    file = tmp_path / "ring.json"
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "tests.support.file_keyring.FileKeyring")
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    monkeypatch.setenv(FILE, str(file))
    return file


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A folder with a plain profile, in which there is a queue."""
    folder = tmp_path / "data"
    with running_broker(folder) as broker:
        declare(broker.url)
    return folder


def declare(url: str, *, is_there: bool = False) -> None:
    """Declare a queue, or see that it is there."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    connection.channel().queue_declare("kept", passive=is_there, durable=True)
    connection.close()


def mqstudio(data_dir: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command, where no terminal is."""
    command = [sys.executable, "-W", "ignore", "-m", "mqstudio", *arguments, "--data-dir", str(data_dir)]
    return subprocess.run(
        command,
        input=typed,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        start_new_session=True,
        env=dict(os.environ),
    )


def test_encrypted_opened_and_made_plain_by_the_keyring(data_dir: Path, ring: Path) -> None:
    """Typed once, and never again."""
    done = mqstudio(data_dir, "encrypt", "default", "--keyring", typed=f"{PASSPHRASE}\n" * 2)
    assert done.returncode == 0, done.stderr
    profile = (data_dir / "default.mqs").resolve()
    assert json.loads(ring.read_text()) == {f"MQ Studio: {profile}": PASSPHRASE}
    assert [each.is_encrypted for each in list_profiles(data_dir)] == [True]
    refused = mqstudio(data_dir, "serve")
    assert (refused.returncode, refused.stdout) == (EXIT_KEY, "")
    with running_broker(data_dir, "--keyring") as broker:
        declare(broker.url, is_there=True)
    done = mqstudio(data_dir, "decrypt", "default", "--keyring")
    assert done.returncode == 0, done.stderr
    with running_broker(data_dir) as broker:
        declare(broker.url, is_there=True)


def test_a_keyring_without_the_passphrase_says_so(data_dir: Path, ring: Path) -> None:
    """It may be on another computer."""
    assert mqstudio(data_dir, "encrypt", "default", "--keyring", typed=f"{PASSPHRASE}\n" * 2).returncode == 0
    ring.unlink()
    refused = mqstudio(data_dir, "serve", "--keyring")
    assert refused.returncode != 0
    assert "The keyring has no passphrase for" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_locked_keyring_leaves_the_profile_as_it_is(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be remembered must not be needed."""
    monkeypatch.setenv(FILE, str(tmp_path / "missing" / "ring.json"))
    refused = mqstudio(data_dir, "encrypt", "default", "--keyring", typed=f"{PASSPHRASE}\n" * 2)
    assert refused.returncode != 0
    assert "The keyring does not take it (somebody has to unlock it). Use --key-file" in refused.stderr
    assert [each.is_encrypted for each in list_profiles(data_dir)] == [False]
