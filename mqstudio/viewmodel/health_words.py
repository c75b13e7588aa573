"""What the figures of disk, file and recorder mean for people: what, why, and what next."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from mqstudio.model.disk import DiskHealth, StoreHealth
from mqstudio.model.samples import Totals
from mqstudio.viewmodel.wording import count, duration, moment, plain, size
from mqstudio.viewmodel.words import tr

SLOW_SYNC_US: Final = 20_000
"""A disk that takes longer to write is slower than any usual one: a network drive, or a busy hard disk."""

FAST_SYNC_US: Final = 2_000

DAY_US: Final = 86_400_000_000


class Level(StrEnum):
    """How urgent something is."""

    GOOD = "good"
    QUIET = "quiet"
    WARN = "warn"
    BAD = "bad"


class Alarm(Struct, frozen=True):
    """What cannot wait. word: in the status bar. verb: what can be done about it here, "" for nothing."""

    level: Level
    word: str
    title: str
    says: str
    verb: str = ""


class Fact(Struct, frozen=True):
    """A figure: `says` what it means. share: of its bound, 0 to 1; marks: bounds to draw, as shares."""

    name: str
    title: str
    value: str
    says: str
    level: Level = Level.QUIET
    share: float | None = None
    marks: tuple[float, ...] = ()


def alarm_of(totals: Totals, health: StoreHealth | None) -> Alarm | None:
    """The worst of what is wrong, None if nothing is."""
    if "store" in totals.blocked_by:
        return _failed(totals)
    if "disk" in totals.blocked_by:
        return _disk_low(health)
    if totals.is_publishing_blocked:
        says = tr(
            "Messages take all the memory that the broker may use, so publishers wait; "
            "consumers go on. Consume or purge some: publishers then go on by themselves."
        )
        return Alarm(Level.WARN, tr("Memory full"), tr("Publishers wait: memory is full"), says)
    if totals.recorded_one_in > 1:
        return _sampling(totals.recorded_one_in, health)
    return None


def _failed(totals: Totals) -> Alarm:
    says = tr(
        "{value} Nothing that was confirmed is lost; what was not confirmed was "
        "refused. Publishers wait, consumers go on. Mend the cause, then let "
        "publishers go on.",
        value=plain(totals.store_problem) or "A write to the disk failed.",
    )
    return Alarm(Level.BAD, tr("Store failed"), tr("The profile could not be written"), says, "Go on")


def _disk_low(health: StoreHealth | None) -> Alarm:
    disk = health.disk if health is not None else None
    free = (
        f"Only {size(disk.free_bytes)} are free on the profile's disk" if disk else "The disk is nearly full"
    )
    mark = f"; below {size(health.low_bytes)} publishers wait" if health and health.low_bytes else ""
    says = tr(
        "{free}{mark}, so that what is confirmed can always be written. Consumers go "
        "on. Free some space, or consume messages: publishers then go on by themselves.",
        free=free,
        mark=mark,
    )
    return Alarm(Level.BAD, tr("Disk low"), tr("Publishers wait: the disk is nearly full"), says)


def _sampling(one_in: int, health: StoreHealth | None) -> Alarm:
    disk = health.disk if health is not None else None
    is_bare = disk is not None and health is not None and disk.free_bytes < health.bare_bytes
    why = tr("There is hardly any room on the disk") if is_bare else tr("The disk is slower than the traffic")
    then = "there is room again" if is_bare else "there is less of it"
    says = tr(
        "{why}. All messages are delivered, and all persistent ones are recorded; of "
        "the others most leave no trace here. All are recorded again when {then}.",
        why=why,
        then=then,
    )
    return Alarm(
        Level.WARN,
        f"1 in {count(one_in)}",
        tr("1 in {one_in} of transient messages is recorded", one_in=count(one_in)),
        says,
    )


# ---- the panel


def headline_of(health: StoreHealth, alarm: Alarm | None, now_us: int) -> Fact:
    """The state as a whole."""
    since = f" Since {moment(health.recorded_since_us, now_us)}." if health.recorded_since_us else ""
    if alarm is not None:
        since = since if alarm.word.startswith("1 in") else ""
        return Fact("state", "", alarm.title, f"{alarm.says}{since}", alarm.level)
    if health.is_read_only:
        says = tr(
            "A file is shown as it is: nothing in it can be changed, nor published to it. "
            "To go on with it, put it into the data folder, and open it there as a profile."
        )
        return Fact("state", "", tr("Open for looking only"), says)
    if not health.path:
        says = tr(
            "This broker keeps nothing on disk (--memory): a confirm means that it is in "
            "memory. When the broker stops, its messages, queues and all that happened are "
            "gone. A profile keeps them: File, Open profile.{since}",
            since=since,
        )
        return Fact("state", "", tr("Everything is recorded, in memory only"), says, Level.GOOD)
    says = tr(
        "What is confirmed survives a crash, and what happened can be read tomorrow.{since}", since=since
    )
    return Fact("state", "", tr("Everything is recorded"), says, Level.GOOD)


def facts_of(health: StoreHealth, disk: DiskHealth, now_us: int) -> list[Fact]:
    """All figures, in the order in which they are shown."""
    return [
        _disk(health, disk),
        _file(disk),
        _log(disk),
        _pending(health),
        _sync(disk),
        _commits(disk),
        _oldest(disk, now_us),
        _backup(disk, now_us),
        _encryption(health),
    ]


def _disk(health: StoreHealth, disk: DiskHealth) -> Fact:
    whole = max(1, disk.disk_bytes)
    is_low, is_bare = disk.free_bytes < health.low_bytes, disk.free_bytes < health.bare_bytes
    says = tr("Publishers wait below {low_bytes}", low_bytes=size(health.low_bytes))
    if is_low:
        says += (
            f"; below {size(health.bare_bytes)} transient messages are not recorded either. Free some space."
        )
    else:
        says += "; consumers never do."
    level = Level.BAD if is_low or is_bare else Level.GOOD
    used = min(1.0, 1 - disk.free_bytes / whole)
    marks = tuple(max(0.0, 1 - mark / whole) for mark in (health.low_bytes, health.bare_bytes))
    value = f"{size(disk.free_bytes)} free of {size(disk.disk_bytes)}"
    return Fact("disk", tr("Disk"), value, says, level, used, marks)


def _file(disk: DiskHealth) -> Fact:
    days = f"{disk.keep_us / DAY_US:.3g} days" if disk.keep_us else "any time"
    says = tr("The past may take {keep_bytes} and {days}.", keep_bytes=size(disk.keep_bytes), days=days)
    share = min(1.0, disk.file_bytes / disk.keep_bytes) if disk.keep_bytes else None
    return Fact("file", tr("File"), size(disk.file_bytes), says, Level.QUIET, share)


def _log(disk: DiskHealth) -> Fact:
    says = tr("Goes into the file when there is time.")
    return Fact("log", tr("Log"), size(disk.log_bytes), says)


def _pending(health: StoreHealth) -> Fact:
    says = (
        tr("Its confirms follow as soon as it is on disk.")
        if health.pending_bytes
        else tr("All that came is on disk.")
    )
    return Fact("pending", tr("Waits to be written"), size(health.pending_bytes), says)


def _sync(disk: DiskHealth) -> Fact:
    title = tr("One write to the disk")
    if disk.sync_us is None:
        says = tr("Measured when there is time, about once a minute.")
        return Fact("sync", title, tr("not measured yet"), says)
    per_s = count(float(f"{1_000_000 / max(1, disk.sync_us):.2g}"))
    says = tr(
        "Who waits for each confirm gets at most about {per_s} a second; many on their way share a write.",
        per_s=per_s,
    )
    level = Level.GOOD if disk.sync_us <= FAST_SYNC_US else Level.QUIET
    if disk.sync_us > SLOW_SYNC_US:
        level = Level.WARN
        says = tr("That is slow: is it a network drive, or very busy? {says}", says=says)
    return Fact("sync", title, duration(disk.sync_us), says, level)


def _commits(disk: DiskHealth) -> Fact:
    if not disk.commit_p99_us:
        return Fact(
            "commits",
            tr("Commits"),
            tr("none yet"),
            tr("How long confirms wait for the disk, once there are some."),
        )
    value = f"{duration(disk.commit_p50_us)} · {duration(disk.commit_p99_us)}"
    says = tr(
        "Half, and 99 %, are at least this fast. The disk is busy {busy_share}.",
        busy_share=f"{disk.busy_share:.0%}",
    )
    return Fact("commits", tr("Commits, p50 · p99"), value, says)


def _oldest(disk: DiskHealth, now_us: int) -> Fact:
    if disk.oldest_kept_us is None:
        return Fact(
            "oldest", tr("Kept since"), tr("the beginning"), tr("Nothing that happened was let go of yet.")
        )
    says = tr("What ended before is gone; what waits in queues stays.")
    return Fact("oldest", tr("Kept since"), moment(disk.oldest_kept_us, now_us), says)


def _backup(disk: DiskHealth, now_us: int) -> Fact:
    if disk.backed_up_at_us is None:
        return Fact("backup", tr("Last backup"), "never", tr("A copy can be made while it is in use."))
    ago = duration(max(0, now_us - disk.backed_up_at_us))
    return Fact("backup", tr("Last backup"), moment(disk.backed_up_at_us, now_us), tr("{ago} ago.", ago=ago))


def _encryption(health: StoreHealth) -> Fact:
    if health.is_encrypted:
        says = tr("Nobody reads the file without its passphrase. Backups have the same one.")
        return Fact("encryption", tr("Encryption"), "on", says, Level.GOOD)
    return Fact("encryption", tr("Encryption"), "off", tr("Who has the file can read it."))
