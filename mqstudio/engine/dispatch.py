"""Handing messages over: from a queue's head to the subscriptions that have room, in turn.

This is the hottest loop of the engine; it works on local names and inlines what elsewhere would
be a call (`Queue.take_first`, `Engine.post`).
"""

from collections import deque
from typing import TYPE_CHECKING

from mqstudio.engine import expiring, leasing, lending, log, paging
from mqstudio.engine.channel import Channel, Delivery
from mqstudio.engine.queue import Queue
from mqstudio.engine.subscription import Subscription
from mqstudio.model.delivery import Outcome
from mqstudio.model.events import DeliveryNotes, EventBatch, MessageDelivered, MessageSettled
from mqstudio.model.rules import QueueKind

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def dispatch(engine: "Engine", queue: Queue, now_us: int, events: EventBatch) -> None:
    """Hand over ready messages, round robin, until none is ready or nobody has room."""
    if queue.is_paused or engine.is_paused:
        queue.is_touched = False
        return
    if queue.is_log:
        log.dispatch(engine, queue, now_us, events)
        return
    queue.is_touched = False
    eager = queue.eager
    if queue.is_timed:
        expiring.drop_expired(engine, queue, now_us, events, is_before_delivery=True)
    while eager and queue.ready:
        subscription = eager[0] if not queue.is_ranked else _raise_highest(eager)
        if not subscription.has_room():
            eager.popleft()
            subscription.is_eager = False
            continue
        if isinstance(subscription, lending.Wait):
            lending.serve(engine, subscription, now_us, events)
            continue
        most = len(queue.ready) if len(eager) == 1 and not queue.rules.is_keyed else 1
        _hand_over(engine, subscription, most, now_us, events)
        if len(eager) > 1:
            eager.rotate(-1)
        if queue.is_timed:
            expiring.drop_expired(engine, queue, now_us, events, is_before_delivery=True)
    if queue.is_timed:
        expiring.watch_head(engine, queue)
    if queue.beyond is not None:
        paging.look(engine, queue)


def _raise_highest(eager: deque[Subscription]) -> Subscription:
    """Of those with the highest priority, put the one next in turn to the front."""
    highest = max(eager, key=lambda each: each.priority)
    if highest is not eager[0]:
        eager.remove(highest)
        eager.appendleft(highest)
    return highest


def notes_for(queue: Queue, before: int) -> DeliveryNotes | None:
    """What a queue of this kind tells with a delivery."""
    return DeliveryNotes(before) if before and queue.rules.kind is QueueKind.QUORUM else None


def _hand_over(  # noqa: PLR0915  # hot: calls would cost more than they clear up
    engine: "Engine", subscription: Subscription, most: int, now_us: int, events: EventBatch
) -> None:
    """Give one subscription up to `most` messages, while it has room."""
    queue, channel = subscription.queue, subscription.channel
    connection = channel.connection
    if not connection.mail:
        engine.mailing.append(connection)
    ready = queue.ready
    post, record, take = connection.mail.append, events.append, ready.popleft
    redelivered, flagged_up_to = queue.redelivered, queue.flagged_up_to
    is_auto_settled, is_plain, accepted = subscription.is_auto_settled, queue.is_plain, Outcome.ACCEPTED
    is_marked = bool(redelivered) or flagged_up_to > 0
    expiry_us = queue.expiry_us if queue.is_timed else None
    queue_ref, channel_ref, subscription_ref = queue.ref, channel.ref, subscription.ref
    tag = first_tag = channel.next_tag
    room, size = connection.room_bytes, 0
    last_tag = first_tag + (most if is_auto_settled else min(most, _credit(subscription)))
    while tag < last_tag and room > 0:
        if expiry_us is not None and ((at_us := expiry_us(ready.first())) is not None and at_us < now_us):
            break  # no more of them before this one is dropped
        message = take()
        before, is_again = 0, False
        if is_marked:
            before = redelivered.pop(message.id, 0)
            if before or message.id <= flagged_up_to:
                is_again = connection.has_redelivery = True
                queue.redeliveries += 1
                connection.redelivered += 1
                subscription.redelivered += 1
        event = MessageDelivered(
            now_us,
            message,
            queue_ref,
            channel_ref,
            subscription_ref,
            tag,
            is_again,
            is_auto_settled,
            notes_for(queue, before) if before else None,
        )
        record(event)
        post(event)
        if not is_plain:
            queue.ready_bytes -= len(message.body)
        held_bytes = message.held_bytes
        room -= held_bytes
        if is_auto_settled:
            record(MessageSettled(now_us, message, queue_ref, channel_ref, tag, accepted))
            size += held_bytes
        else:
            channel.deliveries[tag] = Delivery(queue, subscription, event, before + 1)
        tag += 1
    count = tag - first_tag
    connection.room_bytes = room
    connection.delivered += count
    subscription.delivered += count
    channel.next_tag = tag
    queue.delivered += count
    if is_auto_settled:
        queue.settled += count
        queue.auto_settled += count
        queue.bytes_held -= size
        events.held_bytes += size
    else:
        queue.in_flight += count
        subscription.open_deliveries += count
        channel.open_deliveries += count
        if queue.rules.is_keyed or queue.rules.lease_us is not None:
            _tie(engine, queue, channel, range(first_tag, tag), now_us)


def _tie(engine: "Engine", queue: Queue, channel: Channel, tags: range, now_us: int) -> None:
    """What was handed over keeps others of its key back, and may be kept for so long."""
    for tag in tags if queue.rules.is_keyed else ():
        queue.hold_key(channel.deliveries[tag].event.message)
    leasing.watch(engine, channel, queue, now_us)


def _credit(subscription: Subscription) -> int:
    """How many more open deliveries its own and its channel's credit allow."""
    channel = subscription.channel
    own = subscription.credit - subscription.open_deliveries if subscription.credit else None
    shared = channel.credit - channel.open_deliveries if channel.credit else None
    limits = [limit for limit in (own, shared) if limit is not None]
    return min(limits) if limits else len(subscription.queue.ready)
