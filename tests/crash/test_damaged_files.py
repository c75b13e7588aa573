"""Files that are no profile, or no longer a whole one: refused with a reason, and left as they are."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from mqstudio.store import restore
from mqstudio.store.problems import ProfileError
from mqstudio.store.profile_file import open_for_reading, open_for_writing, schema_versions
from tests.crash import bitflips

PAGE = 4096


@pytest.fixture(scope="module")
def whole() -> bytes:
    return bitflips.profile()


def refused(open_it: Callable[[Path], apsw.Connection], path: Path) -> str:
    """The kind of problem that a file is refused for, having been left as it was."""
    before = path.read_bytes() if path.is_file() else None
    try:
        connection = open_it(path)
        try:
            restore.opened(connection)
        finally:
            connection.close()
    except ProfileError as error:
        assert str(path) in error.problem.says
        assert error.problem.says.endswith((".", "file."))
        kind = error.problem.kind
    except (ValueError, apsw.Error):
        kind = "damaged"
    else:
        kind = ""
    if before is not None:
        assert path.read_bytes() == before
    return kind


BOTH = pytest.mark.parametrize("open_it", [open_for_writing, open_for_reading], ids=["writing", "reading"])


@BOTH
def test_a_whole_one_is_opened(
    whole: bytes, tmp_path: Path, open_it: Callable[[Path], apsw.Connection]
) -> None:
    path = tmp_path / "p.mqs"
    path.write_bytes(whole)
    connection = open_it(path)
    assert restore.opened(connection).state.queues
    connection.close()


@pytest.mark.parametrize(
    "size",
    [
        2,
        15,
        16,
        17,
        99,
        100,
        101,
        511,
        512,
        1024,
        PAGE - 1,
        PAGE,
        PAGE + 1,
        2 * PAGE,
        5 * PAGE + 7,
        -1,
        -512,
        -PAGE,
    ],
)
@BOTH
def test_truncated(
    size: int, whole: bytes, tmp_path: Path, open_it: Callable[[Path], apsw.Connection]
) -> None:
    path = tmp_path / "p.mqs"
    path.write_bytes(whole[:size])
    assert refused(open_it, path) in ("damaged", "foreign", "key")


def test_every_page_missing_is_noticed(whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "p.mqs"
    for pages in range(1, len(whole) // PAGE, 7):
        path.write_bytes(whole[: pages * PAGE])
        assert refused(open_for_writing, path), f"{pages} of {len(whole) // PAGE} pages are enough"


@BOTH
def test_of_a_newer_version(whole: bytes, tmp_path: Path, open_it: Callable[[Path], apsw.Connection]) -> None:
    path = tmp_path / "p.mqs"
    path.write_bytes(whole)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version={schema_versions()[-1][0] + 1}")
    connection.close()
    assert refused(open_it, path) == "newer"


def test_of_a_newer_version_with_a_log(whole: bytes, tmp_path: Path) -> None:
    """Its last writer was killed: what is in its log stays there."""
    path = tmp_path / "p.mqs"
    path.write_bytes(whole)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute(f"PRAGMA user_version={schema_versions()[-1][0] + 1}")
    connection.commit()
    log = tmp_path / "p.mqs-wal"
    copied, copied_log = path.read_bytes(), log.read_bytes()
    connection.close()
    path.write_bytes(copied)
    log.write_bytes(copied_log)
    assert refused(open_for_writing, path) == "newer"
    assert log.read_bytes() == copied_log


@BOTH
def test_a_database_of_another_program(tmp_path: Path, open_it: Callable[[Path], apsw.Connection]) -> None:
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE mail (id INTEGER PRIMARY KEY, subject TEXT)")
    connection.commit()
    connection.close()
    assert refused(open_it, path) == "foreign"


@BOTH
def test_a_text(tmp_path: Path, open_it: Callable[[Path], apsw.Connection]) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary, today I was taken for a database.\n" * 200)
    assert refused(open_it, path) == "foreign"


@BOTH
def test_a_folder(tmp_path: Path, open_it: Callable[[Path], apsw.Connection]) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    assert refused(open_it, path) == "unreadable"
    assert not list(path.iterdir())


def test_an_empty_file_is_a_new_profile(tmp_path: Path) -> None:
    path = tmp_path / "p.mqs"
    path.touch()
    connection = open_for_writing(path)
    assert restore.opened(connection).last_commit == 0
    assert connection.pragma("auto_vacuum") == 2
    connection.close()


def test_an_empty_file_to_read(tmp_path: Path) -> None:
    path = tmp_path / "p.mqs"
    path.touch()
    assert refused(open_for_reading, path)


def test_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "p.mqs"
    assert refused(open_for_reading, path) == "missing"
    assert not path.exists()


def test_its_folder_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert refused(open_for_writing, tmp_path / "file" / "p.mqs") == "unreadable"


def test_a_file_of_chance_may_be_encrypted(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "p.mqs"
    path.write_bytes(bytes((31 * n * n + 7 * n) % 251 for n in range(PAGE * 3)))
    assert refused(open_for_writing, path) in ("key", "foreign")


def test_somebody_else_writes_to_it(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "p.mqs"
    path.write_bytes(whole)
    other = apsw.Connection(str(path))
    other.execute("PRAGMA journal_mode=WAL")
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN IMMEDIATE")
    assert refused(open_for_writing, path) == "locked"
    other.close(True)
