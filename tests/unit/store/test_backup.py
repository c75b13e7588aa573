"""Copies of profiles, and profiles with other keys: whole or not there, and never in anybody's place."""

from pathlib import Path

import pytest

from mqstudio.store.backup import Copying, copy, part_of
from mqstudio.store.doctor import examine
from mqstudio.store.encryption import change_key
from mqstudio.store.lock import lock
from mqstudio.store.problems import ProfileError
from tests.unit.store.test_doctor import build


def test_a_profile_in_use_is_copied(tmp_path: Path) -> None:
    profile = build(tmp_path / "p.mqs")
    profile.save()
    copy(Copying(str(profile.path), str(tmp_path / "b.mqs")))
    assert examine(tmp_path / "b.mqs").damage == ()
    assert not part_of(tmp_path / "b.mqs").exists()
    profile.close()


def test_a_copy_has_the_key_of_its_profile_unless_told_otherwise(tmp_path: Path) -> None:
    path = build(tmp_path / "p.mqs", key="secret").export(tmp_path / "e.mqs")
    for new_key, opens_with in ((None, "secret"), ("", None), ("other", "other")):
        target = tmp_path / f"to {new_key}.mqs"
        copy(Copying(str(path), str(target), "secret", new_key))
        assert examine(target, key=opens_with).damage == ()
        assert (b"SQLite format 3" in target.read_bytes()[:100]) == (opens_with is None)


def test_nothing_is_replaced(tmp_path: Path) -> None:
    path = build(tmp_path / "p.mqs").export(tmp_path / "e.mqs")
    (tmp_path / "b.mqs").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        copy(Copying(str(path), str(tmp_path / "b.mqs")))
    assert (tmp_path / "b.mqs").read_bytes() == b"mine"


def test_what_one_that_was_killed_has_left_is_no_hindrance(tmp_path: Path) -> None:
    path = build(tmp_path / "p.mqs").export(tmp_path / "e.mqs")
    part_of(tmp_path / "b.mqs").write_bytes(b"half")
    copy(Copying(str(path), str(tmp_path / "b.mqs")))
    assert examine(tmp_path / "b.mqs").damage == ()


def test_a_profile_is_encrypted_gets_another_key_and_is_plain_again(tmp_path: Path) -> None:
    path = build(tmp_path / "p.mqs").export(tmp_path / "e.mqs")
    for key, new_key in ((None, "one"), ("one", "two & ?=#"), ("two & ?=#", None)):
        change_key(path, key, new_key)
        assert examine(path, key=new_key).damage == ()
        assert any("50 messages" in each for each in examine(path, key=new_key).facts)
        if new_key is not None:
            with pytest.raises(ProfileError, match=r"key|encrypted"):
                examine(path, key=key)
    left = {each.name for each in tmp_path.glob("e.mqs*")}
    assert left <= {"e.mqs", "e.mqs.lock", "e.mqs-wal", "e.mqs-shm"}


def test_a_wrong_key_says_so_and_changes_nothing(tmp_path: Path) -> None:
    path = build(tmp_path / "p.mqs", key="secret").export(tmp_path / "e.mqs")
    before = path.read_bytes()
    with pytest.raises(ProfileError, match="key does not fit"):
        change_key(path, "wrong", None)
    assert path.read_bytes() == before


def test_a_profile_in_use_keeps_its_key(tmp_path: Path) -> None:
    path = build(tmp_path / "p.mqs").export(tmp_path / "e.mqs")
    before = path.read_bytes()
    held = lock(path)
    with pytest.raises(ProfileError, match="in use"):
        change_key(path, None, "one")
    held.close()
    assert path.read_bytes() == before


def test_a_lock_holds_by_whichever_path(tmp_path: Path) -> None:
    path = tmp_path / "p.mqs"
    path.touch()
    (tmp_path / "link.mqs").symlink_to(path)
    held = lock(path)
    with pytest.raises(ProfileError, match="in use"):
        lock(tmp_path / "link.mqs")
    held.close()
    lock(tmp_path / "link.mqs").close()
