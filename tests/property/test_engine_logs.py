"""Logs against a list: each reader gets every message from its position on, once, in order, by its offset."""

from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.delivery import DropReason, Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import MESSAGE_OVERHEAD_BYTES
from mqstudio.model.policies import Policy
from tests.support.driver import Driver

LOG = {"x-queue-type": "stream"}
EACH = MESSAGE_OVERHEAD_BYTES
HUGE = 10**12


@dataclass
class Reader:
    """`position` is the offset it is to get next, `open` the tags it holds."""

    channel: int
    credit: int
    position: int
    open: dict[int, int] = field(default_factory=dict)


@dataclass
class Kept:
    body: bytes
    at_us: int


class LogMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.driver = self.new_driver()
        self.root = self.driver.channel()
        self.driver.queue(self.root, "log", is_durable=True, arguments=LOG)
        self.driver.do(c.DeclareExchange(self.root, "all", "fanout"))
        self.driver.do(c.Bind(self.root, "all", "log"))
        self.connection = self.driver.connect()
        self.log: dict[int, Kept] = {}
        self.first = self.next = 0
        self.readers: dict[str, Reader] = {}
        self.left: dict[int, dict[int, int]] = {}
        """Deliveries of readers that have cancelled, by channel."""
        self.max_bytes: int | None = None
        self.max_age_us: int | None = None
        self.count = 0
        self.room = True

    # ---- what an engine that pages has otherwise (`test_engine_paging`)

    def new_driver(self) -> Driver:
        return Driver()

    def is_calm(self) -> bool:
        """Whether everything is in memory that anybody waits for."""
        return True

    def pages_held(self) -> int:
        """What the pages of its early part take in memory."""
        return 0

    def note(self, batch: e.EventBatch) -> None:
        for event in batch:
            self.follow(event)

    @property
    def queue(self) -> object:
        return self.driver.engine.vhosts["/"].queues["log"]

    def do(self, command: object) -> object:
        reply = self.driver.do(command)
        for event in self.driver.events:
            self.follow(event)
        return reply

    def follow(self, event: e.Event) -> None:
        if isinstance(event, e.MessageEnqueued):
            self.log[self.next] = Kept(event.message.body, event.at_us)
            self.next += 1
        elif isinstance(event, e.MessageDropped):
            assert event.reason is DropReason.RETENTION
            size = sum(len(each.body) for each in self.log.values())
            oldest = self.log.pop(self.first)
            assert event.message.body == oldest.body, "the oldest goes first"
            is_too_much = self.max_bytes is not None and size > self.max_bytes
            assert is_too_much or oldest.at_us + (self.max_age_us or HUGE) <= event.at_us, "nothing else goes"
            self.first += 1
        elif isinstance(event, e.MessageDelivered):
            reader = self.readers[event.subscription.tag]
            offset = max(reader.position, self.first)
            assert event.notes.offset == offset
            assert event.message.body == self.log[offset].body
            assert not event.is_redelivered
            reader.position = offset + 1
            reader.open[event.delivery_tag] = offset
        elif isinstance(event, e.MessageSettled):
            assert event.stays
        else:
            assert not isinstance(event, e.MessageRequeued | e.MessageDeadLettered | e.MessagePurged)

    # ---- commands

    @rule(sizes=st.lists(st.integers(0, 20), min_size=1, max_size=6), by=st.sampled_from(["", "all"]))
    def publish(self, sizes: list[int], by: str) -> None:
        for size in sizes:
            self.count += 1
            self.do(c.PublishMessage(self.root, by, "log", b"", b"%d" % self.count + b"." * size))

    @precondition(lambda self: len(self.readers) < 4)
    @rule(
        credit=st.integers(1, 4),
        start=st.one_of(
            st.none(),
            st.builds(c.LogStart, offset=st.integers(0, 30)),
            st.builds(c.LogStart, is_last=st.just(True)),
            st.builds(c.LogStart, at_us=st.integers(0, 3000)),
        ),
        is_same_connection=st.booleans(),
    )
    def subscribe(self, credit: int, start: c.LogStart | None, is_same_connection: bool) -> None:
        tag = f"r{self.driver.new_id()}"
        channel = self.driver.channel(self.connection if is_same_connection else None)
        self.readers[tag] = Reader(channel, credit, self.position(start))
        self.do(c.Subscribe(channel, "log", tag, credit=credit, start=start))

    def position(self, start: c.LogStart | None) -> int:
        if start is None:
            return self.next
        if start.offset is not None:
            return min(max(start.offset, self.first), self.next)
        if start.is_last:
            return max(self.next - 1, self.first)
        return next(
            (at for at in range(self.first, self.next) if self.log[at].at_us >= start.at_us), self.next
        )

    @precondition(lambda self: any(each.open for each in self.readers.values()))
    @rule(data=st.data(), outcome=st.sampled_from(Outcome), is_multiple=st.booleans())
    def give_back(self, data: st.DataObject, outcome: Outcome, is_multiple: bool) -> None:
        tag = data.draw(st.sampled_from(sorted(tag for tag, each in self.readers.items() if each.open)))
        delivery = data.draw(st.sampled_from(sorted(self.readers[tag].open)))
        if outcome is not Outcome.ACCEPTED:
            with pytest.raises(RefusedError) as refused:
                self.do(c.SettleDelivery(self.readers[tag].channel, delivery, is_multiple, outcome))
            assert refused.value.why is Refusal.NOT_SUPPORTED

    @precondition(lambda self: any(each.open for each in self.readers.values()))
    @rule(data=st.data(), is_multiple=st.booleans())
    def settle(self, data: st.DataObject, is_multiple: bool) -> None:
        tag = data.draw(st.sampled_from(sorted(tag for tag, each in self.readers.items() if each.open)))
        reader = self.readers[tag]
        delivery = data.draw(st.sampled_from(sorted(reader.open)))
        settled = [each for each in reader.open if each == delivery or (is_multiple and each < delivery)]
        for each in settled:
            del reader.open[each]
        self.do(c.SettleDelivery(reader.channel, delivery, is_multiple, Outcome.ACCEPTED))
        assert len(self.driver.of(e.MessageSettled)) == len(settled)

    @precondition(lambda self: self.readers)
    @rule(data=st.data(), how=st.sampled_from([c.RecoverDeliveries, c.CancelSubscription, c.CloseChannel]))
    def end(self, data: st.DataObject, how: type) -> None:
        tag = data.draw(st.sampled_from(sorted(self.readers)))
        reader = self.readers[tag]
        if how is c.RecoverDeliveries:
            reader.open.clear()
            self.do(how(reader.channel))
            return
        del self.readers[tag]
        if how is c.CancelSubscription:
            self.left[reader.channel] = reader.open
            self.do(how(reader.channel, tag))
        else:
            self.do(how(reader.channel))

    @precondition(lambda self: self.left)
    @rule()
    def close_what_is_left(self) -> None:
        channel, _ = self.left.popitem()
        self.do(c.CloseChannel(channel))

    @rule(room=st.booleans())
    def grant(self, room: bool) -> None:
        self.room = room
        self.do(c.GrantRoom(self.connection, 1_000_000 if room else 0))

    @rule(
        max_bytes=st.one_of(st.none(), st.integers(0, 60)), max_age_s=st.one_of(st.none(), st.integers(1, 3))
    )
    def limit(self, max_bytes: int | None, max_age_s: int | None) -> None:
        definition: dict[str, object] = {"message-ttl": 0, "max-length": 0}  # not for logs: no effect
        if max_bytes is not None:
            definition["max-length-bytes"] = max_bytes
        if max_age_s is not None:
            definition["max-age"] = f"{max_age_s}s"
        self.max_bytes = max_bytes
        self.max_age_us = max_age_s * 1_000_000 if max_age_s else None
        self.do(c.PutPolicy(Policy("/", "p", "log", definition)))

    @rule(ms=st.sampled_from([1, 700, 1500, 4000]))
    def wait(self, ms: int) -> None:
        self.driver.now_us += ms * 1000
        batch = e.EventBatch()
        self.driver.engine.advance(self.driver.now_us, batch)
        self.note(batch)

    @rule(command=st.sampled_from(["take", "purge", "auto", "no credit", "bad start"]))
    def what_logs_refuse(self, command: str) -> None:
        commands = {
            "take": (c.TakeMessage(self.root, "log"), Refusal.NOT_SUPPORTED),
            "purge": (c.PurgeQueue(self.root, "log"), Refusal.NOT_SUPPORTED),
            "auto": (c.Subscribe(self.root, "log", "t", True, credit=1), Refusal.NOT_SUPPORTED),
            "no credit": (c.Subscribe(self.root, "log", "t"), Refusal.INVALID_ARGUMENT),
            "bad start": (
                c.Subscribe(self.root, "log", "t", credit=1, start=c.LogStart(problem="no")),
                Refusal.INVALID_ARGUMENT,
            ),
        }
        with pytest.raises(RefusedError) as refused:
            self.do(commands[command][0])
        assert refused.value.why is commands[command][1]

    # ---- what always holds

    @invariant()
    def the_log_is_what_was_put_in_and_not_dropped(self) -> None:
        queue = self.queue
        kept = [self.log[offset] for offset in range(self.first, self.next)]
        in_hand = [self.log[offset] for offset in range(queue.ready.hand_offset, self.next)]
        assert [m.body for m in queue.ready] == [each.body for each in in_hand]
        at = queue.ready.at
        assert [at(o).body for o in range(queue.ready.hand_offset, self.next)] == [k.body for k in in_hand]
        assert queue.bytes_held == sum(len(each.body) + EACH for each in in_hand) + self.pages_held()
        assert (queue.ready.first_offset, queue.ready_count) == (self.first, len(kept))
        assert queue.on_disk_bytes == sum(len(each.body) for each in kept[: queue.on_disk])
        assert queue.published == queue.dropped + len(kept)
        held = [each.open for each in self.readers.values()] + list(self.left.values())
        assert queue.in_flight == sum(map(len, held))

    @invariant()
    def only_what_is_too_much_or_too_old_goes(self) -> None:
        size = sum(len(each.body) for each in self.log.values())
        if self.max_bytes is not None and self.is_calm():
            assert size <= self.max_bytes or len(self.log) == 1
        if self.max_age_us is not None and self.is_calm():
            assert all(each.at_us + self.max_age_us > self.driver.now_us for each in self.log.values())
        if self.max_bytes is None and self.max_age_us is None and not self.queue.policy:
            assert self.first == 0
        at_us = self.driver.engine.next_deadline()
        assert at_us is None or at_us > self.driver.now_us

    @invariant()
    def credit_is_kept_and_used(self) -> None:
        for reader in self.readers.values():
            assert len(reader.open) <= reader.credit
            connection = self.driver.engine.channels[reader.channel].connection
            if len(reader.open) < reader.credit and connection.room_bytes > 0 and self.is_calm():
                assert max(reader.position, self.first) == self.next, "somebody waits who could read on"


LogMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestEngineLogs = LogMachine.TestCase
