"""Leaving: subscriptions that end, queues that go, with their last subscription, unused, or by a command."""

from typing import TYPE_CHECKING

from mqstudio.engine import binding, browse, counting, lending, sending, waking
from mqstudio.engine.queue import Queue
from mqstudio.engine.subscription import Subscription
from mqstudio.model.delivery import DropReason
from mqstudio.model.events import (
    EventBatch,
    MessageDropped,
    QueueDeleted,
    SubscriptionActivated,
    SubscriptionClosed,
)
from mqstudio.model.rules import QueueKind
from mqstudio.model.samples import Counters

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def end_subscription(
    engine: "Engine", subscription: Subscription, now_us: int, events: EventBatch, *, by_broker: bool = False
) -> None:
    """Take a subscription out; an auto-delete queue goes with its last one."""
    queue, channel = subscription.queue, subscription.channel
    subscription.is_ended = True
    channel.subscriptions.pop(subscription.ref.tag, None)
    queue.subscriptions.remove(subscription)
    queue.paused_subscriptions -= subscription.is_paused
    if subscription.is_eager:
        queue.eager.remove(subscription)
        subscription.is_eager = False
    closed = SubscriptionClosed(now_us, queue.ref, subscription.ref, by_broker)
    events.note(closed)
    if by_broker:
        engine.post(channel.connection, closed)
        return
    if queue.active is subscription:
        activate(engine, queue, now_us, events)
    if not queue.subscriptions:
        use(engine, queue, now_us)
        if queue.spec.is_auto_delete:
            remove_queue(engine, queue, "its last consumer left", now_us, events)


def activate(engine: "Engine", queue: Queue, now_us: int, events: EventBatch) -> None:
    """Choose who gets the messages of a single-active queue: of the highest priority, who waits longest."""
    active = max(queue.subscriptions, key=lambda each: each.priority, default=None)
    queue.active = active
    if active is not None:
        events.note(SubscriptionActivated(now_us, queue.ref, active.ref))
        waking.wake(engine, active)


def remove_queue(engine: "Engine", queue: Queue, reason: str, now_us: int, events: EventBatch) -> None:
    """Take a queue out of the broker with its bindings, subscriptions and messages."""
    vhost = engine.vhosts[queue.ref.vhost]
    counting.tell_hops(engine)
    queue.is_deleted = True
    engine.deadlines.cancel(queue.due)
    engine.deadlines.cancel(queue.unused)
    for subscription in list(queue.subscriptions):
        end_subscription(engine, subscription, now_us, events, by_broker=True)
    lending.end_queue(engine, queue)
    sending.drop_held_back(engine, queue, now_us, events)
    for each in list(queue.incoming.values()):
        binding.remove(engine, each, now_us, events)
    vhost.exchanges[""].routes.pop(queue.ref.name, None)
    lost = [*queue.ready, *(d.event.message for d in browse.open_deliveries(engine, queue))]
    for message in lost:
        events.append(MessageDropped(now_us, message, queue.ref, DropReason.QUEUE_DELETED))
    queue.dropped += len(lost) + queue.on_disk
    events.held_bytes += queue.bytes_held
    queue.ready.clear()
    queue.loans.clear()  # each knows the queue, and the collector does not look at them
    if queue.owner is not None:
        queue.owner.owned_queues.pop(queue.ref.id, None)
    del vhost.queues[queue.ref.name]
    _retire(engine, queue)
    beyond = queue.beyond.horizon if queue.beyond is not None else None
    events.note(QueueDeleted(now_us, queue.ref, reason, beyond, queue.on_disk))
    queue.on_disk = queue.on_disk_bytes = 0


def _retire(engine: "Engine", queue: Queue) -> None:
    counters, kind = queue.counters(), queue.rules.kind
    engine.retired = engine.retired.plus(counters)
    if kind is not QueueKind.CLASSIC:
        engine.retired_of[kind] = engine.retired_of.get(kind, Counters()).plus(counters)


def use(engine: "Engine", queue: Queue, now_us: int) -> None:
    """Note that somebody uses the queue; an unused one may have to go."""
    queue.used_at_us = now_us
    if queue.rules.expires_us is not None:
        _watch_use(engine, queue, queue.rules.expires_us)


def _watch_use(engine: "Engine", queue: Queue, expires_us: int) -> None:
    """Set the deadline of a queue's end, unless an earlier one is set: that will look again."""
    at_us = queue.used_at_us + expires_us
    if queue.unused is None or at_us < queue.unused.at_us:
        engine.deadlines.cancel(queue.unused)
        queue.unused = engine.deadlines.add(at_us, _on_unused, queue)


def _on_unused(engine: "Engine", queue: Queue, now_us: int, events: EventBatch) -> None:
    """Remove the queue if it was not used since, else look again when that may be so."""
    queue.unused = None
    expires_us = queue.rules.expires_us
    if queue.subscriptions or expires_us is None:
        return
    if queue.used_at_us + expires_us <= now_us:
        remove_queue(engine, queue, "nobody used it for as long as it may go unused", now_us, events)
    else:
        _watch_use(engine, queue, expires_us)
