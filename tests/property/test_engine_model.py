"""The engine against a naive model, whatever the order of commands.

The model knows only sets of ids: what is ready, who holds what, what was delivered before. It
checks each delivery as it happens and, when the engine rests, that nothing was lost, doubled,
reordered, kept from somebody who could take it, or handed to somebody who could not.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import MESSAGE_OVERHEAD_BYTES
from tests.support.driver import Driver

QUEUES = ("a", "b", "c")


@dataclass
class ModelSubscription:
    channel: int
    queue: str
    credit: int
    is_auto: bool
    open: set[int] = field(default_factory=set)


class EngineMachine(RuleBasedStateMachine):
    channels = Bundle("channels")

    def __init__(self) -> None:
        super().__init__()
        self.driver = self.new_driver()
        self.root = self.driver.channel()
        for name in QUEUES:
            self.driver.queue(self.root, name)
        self.driver.do(c.DeclareExchange(self.root, "all", "fanout"))
        self.bindings: set[str] = set()
        self.ready: dict[str, set[int]] = {name: set() for name in QUEUES}
        self.ever: dict[str, set[int]] = {name: set() for name in QUEUES}
        self.ended: Counter[str] = Counter()
        self.entered: Counter[str] = Counter()
        self.held: dict[tuple[int, int], tuple[str, int, str | None]] = {}
        self.subscriptions: dict[tuple[int, str], ModelSubscription] = {}
        self.channel_credit: dict[int, int] = {}
        self.bins: dict[int, tuple[str, list[c.RestoredMessage]]] = {}

    # ---- what an engine that pages has otherwise (`test_engine_paging`)

    def new_driver(self) -> Driver:
        return Driver()

    def is_calm(self) -> bool:
        """Whether everything that is ready could be handed over."""
        return True

    def take_one(self, command: c.TakeMessage) -> tuple[Any, int | None]:
        """A reply, and what it should have been."""
        expected = min(self.ready[command.queue], default=None)
        return self.do(command), expected

    def undo(self, queue: str, bin_id: int, messages: list[c.RestoredMessage]) -> None:
        self.do(c.RestoreMessages(self.root, queue, bin_id, messages))

    def do(self, command: object) -> object:
        reply = self.driver.do(command)
        for event in self.driver.events:
            self.follow(event)
        return reply

    # ---- the model follows events, and checks each against what it knew before

    def follow(self, event: e.Event) -> None:
        if isinstance(event, e.MessageEnqueued | e.MessageRestored | e.MessageRequeued):
            name = event.queue.name
            assert event.message.id not in self.ready[name]
            self.ready[name].add(event.message.id)
            self.entered[name] += not isinstance(event, e.MessageRequeued)
        elif isinstance(event, e.MessageDelivered):
            self.follow_delivery(event)
        elif isinstance(event, e.MessageSettled):
            self.follow_settlement(event)
        elif isinstance(event, e.MessagePurged):
            self.ready[event.queue.name].remove(event.message.id)
            self.ended[event.queue.name] += 1

    def follow_delivery(self, event: e.MessageDelivered) -> None:
        name, message_id = event.queue.name, event.message.id
        assert message_id == min(self.ready[name]), "the oldest ready message goes first"
        self.ready[name].remove(message_id)
        assert event.is_redelivered == (message_id in self.ever[name])
        self.ever[name].add(message_id)
        tag = event.subscription.tag if event.subscription else None
        if tag is not None:
            self.subscriptions[event.channel.id, tag].open.add(event.delivery_tag)
        self.held[event.channel.id, event.delivery_tag] = (name, message_id, tag)

    def follow_settlement(self, event: e.MessageSettled) -> None:
        name, message_id, tag = self.held.pop((event.channel.id, event.delivery_tag))
        assert (name, message_id) == (event.queue.name, event.message.id)
        subscription = self.subscriptions.get((event.channel.id, tag)) if tag else None
        if subscription:
            subscription.open.discard(event.delivery_tag)
        self.ended[name] += event.outcome is not Outcome.RELEASED

    # ---- commands

    @rule(target=channels, credit=st.integers(0, 4))
    def open_channel(self, credit: int) -> int:
        channel = self.driver.channel()
        self.channel_credit[channel] = credit
        self.do(c.SetChannelCredit(channel, credit))
        return channel

    @rule(queue=st.sampled_from(QUEUES), count=st.integers(1, 4))
    def publish(self, queue: str, count: int) -> None:
        for _ in range(count):
            self.do(c.PublishMessage(self.root, "", queue, b"", b"x"))
            assert [event.queue.name for event in self.driver.of(e.MessageEnqueued)] == [queue]

    @rule()
    def publish_to_all(self) -> None:
        self.do(c.PublishMessage(self.root, "all", "any", b"", b"x"))
        assert {event.queue.name for event in self.driver.of(e.MessageEnqueued)} == self.bindings
        assert bool(self.driver.of(e.MessageUnroutable)) == (not self.bindings)

    @rule(queue=st.sampled_from(QUEUES), is_bound=st.booleans())
    def bind(self, queue: str, is_bound: bool) -> None:
        self.do((c.Bind if is_bound else c.Unbind)(self.root, "all", queue))
        (self.bindings.add if is_bound else self.bindings.discard)(queue)

    @rule(
        channel=channels,
        queue=st.sampled_from(QUEUES),
        tag=st.sampled_from("xyz"),
        credit=st.integers(0, 3),
        is_auto=st.booleans(),
    )
    def subscribe(self, channel: int, queue: str, tag: str, credit: int, is_auto: bool) -> None:
        command = c.Subscribe(channel, queue, tag, is_auto_settled=is_auto, credit=credit)
        if (channel, tag) in self.subscriptions:
            with pytest.raises(RefusedError) as refused:
                self.do(command)
            assert refused.value.why is Refusal.DUPLICATE_SUBSCRIPTION
            return
        self.subscriptions[channel, tag] = ModelSubscription(channel, queue, credit, is_auto)
        self.do(command)

    @rule(channel=channels, tag=st.sampled_from("xyz"))
    def cancel(self, channel: int, tag: str) -> None:
        held = dict(self.held)
        self.subscriptions.pop((channel, tag), None)
        self.do(c.CancelSubscription(channel, tag))
        assert {key: held[key] for key in held if key[0] == channel}.items() <= self.held.items()

    @rule(channel=channels, data=st.data(), outcome=st.sampled_from(Outcome), is_multiple=st.booleans())
    def settle(self, channel: int, data: st.DataObject, outcome: Outcome, is_multiple: bool) -> None:
        mine = sorted(tag for owner, tag in self.held if owner == channel)
        tag = data.draw(st.sampled_from([*mine, 0, 10_000]))
        command = c.SettleDelivery(channel, tag, is_multiple, outcome)
        if tag in mine or (tag == 0 and is_multiple):
            self.do(command)
            expected = [t for t in mine if t <= tag or not tag] if is_multiple else [tag]
            settled = [s for s in self.driver.of(e.MessageSettled) if s.channel.id == channel]
            assert [s.delivery_tag for s in settled[: len(expected)]] == expected
        else:
            before = dict(self.held)
            with pytest.raises(RefusedError) as refused:
                self.do(command)
            assert refused.value.why is Refusal.NO_SUCH_DELIVERY
            assert self.held == before

    @rule(channel=channels, queue=st.sampled_from(QUEUES), is_auto=st.booleans())
    def take(self, channel: int, queue: str, is_auto: bool) -> None:
        reply, expected = self.take_one(c.TakeMessage(channel, queue, is_auto))
        assert (reply.message.id if reply.message else None) == expected

    @rule(channel=channels)
    def recover(self, channel: int) -> None:
        self.do(c.RecoverDeliveries(channel))

    @rule(queue=st.sampled_from(QUEUES))
    def purge(self, queue: str) -> None:
        count = len(self.ready[queue])
        reply = self.do(c.PurgeQueue(self.root, queue))
        assert reply.count == count
        assert not self.ready[queue]
        for event in self.driver.of(e.QueuePurged):
            restored = [c.RestoredMessage(p.message, p.deliveries) for p in event.purged]
            self.bins[event.bin_id] = (queue, restored)

    @rule(data=st.data())
    def undo_purge(self, data: st.DataObject) -> None:
        if self.bins:
            bin_id = data.draw(st.sampled_from(sorted(self.bins)))
            queue, messages = self.bins.pop(bin_id)
            self.undo(queue, bin_id, messages)

    @rule(channel=consumes(channels))
    def close_channel(self, channel: int) -> None:
        for key in [key for key in self.subscriptions if key[0] == channel]:
            del self.subscriptions[key]
        self.do(c.CloseChannel(channel))
        assert not [key for key in self.held if key[0] == channel]

    # ---- what always holds

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        for name in QUEUES:
            queue = self.driver.engine.vhosts["/"].queues[name]
            held = [held for held in self.held.values() if held[0] == name]
            assert self.driver.ready(name) == sorted(self.ready[name])
            assert queue.in_flight == len(held)
            assert self.entered[name] == self.ended[name] + len(held) + len(self.ready[name])
            assert queue.published == self.entered[name]
            assert queue.settled + queue.dropped == self.ended[name]
            assert queue.ready_count == len(self.ready[name])
            each = 1 + MESSAGE_OVERHEAD_BYTES
            assert queue.bytes_held == each * (len(held) + len(queue.ready))

    @invariant()
    def credit_is_kept_and_used(self) -> None:
        consumed = Counter(channel for (channel, _), held in self.held.items() if held[2] is not None)
        for subscription in self.subscriptions.values():
            shared = self.channel_credit[subscription.channel]
            if subscription.is_auto:
                assert not (self.ready[subscription.queue] and self.is_calm())
                continue
            own = subscription.credit
            assert not own or len(subscription.open) <= own
            has_room = (not own or len(subscription.open) < own) and (
                not shared or consumed[subscription.channel] < shared
            )
            is_waiting = has_room and self.ready[subscription.queue]
            assert not (is_waiting and self.is_calm()), "somebody waits who could be served"


EngineMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestEngineModel = EngineMachine.TestCase
