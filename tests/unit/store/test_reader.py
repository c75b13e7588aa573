"""Looking into a profile's file: pages, lives, what waits, bins, and all of it from a damaged file."""

from pathlib import Path

import pytest

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model import limits
from mqstudio.model.delivery import Outcome
from mqstudio.model.message import Traits
from mqstudio.store import told
from mqstudio.store.base import POSITION_MAX, Life
from mqstudio.store.doctor import examine
from tests.support.profile import Profile

PERSISTENT = Traits(is_persistent=True)


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    made = Profile(tmp_path / "p.mqs")
    made.me = made.channel(made.connect("Ada"))
    made.queue(made.me, is_durable=True)
    return made


def ids(page: told.ToldPage) -> list[int]:
    return [each.message.id for each in page.told]


def ended(profile: Profile, count: int, **options: object) -> None:
    """So many messages, published and taken."""
    for number in range(count):
        profile.publish(profile.me, body=b"body %d" % number, **options)
        profile.do(c.TakeMessage(profile.me, "q", is_auto_settled=True))


def life(profile: Profile, message_id: int) -> Life:
    return told.life_in(profile.reader().life(message_id), message_id)


@pytest.mark.parametrize("is_oldest_first", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_of_what_ended_follow_each_other(profile: Profile, limit: int, is_oldest_first: bool) -> None:
    ended(profile, 5)
    profile.publish(profile.me)  # lives
    ended_ids = [1, 2, 3, 4, 5] if is_oldest_first else [5, 4, 3, 2, 1]
    reader, seen, after_id = profile.reader(), [], None
    while found := ids(reader.page(profile.queue_ids(), after_id, limit, is_oldest_first)):
        assert len(found) <= limit
        seen += found
        after_id = found[-1]
    assert seen == ended_ids


def test_a_page_is_found_by_its_index(profile: Profile) -> None:
    """Nobody walks past the messages that live."""
    ended(profile, 1)
    profile.save()
    plan = profile.connection.execute(
        "EXPLAIN QUERY PLAN SELECT DISTINCT message_id FROM event INDEXED BY event_by_queue WHERE queue_id=1 "
        "AND message_id < 9 AND kind IN (6, 10, 11, 14) ORDER BY message_id DESC LIMIT 9"
    ).fetchall()
    (step,) = plan
    assert "SEARCH event USING INDEX event_by_queue (queue_id=? AND message_id<?)" in str(step)


def test_queues_of_one_name_share_a_page(profile: Profile) -> None:
    ended(profile, 2)
    profile.do(c.DeleteQueue(profile.me, "q"))
    profile.queue(profile.me)
    ended(profile, 1)
    reader = profile.reader()
    queue_ids = reader.queue_ids("/", "q")
    assert len(queue_ids) == 2
    assert ids(reader.page(queue_ids, None, 10, False)) == [3, 2, 1]
    assert ids(reader.page(queue_ids[1:], None, 10, False)) == [3]
    assert reader.queue_ids("/", "none") == []


def test_a_page_has_the_beginning_of_a_body_and_its_size(profile: Profile) -> None:
    for size in (10, limits.PREVIEW_BYTES + 1, 100_000):
        profile.publish(profile.me, body=b"x" * size)
        profile.do(c.TakeMessage(profile.me, "q", is_auto_settled=True))
    page = profile.reader().page(profile.queue_ids(), None, 10, True)
    assert [(len(each.message.body), each.body_size, each.problem) for each in page.told] == [
        (10, 10, ""),
        (limits.PREVIEW_BYTES, limits.PREVIEW_BYTES + 1, ""),
        (limits.PREVIEW_BYTES, 100_000, ""),
    ]


def test_a_life_is_told_as_it_happened(profile: Profile) -> None:
    profile.publish(profile.me, body=b"Hello", traits=PERSISTENT)
    profile.subscribe(profile.me)
    profile.settle(profile.me, 1, Outcome.RELEASED)
    found = life(profile, 1)
    assert [type(event) for event in found.events] == [
        e.MessagePublished,
        e.MessageRouted,
        e.MessageEnqueued,
        e.MessageDelivered,
        e.MessageSettled,
        e.MessageRequeued,
        e.MessageDelivered,
    ]
    assert found.events[0].message == profile.all_events[3].message  # type: ignore[union-attr]
    delivered = found.events[-1]
    assert isinstance(delivered, e.MessageDelivered)
    assert delivered.is_redelivered
    assert delivered.subscription is not None
    assert (delivered.subscription.tag, delivered.queue.name) == ("t", "q")
    (waiting,) = found.waiting
    assert (waiting.queue.name, waiting.deliveries, waiting.offset) == ("q", 2, None)


def test_of_a_message_that_never_was_nothing_is_told(profile: Profile) -> None:
    assert life(profile, 99) == Life(99, [])


def test_a_message_that_comes_back_for_ever_tells_its_latest_events(profile: Profile) -> None:
    profile.publish(profile.me)
    profile.save()
    queue_id = profile.queue_ids()[0]
    rows = [(1, at, 9, queue_id) for at in range(limits.LIFE_MAX_EVENTS + 50)]
    profile.connection.executemany(
        "INSERT INTO event(message_id, at_us, kind, queue_id) VALUES (?,?,?,?)", rows
    )
    found = life(profile, 1)
    assert len(found.events) == limits.LIFE_MAX_EVENTS + 1  # and that it was published
    assert found.events[-1].at_us == limits.LIFE_MAX_EVENTS + 49


def test_a_body_is_read_in_parts(profile: Profile) -> None:
    profile.publish(profile.me, body=bytes(range(256)) * 100)
    reader = profile.reader()
    assert reader.body(1, 0, 3) == b"\0\1\2"
    assert reader.body(1, 25_599, 10) == b"\xff"
    assert reader.body(1, 99_999, 10) == b""
    assert reader.body(1, -4, 2) == b"\0\1"
    assert reader.body(2, 0, 10) == b""


def test_a_body_that_the_ledger_cut_tells_its_size_and_what_is_kept(tmp_path: Path) -> None:
    profile = Profile(tmp_path / "p.mqs", body_cap=1_000)
    me = profile.channel()
    profile.queue(me)
    profile.publish(me, body=bytes(5_000))
    found = life(profile, 1)
    assert (found.body_size, found.kept_bytes, found.problem) == (5_000, 1_000, "")


def test_what_waits_is_told_by_id(profile: Profile) -> None:
    for _ in range(5):
        profile.publish(profile.me, traits=PERSISTENT, body=b"xy")
    profile.do(c.TakeMessage(profile.me, "q"))
    reader = profile.reader()
    queue = ("/", "q", profile.queue_ids()[0], 0)
    found = told.places_of(reader.places(queue, None, 3, True, -1, POSITION_MAX))
    assert [(each.message.id, each.deliveries, each.body_size) for each in found] == [
        (1, 1, 2),
        (2, 0, 2),
        (3, 0, 2),
    ]
    assert ids(reader.places(queue, None, 9, True, 3, POSITION_MAX)) == [4, 5]
    assert ids(reader.places(queue, 4, 9, False, -1, POSITION_MAX)) == [3, 2, 1]
    assert ids(reader.places(queue, 4, 9, False, -1, 3)) == [2, 1]


def test_what_waits_by_priority_is_behind_its_place(profile: Profile) -> None:
    profile.queue(profile.me, "p", is_durable=True, arguments={"x-max-priority": 9})
    for priority in (0, 9, 5, 0):
        profile.publish(profile.me, "p", traits=Traits(is_persistent=True, priority=priority))
    ref = profile.engine.vhosts["/"].queues["p"].ref
    reader = profile.reader()
    queue = ("/", "p", ref.id, ref.max_priority)
    behind_five = (255 - 5) << 55 | 3
    assert ids(reader.places(queue, None, 9, True, behind_five, POSITION_MAX)) == [1, 4]
    assert ids(reader.places(queue, None, 9, True, -1, POSITION_MAX)) == [1, 2, 3, 4]


def test_what_waits_in_a_log_has_offsets(profile: Profile) -> None:
    profile.queue(profile.me, "log", is_durable=True, arguments={"x-queue-type": "stream"})
    for _ in range(3):
        profile.publish(profile.me, "log")
    queue = ("/", "log", profile.queue_ids("log")[0], 0)
    found = told.places_of(profile.reader().places(queue, None, 9, False, -1, 2))
    assert [(each.message.id, each.offset) for each in found] == [(2, 1), (1, 0)]


def test_connections_are_named(profile: Profile) -> None:
    names = profile.reader().connection_names([2, 99, 0])
    assert names == {2: "Ada"}


def test_bins_are_told_with_small_contents(profile: Profile) -> None:
    for number in range(3):
        profile.publish(profile.me, traits=PERSISTENT, body=b"%d" % number)
    bin_id = profile.do(c.PurgeQueue(profile.me, "q")).bin_id
    reader = profile.reader()
    (listed,) = reader.bins()
    assert (listed.id, listed.queue.name, listed.count, listed.messages) == (bin_id, "q", 3, [])
    found = reader.bin(bin_id)
    assert found is not None
    assert [each.message.body for each in found.messages] == [b"0", b"1", b"2"]
    assert (found.count, found.body_bytes, found.first_position) == (3, 3, 1)
    assert reader.bin(bin_id + 1) is None


def test_a_bin_with_much_in_it_is_told_without(profile: Profile) -> None:
    for _ in range(limits.WINDOW_MESSAGES + 1):
        profile.publish(profile.me, traits=PERSISTENT)
    bin_id = profile.do(c.PurgeQueue(profile.me, "q")).bin_id
    found = profile.reader().bin(bin_id)
    assert found is not None
    assert (found.count, found.messages) == (limits.WINDOW_MESSAGES + 1, [])


def test_a_large_bin_may_take_longer_than_other_questions(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A purge of a million is undone on a busy machine, too."""
    for _ in range(limits.WINDOW_MESSAGES + 1):
        profile.publish(profile.me, traits=PERSISTENT)
    bin_id = profile.do(c.PurgeQueue(profile.me, "q")).bin_id
    monkeypatch.setattr(limits, "QUESTION_US", 0)
    found = profile.reader().bin(bin_id)
    assert found is not None
    assert found.count == limits.WINDOW_MESSAGES + 1


# ---- damage


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE message SET body = x'00' WHERE id=1",
        "UPDATE message SET body = 'text' WHERE id=1",
        "UPDATE message SET checksum = 'text' WHERE id=1",
        "UPDATE message SET properties = 17 WHERE id=1",
        "UPDATE message SET exchange = CAST(x'ff' AS TEXT) WHERE id=1",
        "UPDATE message SET routing_key = CAST(x'c328' AS TEXT) WHERE id=1",
        "UPDATE message SET traits = 'no json' WHERE id=1",
        "UPDATE message SET traits = '{\"is_persistent\":true}' WHERE id=1",
        "UPDATE message SET published_at_us = published_at_us + 1 WHERE id=1",
        "UPDATE message SET body_size = 7000 WHERE id=1",
        "UPDATE message SET publisher_id = 9 WHERE id=1",
        "UPDATE message SET facts_checksum = 'text' WHERE id=1",
        "UPDATE message SET past = CAST(x'fe' AS TEXT) WHERE id=1",
        "UPDATE message SET published_at_us = CAST(x'fe' AS TEXT) WHERE id=1",
    ],
)
def test_a_damaged_message_is_shown_and_said_to_be(profile: Profile, damage: str) -> None:
    ended(profile, 2)
    profile.save()
    profile.damage(damage)
    reader = profile.reader()
    good, bad = reader.page(profile.queue_ids(), None, 10, False).told
    assert good.problem == ""
    assert bad.problem
    assert bad.message.id == 1
    assert life(profile, 1).problem


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE event SET detail = CAST(x'ff' AS TEXT)",
        "UPDATE event SET detail = '[1'",
        'UPDATE event SET detail = \'{"offset":"x","reason":7}\'',
        "UPDATE event SET kind = 777",
        "UPDATE event SET kind = 'text'",
        "UPDATE event SET at_us = CAST(x'ff' AS TEXT)",
        "UPDATE event SET channel_id = 12345, subscription_id = 6, delivery_tag = 'x'",
        "UPDATE queue SET name = CAST(x'ff' AS TEXT)",
        "UPDATE subscription SET tag = CAST(x'ff' AS TEXT), connection_id = 'x'",
        "DELETE FROM queue",
        "DELETE FROM channel",
        "UPDATE place SET deliveries = 'x', log_offset = 'y'",
    ],
)
def test_damaged_events_do_not_hide_a_message(profile: Profile, damage: str) -> None:
    profile.publish(profile.me, traits=PERSISTENT)
    profile.subscribe(profile.me)
    profile.save()
    profile.damage(damage)
    found = life(profile, 1)
    assert isinstance(found.events[0], e.MessagePublished)
    assert found.events[0].message.id == 1


def test_a_large_damaged_body_is_noticed_when_it_is_looked_at_alone(profile: Profile) -> None:
    ended(profile, 1)
    profile.publish(profile.me, body=bytes(3 * limits.MIB))
    profile.save()
    assert life(profile, 2).problem == ""
    profile.damage("UPDATE message SET body = zeroblob(length(body) - 1) || x'01' WHERE id=2")
    found = life(profile, 2)
    assert "checksum" in found.problem
    assert len(found.events[0].message.body) == limits.BODY_HEAD_BYTES


def test_a_message_whose_row_is_gone_is_told_of_as_damaged(profile: Profile) -> None:
    """What its events tell is left, and that the file is damaged: it is not passed over in silence."""
    message_id = profile.publish(profile.me, "q")
    profile.do(c.TakeMessage(profile.me, "q", True))
    profile.save()
    profile.damage("DELETE FROM message WHERE id=?", message_id)
    (life,) = told.page_of(profile.reader().page(profile.queue_ids(), None, 10, False)).lives
    assert life.message_id == message_id
    assert "damaged" in life.problem
    assert any("of which events tell" in says for says in examine(profile.path).damage)
