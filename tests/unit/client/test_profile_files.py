"""Profiles as files: listed, encrypted, given another passphrase, decrypted."""

import os
from pathlib import Path

import pytest

from mqstudio.client.launch import KeyWantedError, LaunchOptions, launch
from mqstudio.client.profile_files import change_key, list_profiles
from mqstudio.model.errors import RefusedError
from tests.support.ports import ANY_OPTIONS
from tests.support.profile import Profile


def test_profiles_are_listed_last_used_first(tmp_path: Path) -> None:
    for number, name in enumerate(("old", "new")):
        Profile(tmp_path / f"{name}.mqs").close()
        os.utime(tmp_path / f"{name}.mqs", (number + 1, number + 1))
    (tmp_path / "window.ini").write_text("no profile")
    (tmp_path / "gone.mqs").symlink_to(tmp_path / "nowhere")
    found = list_profiles(tmp_path)
    assert [(each.name, each.changed_at_us, each.is_encrypted) for each in found] == [
        ("new", 2_000_000, False), ("old", 1_000_000, False),
    ]  # fmt: skip
    assert found[0].size_bytes == (tmp_path / "new.mqs").stat().st_size
    assert list_profiles(tmp_path / "none") == []


async def test_a_profile_is_encrypted_given_another_key_and_decrypted(tmp_path: Path) -> None:
    """Each time the broker starts with the right passphrase, and with no other."""
    path = tmp_path / "shop.mqs"
    Profile(path).close()
    await change_key(path, None, "first key")
    assert list_profiles(tmp_path)[0].is_encrypted
    with pytest.raises(RefusedError, match="does not fit"):
        await change_key(path, "wrong", "other")
    await change_key(path, "first key", "other")
    for key in (None, "first key"):
        with pytest.raises(KeyWantedError, match="passphrase"):
            await launch(LaunchOptions(tmp_path, profile="shop", key=key, **ANY_OPTIONS))
    for shown in (None, path):  # to go on with, and to look into
        broker = await launch(
            LaunchOptions(tmp_path, profile="shop", key="other", read_only=shown, **ANY_OPTIONS)
        )
        assert broker.ready.profile == ("shop.mqs" if shown else "shop")
        assert await broker.stop() == 0
    await change_key(path, "other", None)
    assert not list_profiles(tmp_path)[0].is_encrypted


def test_a_passphrase_is_not_shown_by_accident(tmp_path: Path) -> None:
    assert "secret" not in repr(LaunchOptions(tmp_path, key="secret"))
