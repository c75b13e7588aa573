"""A profile's file: opened, checked and brought up to date; what cannot be opened is left as it is.

    %d     the whole database, by SQLite; `schema/NNNN.sql` are its versions, applied in order.

The settings are those of the store's design: a write-ahead log, synchronous to the disk at each commit,
pages of 4 KiB, free pages given back in steps.
"""

from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Any, Final

import apsw

from mqstudio.store import log_rescue
from mqstudio.store.problems import FileProblem, ProfileError

APPLICATION_ID: Final = 0x4D515354
"""`MQST`, in the header of each profile: tells it from any other database."""

SQLITE_AT_LEAST: Final = (3, 51, 3)
"""Earlier ones may lose a write when a log is reset while another connection writes."""

LOG_WAIT_MS: Final = 2_000
"""Others may be reading, for a quarter of a second each; behind their backs no log begins anew."""

CIPHER: Final = "chacha20"
_PLAIN_HEADER: Final = b"SQLite format 3\0"


def schema_versions() -> list[tuple[int, str]]:
    """All versions of the schema in order: number, statements that lead to it."""
    folder = resources.files(__package__) / "schema"
    files = sorted(each.name for each in folder.iterdir() if each.name.endswith(".sql"))
    return [(int(name.removesuffix(".sql")), (folder / name).read_text("utf-8")) for name in files]


def open_for_writing(
    path: Path, *, key: str | None = None, vfs: str | None = None, is_alone: bool = False
) -> apsw.Connection:
    """Open a profile, made if it is not there, for the one who writes to it.

    vfs: by which way SQLite reaches the file. is_alone: nobody else has it open, not even to read, so that
    no memory need be shared. Raises: ProfileError; the file is then as it was.
    """
    check_sqlite()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        log_rescue.put_back_log(path, vfs=vfs)
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        connection = apsw.Connection(str(path), flags=flags, vfs=vfs)
        try:
            _unlock(connection, key)
            connection.set_busy_timeout(0)
            _execute(connection, f"PRAGMA locking_mode={'EXCLUSIVE' if is_alone else 'NORMAL'}")
            check_header(connection, path, has_key=key is not None)
            _settle(connection, path, vfs=vfs)
            migrate(connection, path)
        except BaseException:
            _close_as_it_was(connection)
            raise
    except apsw.Error as error:
        raise ProfileError(problem_of(error, path, has_key=key is not None)) from error
    except OSError as error:
        if isinstance(error, ProfileError):
            raise
        says = f"{path} cannot be made ({error.strerror}). Check its folder, and what you may do there."
        raise ProfileError(FileProblem("unreadable", says)) from error
    return connection


def _close_as_it_was(connection: apsw.Connection) -> None:
    """The last one to close a file would bring its log into it."""
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    connection.close(True)


def open_for_reading(path: Path, *, key: str | None = None) -> apsw.Connection:
    """Open a profile, or an exported one, for looking only. Raises: ProfileError."""
    check_sqlite()
    if not path.exists():
        raise ProfileError(FileProblem("missing", f"There is no file {path}. Check its name and folder."))
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
        try:
            _unlock(connection, key)
            connection.set_busy_timeout(5_000)
            check_header(connection, path, has_key=key is not None)
            _execute(connection, "PRAGMA query_only=1; PRAGMA mmap_size=0; PRAGMA cache_size=-16384")
        except BaseException:
            connection.close()
            raise
    except apsw.Error as error:
        raise ProfileError(problem_of(error, path, has_key=key is not None)) from error
    return connection


def check_sqlite() -> None:
    """Raises: ProfileError below the version that the file's safety needs."""
    found = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
    if found < SQLITE_AT_LEAST:
        wanted = ".".join(map(str, SQLITE_AT_LEAST))
        says = (
            f"SQLite {apsw.sqlite_lib_version()} is too old: it may lose what it has written. MQ Studio "
            f"needs {wanted} or later; install apsw-sqlite3mc anew."
        )
        raise ProfileError(FileProblem("old_sqlite", says))


def check_header(connection: apsw.Connection, path: Path, *, has_key: bool) -> None:
    """Whether this is a profile, and one of a version that we know. Raises: ProfileError, apsw.Error."""
    (tables,) = _row(connection, "SELECT count(*) FROM sqlite_schema")
    (application,) = _row(connection, "PRAGMA application_id")
    (version,) = _row(connection, "PRAGMA user_version")
    if application != APPLICATION_ID and (tables or application):
        says = f"{path} is a database of another program, not a profile of MQ Studio. Choose another file."
        raise ProfileError(FileProblem("foreign", says))
    _check_size(connection, path)
    newest = schema_versions()[-1][0]
    if version > newest:
        says = (
            f"{path} was written by a newer MQ Studio (its format is {version}, this program knows "
            f"{newest}). Update MQ Studio, or choose another profile; the file was not touched."
        )
        raise ProfileError(FileProblem("newer", says))


def _check_size(connection: apsw.Connection, path: Path) -> None:
    """A file without a log has whole pages; SQLite takes what is missing for zeros. Raises: ProfileError."""
    logs = (path.with_name(path.name + suffix) for suffix in ("-wal", "-journal"))
    if not path.is_file() or any(log.exists() and log.stat().st_size for log in logs):
        return
    (page,) = _row(connection, "PRAGMA page_size")
    size = path.stat().st_size
    if size > 1 and size % page:
        says = f"{path} is damaged: its end is missing. It was left as it is; `mqstudio doctor` can read it."
        raise ProfileError(FileProblem("damaged", says))


def check_integrity(connection: apsw.Connection, path: Path) -> None:
    """Look through the whole file, quickly. Raises: ProfileError saying what is wrong first, apsw.Error."""
    (found,) = _row(connection, "PRAGMA quick_check(1)")
    if found != "ok":
        says = f"{path} is damaged ({found}). It was left as it is: `mqstudio doctor` says what can be read."
        raise ProfileError(FileProblem("damaged", says))


def migrate(connection: apsw.Connection, path: Path) -> None:
    """Apply the versions of the schema that are missing, each in a transaction, after a backup."""
    (version,) = _row(connection, "PRAGMA user_version")
    missing = [(number, sql) for number, sql in schema_versions() if number > version]
    if missing and version:
        backup = path.with_name(f"{path.name}.before-{missing[-1][0]}")
        if not backup.exists():
            _execute(connection, "VACUUM INTO ?", (str(backup),))
    for number, sql in missing:
        with connection:
            _execute(connection, sql)
            _execute(connection, f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={number}")


def problem_of(error: apsw.Error, path: Path, *, has_key: bool) -> FileProblem:
    """What an error of SQLite means for whoever wants to use the file."""
    if isinstance(error, (apsw.BusyError, apsw.LockedError)):
        says = f"{path} is in use by another MQ Studio. Close that one, or choose another profile."
        return FileProblem("locked", says)
    if isinstance(error, apsw.NotADBError):
        return _not_a_database(path, has_key=has_key)
    if isinstance(error, apsw.FullError):
        return FileProblem("full", f"The disk that has {path} is full. Free some space and start again.")
    if isinstance(error, apsw.IOError):
        says = f"The disk that has {path} fails: reading or writing did ({error}). Move it to another disk."
        return FileProblem("unreadable", says)
    if isinstance(error, (apsw.CantOpenError, apsw.PermissionsError, apsw.ReadOnlyError, apsw.AuthError)):
        says = f"{path} cannot be opened for writing ({error}). Check what you may do with it and its folder."
        return FileProblem("unreadable", says)
    says = (
        f"{path} is damaged ({error}). It was left as it is: `mqstudio doctor` says what can be read, "
        "and copies that to a new file."
    )
    return FileProblem("damaged", says)


def _not_a_database(path: Path, *, has_key: bool) -> FileProblem:
    if has_key:
        says = f"The key does not fit {path}. Give the passphrase that it was encrypted with."
        return FileProblem("key", says)
    try:
        head = path.read_bytes()[:4096] if path.stat().st_size < 1 << 20 else path.open("rb").read(4096)
    except OSError as error:
        return FileProblem("unreadable", f"{path} cannot be read: {error.strerror}.")
    # What is encrypted looks like chance: nearly all values of a byte occur. What is damaged does not.
    if len(head) >= 1024 and not head.startswith(_PLAIN_HEADER) and len(set(head)) > 200:
        says = f"{path} is encrypted, or no profile at all. If it is, give its passphrase (--key-file)."
        return FileProblem("key", says)
    says = f"{path} is no profile of MQ Studio, or its head is damaged. It was left as it is."
    return FileProblem("foreign", says)


def _unlock(connection: apsw.Connection, key: str | None) -> None:
    if key is not None:
        connection.pragma("cipher", CIPHER)
        connection.pragma("key", key)


def _settle(connection: apsw.Connection, path: Path, *, vfs: str | None) -> None:
    connection.set_busy_timeout(LOG_WAIT_MS)
    log_rescue.secure_log(connection, path, vfs=vfs)
    connection.set_busy_timeout(0)
    # The first two are for a new file: they count for nothing once its first page is written.
    _execute(connection, "PRAGMA page_size=4096; PRAGMA auto_vacuum=INCREMENTAL")
    _execute(connection, "PRAGMA synchronous=FULL; PRAGMA fullfsync=1; PRAGMA checkpoint_fullfsync=1")
    _execute(connection, "PRAGMA journal_mode=WAL")
    _execute(connection, "PRAGMA wal_autocheckpoint=1000; PRAGMA secure_delete=OFF; PRAGMA mmap_size=0")
    _execute(connection, "PRAGMA cache_size=-16384; PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY")
    _empty_log(connection, path)


def _empty_log(connection: apsw.Connection, path: Path) -> None:
    """Bring into the file what a log has from before, and begin it anew.

    A sync that failed may have left in memory what is in no way on disk: it is read back as if it were, and
    commits behind it would be lost with it when the power goes. What is brought over is written, and synced.
    """
    connection.set_busy_timeout(LOG_WAIT_MS)
    _, frames, _ = _row(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
    connection.set_busy_timeout(0)
    # Only this tells the truth: what journal_mode answers is what was wished for, even if the disk failed.
    if frames < 0:
        says = (
            f"{path} is on a disk that fails, or where no file can be shared safely, such as a network "
            "drive. Choose another folder."
        )
        raise ProfileError(FileProblem("unreadable", says))


def _execute(connection: apsw.Connection, sql: str, bindings: Iterable[Any] = ()) -> None:
    """Any: what columns hold."""
    for _ in connection.execute(sql, tuple(bindings)):
        pass


def _row(connection: apsw.Connection, sql: str) -> tuple[Any, ...]:
    """Any: what columns hold."""
    row: tuple[Any, ...] | None = connection.execute(sql).fetchone()
    assert row is not None, sql
    return row
