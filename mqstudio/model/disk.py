"""How it stands with the disk that a profile is on, as its store process sees it."""

from typing import Final

from msgspec import Struct

PROFILE_SUFFIX: Final = ".mqs"
"""How files of this kind are called: profiles, and what is exported from them."""


class DiskHealth(Struct, frozen=True):
    """Looked at about once a second.

    free_bytes, disk_bytes: of the file system. file_bytes, log_bytes: the profile and its write-ahead log.
    spare_bytes: what a full disk would be helped with. sync_us: what one write to the disk took, measured
    when there was time. commit_p50_us, commit_p99_us: how long the latest commits took. busy_share: part of
    the time that went into commits. oldest_kept_us: from when on all that happened is there. keep_us,
    keep_bytes: the bounds of that. backed_up_at_us: when the last backup was made.
    """

    at_us: int = 0
    free_bytes: int = 0
    disk_bytes: int = 0
    file_bytes: int = 0
    log_bytes: int = 0
    spare_bytes: int = 0
    sync_us: int | None = None
    commit_p50_us: int = 0
    commit_p99_us: int = 0
    busy_share: float = 0.0
    oldest_kept_us: int | None = None
    keep_us: int = 0
    keep_bytes: int = 0
    backed_up_at_us: int | None = None


class StoreHealth(Struct, frozen=True):
    """The profile of a running broker. Reply of `GetStoreHealth`.

    path: its file, "" if nothing is kept on disk. recorded_one_in: of transient messages the ledger has one
    in so many. blocked_by: why publishers wait: memory, disk, store. problem: what went wrong and nobody has
    answered with `resume` yet. pending_bytes: what waits to be written. disk: as of lately, if looked at.
    recorded_since_us: since when the ledger has one in so many. low_bytes, bare_bytes: with less free than
    this on the disk publishers wait, and nothing transient is recorded. is_read_only: a file is only shown.
    """

    path: str = ""
    is_encrypted: bool = False
    recorded_one_in: int = 1
    blocked_by: tuple[str, ...] = ()
    problem: str = ""
    pending_bytes: int = 0
    disk: DiskHealth | None = None
    recorded_since_us: int = 0
    low_bytes: int = 0
    bare_bytes: int = 0
    is_read_only: bool = False


class BackupState(Struct, frozen=True):
    """A backup that runs, or the last one. Reply of `StartBackup`, `GetBackup` and `StopBackup`.

    target: its file, "" if none was made since the broker began. done_share: how much of it there is, 0 to 1.
    problem: why it failed.
    """

    target: str = ""
    is_running: bool = False
    done_share: float = 0.0
    problem: str = ""


class GetStoreHealth(Struct, frozen=True, tag=True):
    """How it stands with the profile and its disk. Reply: StoreHealth."""


class ResumePublishing(Struct, frozen=True, tag=True):
    """What went wrong on the disk was seen: publishers go on. Reply: nil. Refused: NOT_STORED."""


class StartBackup(Struct, frozen=True, tag=True):
    """Copy the profile, as it is now, to a new file, an absolute path. Reply: BackupState.

    is_plain: without encryption; else the copy has the profile's passphrase, if that has one.
    Refused: INVALID_ARGUMENT (the file exists, or cannot be made), NOT_STORED, TOO_MANY (one runs).
    """

    target: str
    is_plain: bool = False


class GetBackup(Struct, frozen=True, tag=True):
    """How far the backup is. Reply: BackupState."""


class StopBackup(Struct, frozen=True, tag=True):
    """Give the backup up; nothing of it is left. Reply: BackupState."""


DiskRequest = GetStoreHealth | ResumePublishing | StartBackup | GetBackup | StopBackup
