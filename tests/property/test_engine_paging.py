"""Paging against models of engines that never page: pages come late, in any order, and nothing shows of it.

The machines of the other property tests are run again with windows of a few messages, memory given up at any
moment, and a naive disk (`tests/support/paging.py`) that reads a page at some time and answers at some later.
"""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from mqstudio.engine import restoring
from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.delivery import Outcome
from mqstudio.model.limits import LOG_PAGES
from mqstudio.model.places import PageEntry, position_of
from tests.property.test_engine_logs import EACH, LogMachine
from tests.property.test_engine_model import QUEUES, EngineMachine
from tests.property.test_engine_rules import RulesMachine, names
from tests.property.test_engine_subscriptions import ARGUMENTS, SubscriptionMachine
from tests.support.driver import new_engine
from tests.support.paging import PagedDriver
from tests.support.restarting import restored_queue, rows_of, snapshot

windows = st.integers(1, 4)
which = st.integers(0, 3)


channels = EngineMachine.channels


class Paging:
    """What pages do: they go out, are asked for, read and answered, each at any time."""

    driver: PagedDriver

    def new_driver(self) -> PagedDriver:
        return PagedDriver()

    def is_calm(self) -> bool:
        return self.driver.is_calm()

    @rule(window=windows, most_bytes=st.sampled_from([0, 0, 1000]))
    def page_out(self, most_bytes: int, window: int) -> None:
        self.do(c.PageOut(most_bytes, window))
        if not most_bytes:
            queues = self.driver.engine.vhosts["/"].queues.values()
            assert all(queue.ready.count_in_order() <= window for queue in queues)

    @precondition(lambda self: self.driver.engine.wanting or self.driver.engine.wanting_heads)
    @rule()
    def ask(self) -> None:
        self.driver.ask()

    @precondition(lambda self: self.driver.wanted)
    @rule(which=which)
    def read(self, which: int) -> None:
        self.driver.read(which)

    @precondition(lambda self: self.driver.answers)
    @rule(which=which)
    def answer(self, which: int) -> None:
        page = self.driver.next_answer(which)
        if page is not None:
            self.do(page)

    @precondition(lambda self: not self.is_calm())
    @rule()
    def all_pages_come(self) -> None:
        while not self.driver.is_calm():
            self.driver.ask()
            self.driver.read(0)
            self.answer(0)


class PagedEngineMachine(Paging, EngineMachine):
    """Everything the plain machine does, in any order with pages out and in."""

    def queue(self, name: str) -> Any:
        return self.driver.engine.vhosts["/"].queues[name]

    def follow(self, event: e.Event) -> None:
        super().follow(event)
        if isinstance(event, e.QueuePurged) and event.beyond_count:
            name = event.queue.name
            gone = {number for number in self.ready[name] if number > event.beyond}
            assert len(gone) == event.beyond_count
            self.ready[name] -= gone
            self.ended[name] += len(gone)

    def take_one(self, command: c.TakeMessage) -> tuple[Any, int | None]:
        while True:
            expected = min(self.ready[command.queue], default=None)
            reply = self.do(command)
            if not reply.is_on_its_way:
                return reply, expected
            assert reply.ready == len(self.ready[command.queue]) > 0
            assert not self.is_calm()
            self.all_pages_come()

    def undo(self, queue: str, bin_id: int, messages: list[c.RestoredMessage]) -> None:
        rows = self.driver.disk.bins[bin_id]
        if len(rows) == len(messages) and bin_id % 2:
            super().undo(queue, bin_id, messages)
            return
        size = sum(len(row.message.body) for row in rows)
        before = min(row.position for row in rows)
        ids = {row.message.id for row in rows}
        self.ready[queue] |= ids
        self.entered[queue] += len(ids)
        self.do(c.RestoreBin(self.root, queue, bin_id, before, len(rows), size))

    @rule(channel=channels, queue=st.sampled_from(QUEUES), takes=st.integers(0, 4), window=windows)
    def back_up(self, channel: int, queue: str, takes: int, window: int) -> None:
        """Some are in flight, some in hand, the rest is not."""
        self.publish(queue, 6)
        for _ in range(takes):
            self.take(channel, queue, False)
        self.page_out(0, window)

    @rule(channel=channels, queue=st.sampled_from(QUEUES), window=windows)
    def come_back_before_those_in_flight(self, channel: int, queue: str, window: int) -> None:
        """The horizon is drawn before messages that are in flight."""
        self.back_up(channel, queue, 4, window)
        mine = sorted(tag for owner, tag in self.held if owner == channel)
        for tag in mine[:2]:
            self.do(c.SettleDelivery(channel, tag, False, Outcome.RELEASED))
        self.page_out(0, 1)

    @rule(
        channel=channels,
        queue=st.sampled_from(QUEUES),
        outcome=st.sampled_from(Outcome),
        count=st.integers(0, 3),
        is_read_first=st.booleans(),
    )
    def much_happens_while_a_page_comes(
        self, channel: int, queue: str, outcome: Outcome, count: int, is_read_first: bool
    ) -> None:
        self.take(channel, queue, False)
        self.driver.ask()
        if is_read_first:
            self.driver.read(-1)
        mine = sorted(tag for owner, tag in self.held if owner == channel)
        if mine:
            self.do(c.SettleDelivery(channel, mine[-1], False, outcome))
        if count:
            self.publish(queue, count)

    def teardown(self) -> None:
        self.all_pages_come()
        self.nothing_is_lost_or_doubled()
        self.credit_is_kept_and_used()
        assert not self.driver.miscounted


PagedEngineMachine.TestCase.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)
TestPagedEngine = PagedEngineMachine.TestCase


class PagedSubscriptionMachine(Paging, SubscriptionMachine):
    """Queues of all kinds, subscriptions of all kinds, transactions, leases, single takes."""

    def __init__(self) -> None:
        self.bins: dict[int, str] = {}
        super().__init__()

    def queue_purged(self, event: e.QueuePurged) -> None:
        if event.beyond_count:
            queue = self.queues[event.queue.name]
            gone = [m for m in queue.fresh if position_of(event.queue, m) > event.beyond]
            assert len(gone) == event.beyond_count
            for message in gone:
                queue.remove(message)

    def queue_deleted(self, event: e.QueueDeleted) -> None:
        queue = self.queues[event.queue.name]
        assert len(queue.ready()) == event.beyond_count
        queue.fresh, queue.returned = [], []
        super().queue_deleted(event)

    def restored(self, event: e.MessageRestored) -> None:
        queue = self.queues[event.queue.name]
        (queue.returned if event.queue.name == "quorum" else queue.fresh).append(event.message)
        queue.entered += 1

    def follow(self, event: e.Event) -> None:
        if isinstance(event, e.MessageRestored):
            self.restored(event)
        elif isinstance(event, e.QueuePurged):
            self.queue_purged(event)
            self.bins[event.bin_id] = event.queue.name
        elif isinstance(event, e.QueueDeleted):
            self.queue_deleted(event)
        else:
            super().follow(event)

    @precondition(lambda self: self.bins)
    @rule(data=st.data(), is_by_the_store=st.booleans())
    def undo(self, data: st.DataObject, is_by_the_store: bool) -> None:
        bin_id = data.draw(st.sampled_from(sorted(self.bins)))
        name = self.bins.pop(bin_id)
        if name not in self.queues:
            return
        rows = self.driver.disk.bins[bin_id]
        if not is_by_the_store:
            messages = [c.RestoredMessage(row.message, row.deliveries) for row in rows]
            self.do(c.RestoreMessages(self.root, name, bin_id, messages))
            return
        queue = self.queues[name]
        queue.fresh += [row.message for row in rows]
        queue.entered += len(rows)
        before = min(row.position for row in rows)
        size = sum(len(row.message.body) for row in rows)
        self.do(c.RestoreBin(self.root, name, bin_id, before, len(rows), size))

    @rule(number=st.integers(0, 4), queue=st.sampled_from(["quorum", "quorum", "ranked", "plain"]))
    def purge_and_undo_behind_those_in_flight(self, number: int, queue: str) -> None:
        """What comes back has its place before others that are in flight, or were returned."""
        channel = self.pick(number)
        if queue not in self.queues or channel in self.transactions:
            return
        self.publish([queue], [0, 1, 0])
        self.do(c.PurgeQueue(self.root, queue))
        self.publish([queue], [0, 0, 1])
        for _ in range(2):
            self.take_one(c.TakeMessage(channel, queue))
        if self.bins:
            bin_id = max(self.bins)
            rows, name = self.driver.disk.bins[bin_id], self.bins.pop(bin_id)
            self.queues[name].fresh += [row.message for row in rows]
            self.queues[name].entered += len(rows)
            before = min(row.position for row in rows)
            self.do(c.RestoreBin(self.root, name, bin_id, before, len(rows), len(rows)))
        for tag in [t for (owner, t), d in self.held.items() if owner == channel and d.queue == queue][-2:]:
            self.do(c.SettleDelivery(channel, tag, False, Outcome.RELEASED))

    def take_one(self, command: c.TakeMessage) -> None:
        while self.do(command).is_on_its_way:
            assert self.queues[command.queue].ready()
            assert not self.is_calm()
            self.all_pages_come()

    @rule(number=st.integers(0, 4), queue=st.sampled_from(list(ARGUMENTS)), window=windows)
    def come_back_before_those_in_flight(self, number: int, queue: str, window: int) -> None:
        """The horizon is drawn before messages that are in flight."""
        channel = self.pick(number)
        if queue not in self.queues or channel in self.transactions:
            return
        self.publish([queue], [0, 1, 2, 0])
        for _ in range(4):
            self.take_one(c.TakeMessage(channel, queue))
        mine = sorted(t for (owner, t), d in self.held.items() if owner == channel and d.queue == queue)
        for tag in mine[:2]:
            self.do(c.SettleDelivery(channel, tag, False, Outcome.RELEASED))
        self.page_out(0, window)

    @rule(
        number=st.integers(0, 4),
        queue=st.sampled_from(list(ARGUMENTS)),
        outcome=st.sampled_from(Outcome),
        priorities=st.lists(st.integers(0, 3), max_size=3),
        is_read_first=st.booleans(),
    )
    def much_happens_while_a_page_comes(
        self, number: int, queue: str, outcome: Outcome, priorities: list[int], is_read_first: bool
    ) -> None:
        channel = self.pick(number)
        if queue not in self.queues or channel in self.transactions:
            return
        self.take_one(c.TakeMessage(channel, queue))
        self.driver.ask()
        if is_read_first:
            self.driver.read(-1)
        mine = sorted(t for (owner, t), d in self.held.items() if owner == channel and d.queue == queue)
        if mine:
            self.do(c.SettleDelivery(channel, mine[-1], False, outcome))
        self.publish([queue], priorities)

    def teardown(self) -> None:
        self.all_pages_come()
        self.nothing_is_lost_or_doubled()
        self.nobody_waits_who_could_be_served()
        assert not self.driver.miscounted


PagedSubscriptionMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
TestPagedSubscriptions = PagedSubscriptionMachine.TestCase


class PagedRulesMachine(RulesMachine):
    """Times to live, limits, dead letters, policies: pages come at once, so that nothing is late."""

    driver: PagedDriver

    def new_driver(self) -> PagedDriver:
        return PagedDriver()

    def beyond(self, name: str) -> list[PageEntry]:
        return self.driver.rows_beyond(name)

    def take_one(self, name: str) -> Any:
        while (reply := super().take_one(name)).is_on_its_way:
            self.advance(self.driver.now_us)
        return reply

    def check_left(self, name: str, told: int, expected: int) -> None:
        """What has expired beyond the horizon is known, and no longer counted, when its page has come."""
        is_late = bool(self.beyond(name)) and self.engine.vhosts["/"].queues[name].is_timed
        assert told >= expected if is_late else told == expected

    def note(self, batch: e.EventBatch) -> None:
        self.driver.note(batch)
        super().note(batch)
        self.lost += [(name, message.body, "queue_deleted") for name, message in self.driver.disk.deleted]
        self.driver.disk.deleted.clear()

    def advance(self, now_us: int) -> None:
        super().advance(now_us)
        while not self.driver.is_calm():
            self.driver.ask()
            self.driver.read(0)
            page = self.driver.next_answer(0)
            if page is not None:
                batch = e.EventBatch()
                self.engine.apply(page, now_us, batch)
                self.engine.advance(now_us, batch)
                self.note(batch)

    @rule(window=st.integers(1, 3))
    def page_out(self, window: int) -> None:
        self.do(c.PageOut(0, window))
        self.settle_down()

    @rule(name=names, priorities=st.lists(st.integers(0, 3), min_size=2, max_size=4))
    def back_up(self, name: str, priorities: list[int]) -> None:
        """All but one message of each queue are out of memory, and more come."""
        self.publish("", name, 1, None, 0)
        for priority in priorities:
            self.page_out(1)
            self.publish("", name, 1, None, priority)

    @rule(page=st.integers(0, 4))
    def restart(self, page: int) -> None:
        """A new engine goes on where the old one stopped, with a few messages of each queue in memory."""
        old = self.engine
        queues = []
        for queue in old.vhosts["/"].queues.values():
            rows = rows_of(old, queue, self.beyond(queue.ref.name))
            self.driver.disk.rows[queue.ref.id] = {row.message.id: row for row in rows}
            limit = queue.rules.delivery_limit
            # What is at its end counts until its page has come: a limit would drop another one for it.
            is_worn_out = limit is not None and any(row.deliveries > limit for row in rows)
            queues.append(restored_queue(queue, rows, len(rows) if is_worn_out else page))
        self.engine = self.driver.engine = new_engine()
        assert restoring.restore(self.engine, snapshot(old, queues), self.driver.now_us) == []
        assert self.engine.published == old.published
        self.first_places = 0  # those of a run
        self.naive.restart()
        self.settle_down()
        self.root = self.driver.channel()
        for batch in self.driver.batches[-2:]:
            super().note(batch)
        self.settle_down()

    def teardown(self) -> None:
        assert not self.driver.miscounted


PagedRulesMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
TestPagedRules = PagedRulesMachine.TestCase


class PagedLogMachine(Paging, LogMachine):
    """Readers anywhere in a log of which only the end is in memory, and retention at its beginning."""

    def note(self, batch: e.EventBatch) -> None:
        self.driver.note(batch)
        super().note(batch)

    def pages_held(self) -> int:
        early = self.queue.early
        pages = early.pages if early is not None else []
        held = [message for page in pages for message in page.messages.values()]
        return sum(len(message.body) + EACH for message in held)

    @rule(window=windows, sizes=st.lists(st.integers(0, 20), min_size=3, max_size=6))
    def back_up(self, window: int, sizes: list[int]) -> None:
        self.publish(sizes, "")
        self.page_out(0, window)

    @rule()
    def pages_are_few(self) -> None:
        early = self.queue.early
        assert early is None or len(early.pages) + len(early.asked) <= LOG_PAGES

    def teardown(self) -> None:
        self.all_pages_come()
        self.the_log_is_what_was_put_in_and_not_dropped()
        self.only_what_is_too_much_or_too_old_goes()
        self.credit_is_kept_and_used()
        assert not self.driver.miscounted


PagedLogMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
TestPagedLogs = PagedLogMachine.TestCase
