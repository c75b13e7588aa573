"""What a store has of single messages of a queue, for verbs by hand; and what a restart makes of those."""

from pathlib import Path

import pytest

from mqstudio.model import verbs as v
from mqstudio.model.message import traits
from mqstudio.store import paging, told
from tests.support.profile import DURABLE, Profile


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    """Two queues that last; five messages in the first of them."""
    profile = Profile(tmp_path / "p.mqs")
    profile.me = profile.channel()
    for name in ("a", "b"):
        profile.queue(profile.me, name, **DURABLE)
    for number in range(5):
        profile.publish(profile.me, "a", b"%d" % number, traits=traits(is_persistent=True))
    return profile


def waiting(profile: Profile, name: str, *ids: int, most: int = 10**6) -> tuple[list[int], bool]:
    profile.save()
    page = paging.entries(profile.connection, profile.queue_ids(name)[0], False, ids, most)
    return [entry.message.id for entry in page.entries], page.is_last


def test_those_that_wait_are_told_in_the_order_asked_for(profile: Profile) -> None:
    assert waiting(profile, "a", 4, 99, 2) == ([4, 2], True)
    assert waiting(profile, "b", 4, 2) == ([], True)


def test_it_is_not_too_much_at_once(profile: Profile) -> None:
    assert waiting(profile, "a", 1, 2, 3, most=2) == ([1, 2], False)


def test_a_move_is_whole_on_the_disk_and_so_is_its_undoing(profile: Profile) -> None:
    reply = profile.do(v.MoveMessages(profile.me, "a", (2, 3), v.Destination("b")))
    assert waiting(profile, "a", 1, 2, 3, 4, 5) == ([1, 4, 5], True)
    assert waiting(profile, "b", *reply.successors) == (list(reply.successors), True)
    profile.do(v.MoveBack(profile.me, "b", reply.successors))
    assert waiting(profile, "a", 1, 2, 3, 4, 5) == ([1, 2, 3, 4, 5], True)
    assert waiting(profile, "b", *reply.successors) == ([], True)


def test_the_ledger_tells_where_it_went_and_who_had_a_hand_in_it(profile: Profile) -> None:
    profile.do(v.MoveMessages(profile.me, "a", (2,), v.Destination("b")))
    profile.do(v.RemoveMessages(profile.me, "a", (1,)))
    reader = profile.reader()
    moved = told.life_in(reader.life(2), 2).events[-1]
    assert (moved.successor_id, moved.how, moved.to) == (6, "move", ("b",))  # type: ignore[union-attr]
    rows = profile.connection.execute(
        "SELECT json_extract(told, '$.verb'), json_extract(told, '$.count'), "
        "json_extract(told, '$.connection_id') FROM broker_event WHERE kind = 'intervened' ORDER BY id"
    ).fetchall()
    by = profile.engine.channels[profile.me].connection.id
    assert rows == [("move", 1, by), ("remove", 1, by)]
    assert [each.count for each in reader.bins()] == [1]
