"""A log that is found at a start is on the disk before anything is made of it, and in no case lost."""

import shutil
import zlib
from pathlib import Path

import apsw
import pytest

from mqstudio.store import log_rescue


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """A database whose log a process has left behind that did not end as it should."""
    path = tmp_path / "profile.mqs"
    running = apsw.Connection(str(tmp_path / "running.mqs"))
    running.pragma("journal_mode", "WAL")
    running.execute("CREATE TABLE t(x)")
    running.executemany("INSERT INTO t VALUES(?)", [(number,) for number in range(100)])
    for suffix in ("", "-wal"):
        shutil.copy(tmp_path / f"running.mqs{suffix}", f"{path}{suffix}")
    running.close()
    return path


def beside(path: Path, suffix: str) -> Path:
    return Path(f"{path}{suffix}")


def count(path: Path) -> int:
    connection = apsw.Connection(str(path))
    try:
        return int(connection.execute("SELECT count(*) FROM t").get)
    finally:
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        connection.close()


def copy_of(log: bytes) -> bytes:
    return log + log_rescue._END.pack(len(log), zlib.crc32(log), log_rescue._WORD)


def test_a_log_stays_as_it_is_and_no_copy_is_left(left: Path) -> None:
    log = beside(left, "-wal").read_bytes()
    connection = apsw.Connection(str(left))
    log_rescue.secure_log(connection, left)
    assert not connection.in_transaction
    assert beside(left, "-wal").read_bytes() == log
    assert not beside(left, "-copy").exists()
    connection.close()
    assert count(left) == 100


def test_what_the_power_tore_is_put_back_from_the_copy(left: Path) -> None:
    log = beside(left, "-wal").read_bytes()
    beside(left, "-copy").write_bytes(copy_of(log))
    for torn in (b"\0" * len(log), log[:5_000] + b"\0" * (len(log) - 5_000), b""):
        beside(left, "-wal").write_bytes(torn)
        beside(left, "-copy").write_bytes(copy_of(log))
        log_rescue.put_back_log(left)
        assert beside(left, "-wal").read_bytes() == log
        assert not beside(left, "-copy").exists()
    assert count(left) == 100


def test_a_copy_that_is_not_whole_is_of_no_use(left: Path) -> None:
    log = beside(left, "-wal").read_bytes()
    whole = copy_of(log)
    for broken in (whole[:-1], whole[:100] + b"!" + whole[101:], log):
        beside(left, "-copy").write_bytes(broken)
        log_rescue.put_back_log(left)
        assert beside(left, "-wal").read_bytes() == log
        assert not beside(left, "-copy").exists()


def test_a_log_that_has_begun_anew_since_is_left_alone(left: Path) -> None:
    old = beside(left, "-wal").read_bytes()
    connection = apsw.Connection(str(left))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").get  # noqa: B018  # read to its end
    connection.execute("INSERT INTO t VALUES(0)")
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    connection.close()
    new = beside(left, "-wal").read_bytes()
    assert new[:32] != old[:32]
    beside(left, "-copy").write_bytes(copy_of(old))
    log_rescue.put_back_log(left)
    assert beside(left, "-wal").read_bytes() == new
    assert count(left) == 101


def test_there_may_be_no_log(tmp_path: Path) -> None:
    path = tmp_path / "new.mqs"
    log_rescue.put_back_log(path)
    connection = apsw.Connection(str(path))
    log_rescue.secure_log(connection, path)
    connection.close()
    assert [each.name for each in tmp_path.iterdir()] in ([], ["new.mqs"])


def test_who_writes_is_waited_for(left: Path) -> None:
    other = apsw.Connection(str(left))
    other.execute("BEGIN IMMEDIATE")
    connection = apsw.Connection(str(left))
    with pytest.raises(apsw.BusyError):
        log_rescue.secure_log(connection, left)
    other.execute("ROLLBACK")
    log_rescue.secure_log(connection, left)
    connection.close()
    other.close()
