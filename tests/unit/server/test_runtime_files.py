"""Runtime files: who may read them, and who holds the folder."""

import json
import os
import stat
from pathlib import Path

import pytest

from mqstudio.server.runtime_files import RuntimeFiles

FACTS = {"pid": 4711, "token": "secret"}

posix_only = pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _claimed(data_dir: Path) -> RuntimeFiles:
    files = RuntimeFiles(data_dir)
    files.claim()
    return files


@posix_only
def test_only_the_user_can_read_the_token(data_dir: Path) -> None:
    before = os.umask(0)
    try:
        files = _claimed(data_dir)
        files.announce(FACTS)
    finally:
        os.umask(before)
    assert _mode(data_dir / "run") == 0o700
    assert _mode(data_dir / "run" / "broker.json") == 0o600
    files.release()


@posix_only
def test_a_folder_open_to_others_is_closed(data_dir: Path) -> None:
    (data_dir / "run").mkdir(parents=True)
    (data_dir / "run").chmod(0o777)
    _claimed(data_dir).release()
    assert _mode(data_dir / "run") == 0o700


@posix_only
def test_a_link_left_by_somebody_is_replaced_and_not_followed(data_dir: Path, tmp_path: Path) -> None:
    files = _claimed(data_dir)
    target = tmp_path / "target"
    target.write_text("untouched")
    for name in ("broker.json", "broker.json.new"):
        (data_dir / "run" / name).symlink_to(target)
    files.announce(FACTS)
    assert target.read_text() == "untouched"
    assert not (data_dir / "run" / "broker.json").is_symlink()
    files.release()


def test_what_was_announced_can_be_read(data_dir: Path) -> None:
    files = _claimed(data_dir)
    files.announce({"pid": 1})
    files.announce(FACTS)
    assert json.loads((data_dir / "run" / "broker.json").read_text()) == FACTS
    assert sorted(path.name for path in (data_dir / "run").iterdir()) == ["broker.json", "lock"]
    files.release()


def test_a_second_claim_is_refused_with_a_sentence(data_dir: Path) -> None:
    first = _claimed(data_dir)
    first.announce(FACTS)
    with pytest.raises(OSError, match=r"runs on .* already \(pid 4711\)\. Use that one, stop it"):
        _claimed(data_dir)
    first.release()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "5", "\udcff"])
def test_a_second_claim_is_refused_whatever_the_file_holds(data_dir: Path, text: str) -> None:
    first = _claimed(data_dir)
    (data_dir / "run" / "broker.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(OSError, match=r"already\. Use that one"):
        _claimed(data_dir)
    first.release()


def test_a_refused_claim_leaves_the_files_of_the_holder(data_dir: Path) -> None:
    first, second = _claimed(data_dir), RuntimeFiles(data_dir)
    first.announce(FACTS)
    with pytest.raises(OSError, match="already"):
        second.claim()
    second.release()
    assert (data_dir / "run" / "broker.json").exists()
    first.release()


def test_a_released_folder_can_be_claimed_again_and_names_nobody(data_dir: Path) -> None:
    first = _claimed(data_dir)
    first.announce(FACTS)
    first.release()
    assert not (data_dir / "run" / "broker.json").exists()
    _claimed(data_dir).release()
    first.release()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        RuntimeFiles(tmp_path / "file").claim()
