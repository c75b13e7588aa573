"""The ledger stays within its bounds, a slice at a time, and never loses what is still needed."""

from pathlib import Path

import pytest

from mqstudio.model import commands as c
from mqstudio.model import limits
from mqstudio.model.delivery import Outcome
from mqstudio.model.message import traits
from mqstudio.model.topology import ConnectionInfo
from mqstudio.store import retention
from mqstudio.store.bounds import KEEP_BYTES, KEEP_US, Amount, Bounds, read_bounds, write_setting
from mqstudio.store.ledger import Ledger
from mqstudio.store.paging import page
from mqstudio.store.retention import Retention
from mqstudio.store.told import life_in
from tests.support.profile import Profile

PERSISTENT = traits(True)
WEEK_US = limits.LEDGER_KEEP_US
LARGE = 2 * limits.LEDGER_BODY_BYTES


class Kept(Profile):
    """A profile with a keeper of its ledger."""

    def __init__(self, path: Path) -> None:
        super().__init__(path / "kept.mqs")
        self.me = self.channel(self.connect())
        self.queue(self.me, is_durable=True)
        self.keeper = self.new_keeper()

    def new_keeper(self, *, is_resumed: bool = True) -> Retention:
        ledger = Ledger(self.connection, is_resumed=is_resumed)
        self.keeper = Retention(ledger, lambda: self.now_us)
        return self.keeper

    def take(self, count: int = 1) -> None:
        """Consume some messages."""
        for _ in range(count):
            self.do(c.TakeMessage(self.me, "q", True))

    def tidy(self) -> int:
        """Let the keeper do all there is to do; how many slices that took."""
        self.save()
        self.now_us += retention.PASS_US + 1
        slices = 0
        for _ in range(2):  # what is left of a pass, and a whole one
            self.now_us += retention.PASS_US + 1
            while self.keeper.step():
                slices += 1
                assert slices < 10_000
        return slices

    def ids(self, table: str = "message", column: str = "id") -> list[int]:
        return [row[0] for row in self.connection.execute(f"SELECT {column} FROM {table} ORDER BY 1")]


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def age(kept: Kept) -> None:
    """A week goes by, and then something happens."""
    kept.save()
    kept.now_us += WEEK_US + 1
    kept.publish(kept.me, "nowhere", traits=PERSISTENT)
    kept.save()


def test_what_has_ended_goes_after_a_week(kept: Kept) -> None:
    old = kept.publish(kept.me, traits=PERSISTENT)
    kept.take()
    age(kept)
    young = kept.publish(kept.me, traits=PERSISTENT)
    kept.take()
    kept.tidy()
    assert old not in kept.ids()
    assert old not in kept.ids("event", "message_id")
    assert young in kept.ids()


def test_what_has_ended_lately_stays_however_old_it_is(kept: Kept) -> None:
    old = kept.publish(kept.me, traits=PERSISTENT)
    age(kept)
    kept.take()
    kept.save()
    before = kept.ids("event", "message_id").count(old)
    kept.tidy()
    assert old in kept.ids()
    assert kept.ids("event", "message_id").count(old) == before
    age(kept)
    kept.tidy()
    assert old not in kept.ids()
    assert old not in kept.ids("event", "message_id")


def test_what_waits_is_delayed_or_binned_stays(kept: Kept) -> None:
    kept.do(c.DeclareExchange(kept.me, "later", "x-delayed-message", arguments={"x-delayed-type": "fanout"}))
    kept.queue(kept.me, "r", is_durable=True)
    waiting = kept.publish(kept.me, traits=PERSISTENT)
    held = kept.publish(kept.me, exchange="later", traits=traits(True, 0, None, 2 * WEEK_US))
    binned = kept.publish(kept.me, "r", traits=PERSISTENT)
    kept.save()
    kept.now_us += WEEK_US - 1_000_000
    kept.do(c.PurgeQueue(kept.me, "r"))
    kept.save()
    kept.now_us += 2_000_000
    kept.publish(kept.me, "nowhere", traits=PERSISTENT)
    kept.tidy()
    assert {waiting, held, binned} <= set(kept.ids())
    found = page(kept.connection, kept.queue_ids()[0], False, -1, 10, 1_000_000).entries
    assert [entry.message.id for entry in found] == [waiting]


def test_a_bin_goes_with_its_messages_when_it_is_too_old(kept: Kept) -> None:
    binned = kept.publish(kept.me, traits=PERSISTENT)
    kept.do(c.PurgeQueue(kept.me, "q"))
    age(kept)
    kept.tidy()
    assert kept.ids("bin") == []
    assert kept.ids("binned", "message_id") == []
    assert binned not in kept.ids()


@pytest.mark.parametrize(("body", "bins_left"), [(b"", 3), (bytes(100_000), 2), (bytes(150_000), 1)])
def test_of_too_much_in_bins_the_oldest_go(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, body: bytes, bins_left: int
) -> None:
    """They may take a part of what the ledger may, however many messages that is; the newest stays."""
    monkeypatch.setattr(limits, "BIN_MAX_MESSAGES", 1)
    monkeypatch.setattr(limits, "BIN_DISK_SHARE", 450_000 / Bounds().keep_bytes)
    for _ in range(3):
        for _ in range(2):
            kept.publish(kept.me, body=body, traits=PERSISTENT)
        kept.do(c.PurgeQueue(kept.me, "q"))
    kept.tidy()
    assert len(kept.ids("bin")) == bins_left
    assert len(kept.ids("binned", "message_id")) == 2 * bins_left


def test_one_bin_may_be_larger_than_all_may_be_together(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was done last can be undone."""
    monkeypatch.setattr(limits, "BIN_DISK_SHARE", 0.0)
    kept.publish(kept.me, body=bytes(1_000), traits=PERSISTENT)
    kept.do(c.PurgeQueue(kept.me, "q"))
    kept.tidy()
    assert len(kept.ids("bin")) == 1


def test_a_half_emptied_bin_is_emptied_by_the_next_process(kept: Kept) -> None:
    kept.publish(kept.me, traits=PERSISTENT)
    kept.do(c.PurgeQueue(kept.me, "q"))
    kept.save()
    kept.connection.execute("DELETE FROM bin")
    kept.new_keeper()
    kept.tidy()
    assert kept.ids("binned", "message_id") == []


def test_what_a_broker_has_in_memory_only_stays_while_it_runs(kept: Kept) -> None:
    kept.queue(kept.me, "fleeting")
    transient = kept.publish(kept.me, "fleeting")
    age(kept)
    kept.tidy()
    assert transient in kept.ids()
    kept.new_keeper(is_resumed=False)  # another broker: what the one before had in memory is gone
    kept.connection.execute("DELETE FROM definition WHERE kind='setting'")
    kept.new_keeper(is_resumed=False)
    kept.tidy()
    assert transient not in kept.ids()


def test_above_its_bytes_the_oldest_go_first(kept: Kept) -> None:
    body = bytes(20_000)
    ids = []
    for _ in range(400):
        ids.append(kept.publish(kept.me, body=body, traits=PERSISTENT))
        kept.take()
    kept.save()
    write_setting(kept.connection, KEEP_BYTES, Amount(2_000_000))
    kept.new_keeper()
    kept.tidy()
    left = [each for each in ids if each in kept.ids()]
    assert left == ids[-len(left) :]
    assert 20 < len(left) < 120
    assert kept.keeper.oldest_kept_us() == kept.keeper.kept_since.at_us > 0


def test_what_waits_does_not_count_towards_the_bytes(kept: Kept) -> None:
    waiting = [kept.publish(kept.me, body=bytes(20_000), traits=PERSISTENT) for _ in range(200)]
    kept.queue(kept.me, "r", is_durable=True)
    ended = kept.publish(kept.me, "r", traits=PERSISTENT)
    kept.do(c.TakeMessage(kept.me, "r", True))
    kept.save()
    write_setting(kept.connection, KEEP_BYTES, Amount(2_000_000))
    kept.new_keeper()
    kept.tidy()
    assert {*waiting, ended} <= set(kept.ids())


def test_the_newest_event_stays_so_that_numbers_go_on(kept: Kept) -> None:
    kept.publish(kept.me, traits=PERSISTENT)
    kept.take()
    kept.save()
    last = max(kept.ids("event"))
    kept.now_us += 3 * WEEK_US
    kept.tidy()
    kept.publish(kept.me, "nowhere", traits=PERSISTENT)
    kept.save()
    assert max(kept.ids("event")) == last + 1


def test_large_bodies_keep_their_head_when_their_message_has_ended(kept: Kept) -> None:
    body = bytes(range(256)) * (LARGE // 256)
    ended = kept.publish(kept.me, body=body, traits=PERSISTENT)
    kept.take()
    waiting = kept.publish(kept.me, body=body, traits=PERSISTENT)
    kept.tidy()
    sizes = dict(kept.connection.execute("SELECT id, length(body) FROM message").fetchall())
    assert (sizes[ended], sizes[waiting]) == (limits.LEDGER_BODY_BYTES, LARGE)
    life = life_in(kept.reader().life(ended), ended)
    assert (life.problem, life.body_size, life.kept_bytes) == ("", LARGE, limits.LEDGER_BODY_BYTES)


def test_a_damaged_body_is_not_cut_so_that_it_stays_known_as_damaged(kept: Kept) -> None:
    ended = kept.publish(kept.me, body=bytes(LARGE), traits=PERSISTENT)
    kept.take()
    kept.save()
    kept.damage("UPDATE message SET body=zeroblob(?) WHERE id=?", LARGE + 1, ended)
    kept.tidy()
    assert kept.connection.execute("SELECT length(body) FROM message").fetchall() == [(LARGE + 1,)]


def test_messages_without_events_go_when_nothing_keeps_them(kept: Kept) -> None:
    """The ledger had passed over it; it was on disk only because memory was short."""
    kept.queue(kept.me, "fleeting")
    kept.projection.record_one_in(1024, kept.engine.next_message_id, kept.now_us)
    passed_over = kept.publish(kept.me, "fleeting", bytes(100))
    kept.projection.page_out(*_entry(kept, "fleeting"))
    kept.save()
    assert passed_over in kept.ids()
    kept.new_keeper()
    kept.tidy()
    assert passed_over in kept.ids()
    kept.do(c.TakeMessage(kept.me, "fleeting", True))
    kept.save()
    kept.new_keeper()
    kept.tidy()
    assert passed_over not in kept.ids()


def _entry(kept: Kept, name: str) -> tuple:  # type: ignore[type-arg]  # queue, message, deliveries
    queue = kept.engine.vhosts["/"].queues[name]
    return queue.ref, next(iter(queue.ready)), 0


def test_who_has_gone_is_forgotten_with_what_happened_then(kept: Kept) -> None:
    other = kept.connect()
    channel = kept.channel(other)
    kept.queue(channel, "other", is_exclusive=True)
    kept.subscribe(channel, "other", "t")
    kept.do(c.CloseConnection(other, "bye"))
    age(kept)
    kept.publish(kept.me, "nowhere", traits=PERSISTENT)
    kept.tidy()
    assert other not in kept.ids("connection")
    assert channel not in kept.ids("channel")
    assert kept.me in kept.ids("channel")
    assert kept.ids("subscription") == []
    names = [row[0] for row in kept.connection.execute("SELECT name FROM queue")]
    assert names == ["q"]
    assert kept.connection.execute(
        "SELECT count(*) FROM broker_event WHERE at_us<?", (WEEK_US,)
    ).fetchall() == [(0,)]


def test_who_was_there_when_a_broker_was_killed_is_forgotten_in_the_end(kept: Kept) -> None:
    lost = kept.new_id()
    kept.do(c.OpenConnection(ConnectionInfo(lost, "test", "127.0.0.1:1", "lost")))
    kept.new_id()
    kept.save()
    kept.new_keeper(is_resumed=False)
    for _ in range(2):
        age(kept)
    kept.tidy()
    assert lost not in kept.ids("connection")
    assert [row[0] for row in kept.connection.execute("SELECT name FROM queue")] == ["q"]


def test_a_message_that_comes_back_for_ever_keeps_the_latest_part_of_its_life(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LIFE_KEPT_EVENTS", 10)
    kept.publish(kept.me, traits=PERSISTENT)
    for _ in range(50):
        taken = kept.do(c.TakeMessage(kept.me, "q", False))
        kept.settle(kept.me, taken.delivery_tag, Outcome.RELEASED)
    age(kept)
    before = len(kept.ids("event"))
    kept.tidy()
    kinds = [row[0] for row in kept.connection.execute("SELECT kind FROM event ORDER BY id")]
    assert before > 100
    assert 10 <= len(kinds) <= 13
    assert kinds[0] == 1, "how it began is still told"


def test_slices_are_small(kept: Kept) -> None:
    for _ in range(retention.SLICE_MESSAGES * 5):
        kept.publish(kept.me, "nowhere", traits=PERSISTENT)
    age(kept)
    before = len(kept.ids())
    kept.save()
    kept.now_us += retention.PASS_US + 1
    most = 0
    while kept.keeper.step():
        after = len(kept.ids())
        most, before = max(most, before - after), after
    assert most == retention.SLICE_MESSAGES
    assert before <= 2


def test_bounds_are_remembered(kept: Kept) -> None:
    assert read_bounds(kept.connection) == Bounds()
    write_setting(kept.connection, KEEP_US, Amount(5))
    assert read_bounds(kept.connection) == Bounds(keep_us=5)
    write_setting(kept.connection, KEEP_BYTES, Amount(7))
    assert read_bounds(kept.connection) == Bounds(5, 7)


def test_what_was_forgotten_up_to_is_remembered(kept: Kept) -> None:
    kept.publish(kept.me, traits=PERSISTENT)
    kept.take()
    age(kept)
    kept.tidy()
    since = kept.keeper.kept_since
    assert since.event_id > 0
    assert kept.new_keeper().kept_since == since


def test_nothing_to_do_is_said_so(kept: Kept) -> None:
    assert kept.tidy() < 10
    assert not kept.keeper.step()
    assert not kept.keeper.is_due()
