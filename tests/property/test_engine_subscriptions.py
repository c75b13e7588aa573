"""Who gets what, whatever the order of commands: queues of all kinds, subscriptions of all kinds.

The model follows the events, checks each against what it knew before, and when the engine rests it checks
that nothing was lost or doubled and that nobody waits who could be served.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.delivery import DropReason, Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import MESSAGE_OVERHEAD_BYTES
from mqstudio.model.message import Message, traits
from tests.support.driver import Driver

LEASE_MS, DELIVERY_LIMIT = 50, 2
ARGUMENTS = {
    "plain": {},
    "ranked": {"x-max-priority": 3},
    "quorum": {"x-queue-type": "quorum", "x-delivery-limit": DELIVERY_LIMIT},
    "single": {"x-single-active-consumer": True},
    "leased": {"x-consumer-timeout": LEASE_MS},
    "fleeting": {},
}
QUEUES = tuple(ARGUMENTS)
HUGE = 10**9

queues = st.sampled_from(QUEUES)
channels = st.integers(0, 4)
"""Which of those that are open; there are up to five."""
seldom = st.sampled_from([True, False, False, False, False])


@dataclass
class ModelQueue:
    fresh: list[Message] = field(default_factory=list)
    returned: list[Message] = field(default_factory=list)
    entered: int = 0
    ended: int = 0

    def ready(self) -> list[Message]:
        return [*self.returned, *self.fresh]

    def remove(self, message: Message) -> None:
        (self.returned if message in self.returned else self.fresh).remove(message)
        self.ended += 1


@dataclass
class ModelSubscription:
    id: int
    channel: int
    queue: str
    command: c.Subscribe
    open: set[int] = field(default_factory=set)


@dataclass
class ModelDelivery:
    queue: str
    message: Message
    subscription: ModelSubscription | None
    at_us: int
    is_pending: bool = False


class SubscriptionMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.driver = self.new_driver()
        self.connections = [self.driver.connect() for _ in range(3)]
        self.rooms = dict.fromkeys(self.connections, HUGE)
        for connection in self.connections:
            self.driver.do(c.GrantRoom(connection, HUGE))
        self.root = self.driver.channel()
        self.queues: dict[str, ModelQueue] = {}
        self.subscriptions: dict[int, ModelSubscription] = {}
        self.held: dict[tuple[int, int], ModelDelivery] = {}
        self.times: dict[tuple[str, int], int] = {}
        self.credits: dict[int, int] = {}
        self.owners: dict[int, int] = {}
        self.transactions: dict[int, int] = {}
        """How many publishes each waits with."""
        self.active: int | None = None
        self.asked: c.Subscribe | None = None
        for name in QUEUES:
            self.declare(name)

    # ---- what an engine that pages has otherwise (`test_engine_paging`)

    def new_driver(self) -> Driver:
        return Driver()

    def is_calm(self) -> bool:
        """Whether everything that is ready could be handed over."""
        return True

    def take_one(self, command: c.TakeMessage) -> None:
        self.do(command)

    def do(self, command: object) -> object:
        try:
            return self.driver.do(command)
        finally:
            for event in self.driver.events:
                self.follow(event)

    def declare(self, name: str) -> None:
        if name not in self.queues:
            self.queues[name] = ModelQueue()
            self.do(
                c.DeclareQueue(
                    self.root,
                    name,
                    is_durable=True,
                    is_auto_delete=name == "fleeting",
                    arguments=ARGUMENTS[name],
                )
            )

    # ---- following

    def follow(self, event: e.Event) -> None:
        follower = FOLLOWERS.get(type(event))
        if follower is not None:
            follower(self, event)

    def enqueued(self, event: e.MessageEnqueued) -> None:
        queue = self.queues[event.queue.name]
        queue.fresh.append(event.message)
        queue.entered += 1

    def requeued(self, event: e.MessageRequeued) -> None:
        name = event.queue.name
        queue = self.queues[name]
        (queue.returned if name == "quorum" else queue.fresh).append(event.message)
        queue.entered += 1
        if name == "quorum":
            assert self.times[name, event.message.id] <= DELIVERY_LIMIT

    def delivered(self, event: e.MessageDelivered) -> None:
        name, message = event.queue.name, event.message
        queue = self.queues[name]
        fresh = sorted(queue.fresh, key=lambda m: (-m.traits.priority if name == "ranked" else 0, m.id))
        assert message == [*queue.returned, *fresh][0], "the first one goes first"
        queue.remove(message)
        before = self.times.get((name, message.id), 0)
        self.times[name, message.id] = before + 1
        assert event.is_redelivered == bool(before)
        assert (event.notes.returns if event.notes else 0) == (before if name == "quorum" else 0)
        subscription = None
        if event.subscription is not None:
            subscription = self.subscriptions[event.subscription.id]
            assert self.has_room(subscription)
            better = [each for each in self.of(name) if self.priority(each) > self.priority(subscription)]
            assert name == "single" or not any(self.has_room(each) for each in better)
            assert name != "single" or subscription.id == self.active
            if not event.is_auto_settled:
                subscription.open.add(event.delivery_tag)
        key = (event.channel.id, event.delivery_tag)
        assert key not in self.held
        self.held[key] = ModelDelivery(name, message, subscription, event.at_us)
        queue.entered += 1

    def settled(self, event: e.MessageSettled) -> None:
        delivery = self.held.pop((event.channel.id, event.delivery_tag))
        assert (delivery.queue, delivery.message) == (event.queue.name, event.message)
        if delivery.subscription is not None:
            delivery.subscription.open.discard(event.delivery_tag)
        self.queues[delivery.queue].ended += 1

    def dropped(self, event: e.MessageDropped) -> None:
        name = event.queue.name
        if event.reason is DropReason.DELIVERY_LIMIT:
            assert self.times[name, event.message.id] == DELIVERY_LIMIT + 1
        elif event.reason is DropReason.QUEUE_DELETED and event.message in self.queues[name].ready():
            self.queues[name].remove(event.message)

    def purged(self, event: e.MessagePurged) -> None:
        self.queues[event.queue.name].remove(event.message)

    def queue_deleted(self, event: e.QueueDeleted) -> None:
        name = event.queue.name
        queue = self.queues.pop(name)
        assert not queue.ready()
        assert not self.of(name)
        for key, delivery in list(self.held.items()):
            if delivery.queue == name:
                # Its credit comes back only when it is settled.
                self.held[key].queue = ""

    def opened(self, event: e.SubscriptionOpened) -> None:
        assert self.asked is not None
        new = ModelSubscription(event.subscription.id, self.asked.channel_id, event.queue.name, self.asked)
        self.subscriptions[new.id] = new

    def closed(self, event: e.SubscriptionClosed) -> None:
        del self.subscriptions[event.subscription.id]
        if self.active == event.subscription.id:
            self.active = None

    def activated(self, event: e.SubscriptionActivated) -> None:
        waiting = self.of("single")
        highest = max(self.priority(each) for each in waiting)
        assert event.subscription.id == next(x.id for x in waiting if self.priority(x) == highest)
        assert self.active is None
        self.active = event.subscription.id

    def channel_closed(self, event: e.ChannelClosed) -> None:
        channel = event.channel.id
        if channel not in self.credits:
            return
        del self.credits[channel], self.owners[channel]
        self.transactions.pop(channel, None)
        for key in [key for key in self.held if key[0] == channel]:
            assert not self.held.pop(key).queue, "what was held has come back"
        assert not [each for each in self.subscriptions.values() if each.channel == channel]

    # ---- what the model knows

    def of(self, queue: str) -> list[ModelSubscription]:
        return [each for each in self.subscriptions.values() if each.queue == queue]

    @staticmethod
    def priority(subscription: ModelSubscription) -> int:
        return subscription.command.priority

    def has_room(self, subscription: ModelSubscription) -> bool:
        if self.rooms[self.owners[subscription.channel]] <= 0:
            return False
        command = subscription.command
        if command.is_auto_settled:
            return True
        shared = self.credits[subscription.channel]
        together = sum(
            1 for (channel, _), d in self.held.items() if channel == subscription.channel and d.subscription
        )
        own = len(subscription.open)
        return (not command.credit or own < command.credit) and (not shared or together < shared)

    # ---- commands

    @initialize(credits=st.lists(st.integers(0, 4), min_size=3, max_size=3))
    def open_some(self, credits: list[int]) -> None:
        for which, credit in enumerate(credits):
            self.open_channel(credit, which, False)

    @precondition(lambda self: len(self.owners) < 5)
    @rule(credit=st.integers(0, 4), which=st.integers(0, 2), is_transaction=st.booleans())
    def open_channel(self, credit: int, which: int, is_transaction: bool) -> None:
        channel = self.driver.channel(self.connections[which])
        self.owners[channel], self.credits[channel] = self.connections[which], credit
        self.do(c.SetChannelCredit(channel, credit))
        if is_transaction:
            self.do(c.SelectTransaction(channel))
            self.transactions[channel] = 0

    def pick(self, number: int) -> int:
        """One of the open channels."""
        return sorted(self.owners)[number % len(self.owners)]

    @rule(
        names=st.lists(queues, min_size=2, max_size=4),
        priorities=st.lists(st.integers(0, 3), min_size=1, max_size=5),
    )
    def publish(self, names: list[str], priorities: list[int]) -> None:
        for name in names:
            for priority in priorities:
                asks = traits(priority=priority)
                self.do(c.PublishMessage(self.root, "", name, b"", b"x", traits=asks))

    @precondition(lambda self: self.transactions)
    @rule(number=channels, queue=queues)
    def publish_in_transaction(self, number: int, queue: str) -> None:
        channel = sorted(self.transactions)[number % len(self.transactions)]
        self.transactions[channel] += queue in self.queues
        self.do(c.PublishMessage(channel, "", queue, b"", b"x"))
        assert not self.driver.events

    @rule(number=channels, is_commit=st.booleans())
    def end_transaction(self, number: int, is_commit: bool) -> None:
        channel = self.pick(number)
        command = (c.CommitTransaction if is_commit else c.RollbackTransaction)(channel)
        if channel not in self.transactions:
            with pytest.raises(RefusedError) as refused:
                self.do(command)
            assert refused.value.why is Refusal.NO_TRANSACTION
            return
        pending = [key for key, d in self.held.items() if key[0] == channel and d.is_pending]
        for key in pending:
            self.held[key].is_pending = False
        self.transactions[channel] = 0
        self.do(command)
        for key in pending:
            if not is_commit:
                assert key in self.held or self.driver.engine.channels.get(channel) is None
            elif key in self.held:
                gone = self.held.pop(key)
                assert not gone.queue, "settled by the commit"
                if gone.subscription:
                    gone.subscription.open.discard(key[1])

    @rule(
        number=channels,
        queue=queues,
        tag=st.sampled_from("xyz"),
        credit=st.integers(0, 3),
        is_auto_settled=st.sampled_from([False, False, True]),
        priority=st.sampled_from([0, 0, 1, -1]),
        is_exclusive=st.sampled_from([False, False, False, True]),
    )
    def subscribe(self, number: int, queue: str, tag: str, **options: Any) -> None:
        if queue not in self.queues:
            return
        channel = self.pick(number)
        command = c.Subscribe(channel, queue, tag, **options)
        self.asked = command
        others = self.of(queue)
        mine = [each for each in self.subscriptions.values() if each.channel == channel]
        expected = None
        if tag in [each.command.tag for each in mine]:
            expected = Refusal.DUPLICATE_SUBSCRIPTION
        elif any(each.command.is_exclusive for each in others) or (
            command.is_exclusive and (others or queue == "single")
        ):
            expected = Refusal.EXCLUSIVE_SUBSCRIPTION
        elif queue == "quorum" and self.credits[channel]:
            expected = Refusal.NOT_SUPPORTED
        if expected is None:
            self.do(command)
            return
        with pytest.raises(RefusedError) as refused:
            self.do(command)
        assert refused.value.why is expected

    @rule(number=channels, tag=st.sampled_from("xyz"))
    def cancel(self, number: int, tag: str) -> None:
        self.do(c.CancelSubscription(self.pick(number), tag))

    @precondition(lambda self: self.held)
    @rule(number=channels, data=st.data(), outcome=st.sampled_from(Outcome), is_multiple=st.booleans())
    def settle(self, number: int, data: st.DataObject, outcome: Outcome, is_multiple: bool) -> None:
        holders = sorted({channel for (channel, _), d in self.held.items() if not d.is_pending})
        if not holders:
            return
        channel = holders[number % len(holders)]
        mine = sorted(tag for (owner, tag), d in self.held.items() if owner == channel and not d.is_pending)
        tag = data.draw(st.sampled_from(mine))
        chosen = [each for each in mine if each == tag or (is_multiple and each < tag)]
        is_held = channel in self.transactions
        for each in chosen:
            delivery = self.held[channel, each]
            if is_held:
                delivery.is_pending = True
            elif not delivery.queue:
                self.give_back(channel, each)
        self.do(c.SettleDelivery(channel, tag, is_multiple, outcome))
        if is_held:
            assert not self.driver.events
        else:
            assert not [each for each in chosen if (channel, each) in self.held]

    @precondition(lambda self: self.held)
    @rule(
        number=channels, data=st.data(), outcomes=st.lists(st.sampled_from(Outcome), min_size=2, max_size=6)
    )
    def settle_several(self, number: int, data: st.DataObject, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            self.settle(number, data, outcome, False)

    def give_back(self, channel: int, tag: int) -> None:
        """A delivery of a queue that is gone ends without an event."""
        gone = self.held.pop((channel, tag))
        if gone.subscription:
            gone.subscription.open.discard(tag)

    @rule(number=channels, queue=queues, is_auto=st.booleans())
    def take(self, number: int, queue: str, is_auto: bool) -> None:
        if queue in self.queues:
            self.take_one(c.TakeMessage(self.pick(number), queue, is_auto))

    @rule(number=channels, is_meant=seldom)
    def recover(self, number: int, is_meant: bool) -> None:
        channel = self.pick(number)
        if is_meant:
            for key, delivery in list(self.held.items()):
                if key[0] == channel and not delivery.queue and not delivery.is_pending:
                    self.give_back(*key)
            self.do(c.RecoverDeliveries(channel))

    @rule(which=st.integers(0, 2), room=st.sampled_from([0, HUGE, HUGE]))
    def grant(self, which: int, room: int) -> None:
        self.rooms[self.connections[which]] = room
        self.do(c.GrantRoom(self.connections[which], room))

    @rule(queue=queues, is_meant=seldom)
    def purge(self, queue: str, is_meant: bool) -> None:
        if is_meant and queue in self.queues:
            self.do(c.PurgeQueue(self.root, queue))

    @rule(queue=queues, is_deleted=seldom)
    def delete_or_declare(self, queue: str, is_deleted: bool) -> None:
        if is_deleted:
            self.do(c.DeleteQueue(self.root, queue))
        self.declare(queue)

    @rule(number=channels, is_meant=seldom)
    def close_channel(self, number: int, is_meant: bool) -> None:
        if is_meant:
            self.do(c.CloseChannel(self.pick(number)))
        if not self.owners:
            self.open_channel(2, 0, False)

    @rule(which=st.integers(0, 2), is_meant=seldom)
    def close_connection(self, which: int, is_meant: bool) -> None:
        if not is_meant:
            return
        old = self.connections[which]
        self.do(c.CloseConnection(old))
        assert old not in self.owners.values()
        self.connections[which] = self.driver.connect()
        self.rooms[self.connections[which]] = HUGE
        self.do(c.GrantRoom(self.connections[which], HUGE))
        self.open_channel(0, which, False)

    @rule(ms=st.sampled_from([1, 20, 60]))
    def wait(self, ms: int) -> None:
        self.driver.now_us += ms * 1000
        self.do(c.GrantRoom(-1, 0))  # nobody: only time passes
        if not self.owners:
            self.open_channel(0, 1, False)

    # ---- what always holds

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        live = self.driver.engine.vhosts["/"].queues
        assert set(live) == set(self.queues)
        for name, model in self.queues.items():
            queue = live[name]
            held = [each for each in self.held.values() if each.queue == name]
            assert sorted(self.driver.ready(name)) == sorted(m.id for m in model.ready())
            assert queue.ready_count == len(model.ready())
            assert queue.in_flight == len(held)
            waiting = len(model.ready()) + len(held)
            assert queue.published - queue.settled - queue.dropped == waiting
            assert queue.bytes_held == (len(queue.ready) + len(held)) * (1 + MESSAGE_OVERHEAD_BYTES)
            assert [each.ref.id for each in queue.subscriptions] == [each.id for each in self.of(name)]
            assert not set(queue.redelivered) - {m.id for m in queue.ready}

    @invariant()
    def nobody_waits_who_could_be_served(self) -> None:
        for name, model in self.queues.items():
            able = [each for each in self.of(name) if self.has_room(each)]
            if name == "single":
                assert (self.active is None) == (not self.of(name))
                able = [each for each in able if each.id == self.active]
            assert not (model.ready() and able and self.is_calm()), name

    @invariant()
    def counts_of_open_deliveries_are_right(self) -> None:
        for subscription in self.subscriptions.values():
            live = self.driver.engine.channels[subscription.channel].subscriptions[subscription.command.tag]
            assert live.open_deliveries == len(subscription.open)
        for channel in self.owners:
            consumed = [d for (c_, _), d in self.held.items() if c_ == channel and d.subscription]
            assert self.driver.engine.channels[channel].open_deliveries == len(consumed)

    @invariant()
    def leases_are_kept(self) -> None:
        for delivery in self.held.values():
            if delivery.queue == "leased" and not delivery.is_pending:
                assert delivery.at_us + LEASE_MS * 1000 > self.driver.now_us
        at_us = self.driver.engine.next_deadline()
        assert at_us is None or at_us > self.driver.now_us


FOLLOWERS = {
    e.MessageEnqueued: SubscriptionMachine.enqueued,
    e.MessageRequeued: SubscriptionMachine.requeued,
    e.MessageDelivered: SubscriptionMachine.delivered,
    e.MessageSettled: SubscriptionMachine.settled,
    e.MessageDropped: SubscriptionMachine.dropped,
    e.MessagePurged: SubscriptionMachine.purged,
    e.QueueDeleted: SubscriptionMachine.queue_deleted,
    e.SubscriptionOpened: SubscriptionMachine.opened,
    e.SubscriptionClosed: SubscriptionMachine.closed,
    e.SubscriptionActivated: SubscriptionMachine.activated,
    e.ChannelClosed: SubscriptionMachine.channel_closed,
}

SubscriptionMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
TestEngineSubscriptions = SubscriptionMachine.TestCase
