"""The store process makes a spare file, gives pages back, and tells how its disk is."""

from pathlib import Path

from mqstudio.model import limits
from mqstudio.store.bounds import KEEP_US, Amount, write_setting
from mqstudio.store.disk import SpareFile, measure_sync, size_of, space
from mqstudio.store.health import EVERY_US, Pulse
from mqstudio.store.housekeeping import Housekeeping
from mqstudio.store.ledger import Ledger
from tests.unit.store.test_doctor import build


def test_the_spare_file_is_made_when_there_is_ample_room_and_given_up(tmp_path: Path) -> None:
    spare = SpareFile(tmp_path / "p.mqs")
    found = space(tmp_path / "p.mqs")
    small = found._replace(disk_bytes=limits.SPARE_PART * 8_192)
    assert not spare.grow(small._replace(free_bytes=8_192))
    while spare.grow(small):
        pass
    assert (spare.size_bytes, size_of(tmp_path / "p.mqs.spare")) == (8_192, 8_192)
    assert SpareFile(tmp_path / "p.mqs").size_bytes == 8_192
    assert spare.give_up()
    assert not spare.give_up()
    assert not (tmp_path / "p.mqs.spare").exists()


def test_writes_are_timed(tmp_path: Path) -> None:
    took_us = measure_sync(tmp_path / "p.mqs")
    assert took_us is not None
    assert took_us > 0
    assert list(tmp_path.iterdir()) == []
    assert measure_sync(tmp_path / "nowhere" / "p.mqs") is None


def test_health_is_told_once_a_second(tmp_path: Path) -> None:
    profile = build(tmp_path / "p.mqs")
    profile.save()
    now_us = 5_000_000
    pulse = Pulse(profile.path, lambda: now_us, lambda: 77)
    ledger = Ledger(profile.connection)
    house = Housekeeping(ledger, profile.path)
    assert pulse.is_due()
    pulse.take(ledger, house.retention.bounds, None, 0)
    assert not pulse.is_due()
    for took_us in (*range(1, 100), 400_000):
        pulse.add_commit(took_us)
    now_us += EVERY_US
    assert pulse.is_due()
    health = pulse.take(ledger, house.retention.bounds, 11, 22)
    assert (health.at_us, health.oldest_kept_us, health.spare_bytes) == (77, 11, 22)
    assert (health.commit_p50_us, health.commit_p99_us) == (51, 400_000)
    assert 0.4 < health.busy_share < 0.41
    assert health.file_bytes + health.log_bytes > 0
    profile.close()


def test_pages_that_are_free_are_given_back(tmp_path: Path) -> None:
    profile = build(tmp_path / "p.mqs", messages=3_000)
    profile.save()
    profile.damage("DELETE FROM message")
    pages = profile.connection.execute("PRAGMA page_count").fetchall()[0][0]
    house = Housekeeping(Ledger(profile.connection), profile.path)
    for _ in range(50):
        house.tend()
    assert profile.connection.execute("PRAGMA page_count").fetchall()[0][0] < pages / 2
    profile.close()


def test_what_must_not_wait_is_done_behind_commits(tmp_path: Path) -> None:
    profile = build(tmp_path / "p.mqs", messages=1_000)
    profile.save()
    write_setting(profile.connection, KEEP_US, Amount(1))
    profile.damage("DELETE FROM place")
    house = Housekeeping(Ledger(profile.connection), profile.path)
    before = house.retention.kept_since.event_id
    house.after_commit(1_000)
    assert house.retention.kept_since.event_id > before
    profile.close()
