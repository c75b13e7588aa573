"""Figures in words: each says what it means, and how bad it is."""

from msgspec.structs import replace

from mqstudio.model.disk import DiskHealth, StoreHealth
from mqstudio.model.samples import Totals
from mqstudio.viewmodel.health_words import Fact, Level, alarm_of, facts_of
from tests.support.list_broker import START_US

GB = 1_000_000_000
DISK = DiskHealth(
    START_US, 50 * GB, 100 * GB, GB, 4_000_000, sync_us=500, commit_p50_us=900, commit_p99_us=4_000,
    busy_share=0.25, keep_us=7 * 86_400_000_000, keep_bytes=4 * GB,
)  # fmt: skip
HEALTH = StoreHealth("/data/shop.mqs", disk=DISK, low_bytes=2 * GB, bare_bytes=GB // 2)


def facts(**changes: object) -> dict[str, Fact]:
    disk = replace(DISK, **changes)
    return {fact.name: fact for fact in facts_of(replace(HEALTH, disk=disk), disk, START_US)}


def test_every_figure_says_what_it_means() -> None:
    found = facts()
    assert len(found) == 9
    assert [fact.name for fact in found.values() if not (fact.title and fact.value and fact.says)] == []


def test_the_disk_has_its_marks() -> None:
    disk = facts()["disk"]
    assert (disk.share, disk.marks, disk.level) == (0.5, (0.98, 0.995), Level.GOOD)
    low = facts(free_bytes=GB)["disk"]
    assert (low.share, low.level) == (0.99, Level.BAD)
    assert "Free some space" in low.says


def test_the_file_has_its_bound() -> None:
    file = facts()["file"]
    assert file.share == 0.25
    assert file.says == "The past may take 4.0 GB and 7 days."
    assert facts(keep_bytes=0)["file"].share is None
    assert facts(file_bytes=40 * GB)["file"].share == 1.0


def test_a_write_is_told_in_confirms() -> None:
    assert "about 2,000 a second" in facts()["sync"].says
    assert facts()["sync"].level is Level.GOOD
    slow = facts(sync_us=31_000)["sync"]
    assert slow.level is Level.WARN
    assert "That is slow" in slow.says
    assert facts(sync_us=None)["sync"].value == "not measured yet"


def test_commits_before_there_are_any() -> None:
    assert facts()["commits"].value == "0.9 ms · 4.0 ms"
    assert facts(commit_p99_us=0)["commits"].value == "none yet"


def test_backups_and_encryption() -> None:
    assert facts()["backup"].value == "never"
    assert facts(backed_up_at_us=START_US - 7_200_000_000)["backup"].says == "2 h 00 m ago."
    assert facts()["encryption"].value == "off"
    (on,) = [
        f for f in facts_of(replace(HEALTH, is_encrypted=True), DISK, START_US) if f.name == "encryption"
    ]
    assert on.value == "on"


def test_hardly_any_room_is_another_reason_to_record_less() -> None:
    slow = alarm_of(Totals(recorded_one_in=8), HEALTH)
    bare = alarm_of(Totals(recorded_one_in=1_024), replace(HEALTH, disk=replace(DISK, free_bytes=1)))
    assert slow is not None
    assert bare is not None
    assert slow.says.startswith("The disk is slower than the traffic.")
    assert bare.says.startswith("There is hardly any room on the disk.")
    assert bare.word == "1 in 1,024"


def test_what_comes_from_the_disk_is_plain() -> None:
    alarm = alarm_of(Totals(blocked_by=("store",), store_problem="bad\u202e\x00"), None)
    assert alarm is not None
    assert "bad\\u202e\\x00" in alarm.says
