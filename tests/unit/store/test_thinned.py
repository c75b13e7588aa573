"""That the ledger has passed over messages is in the file, also for those who read it later."""

from pathlib import Path

import pytest

from mqstudio.store.doctor import examine
from tests.support.profile import DURABLE, Profile


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    profile = Profile(tmp_path / "p.mqs")
    profile.me = profile.channel()
    profile.queue(profile.me, **DURABLE)
    return profile


def thin(profile: Profile, one_in: int) -> int:
    first_id = profile.engine.next_message_id
    profile.projection.record_one_in(one_in, first_id, profile.now_us)
    return first_id


def test_each_change_is_told_in_order(profile: Profile) -> None:
    reader = profile.reader()
    assert reader.thinned() == []
    first = thin(profile, 8)
    profile.publish(profile.me, "q")
    second = thin(profile, 64)
    profile.save()
    assert reader.thinned() == [(first, 8), (second, 64)]
    profile.publish(profile.me, "q")
    third = thin(profile, 1)
    profile.save()
    assert reader.thinned() == [(first, 8), (second, 64), (third, 1)]


def test_another_broker_records_everything_and_it_is_told(profile: Profile) -> None:
    first = thin(profile, 8)
    for _ in range(3):
        profile.publish(profile.me, "q")
    profile.save()
    for _ in range(2):  # the second has nothing to tell
        profile.projection.changes.do("begin")
        profile.save()
    assert profile.reader().thinned() == [(first, 8), (profile.engine.next_message_id, 1)]


def test_what_is_damaged_is_left_out_and_the_doctor_tells(profile: Profile) -> None:
    thin(profile, 8)
    second = thin(profile, 64)
    profile.save()
    assert examine(profile.path).damage == ()
    profile.damage("UPDATE broker_event SET told='{' WHERE json_extract(told, '$.one_in')=8")
    assert profile.reader().thinned() == [(second, 64)]
    assert examine(profile.path).damage == ("1 events beside those of messages are not what was written.",)


def test_an_event_without_a_checksum_is_of_an_older_file(profile: Profile) -> None:
    thin(profile, 8)
    profile.save()
    profile.damage("UPDATE broker_event SET checksum=NULL")
    assert examine(profile.path).damage == ()
