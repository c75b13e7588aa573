"""Subscribing, cancelling, credit, and taking single messages."""

from typing import TYPE_CHECKING

from mqstudio.engine import dispatch, expiring, leasing, log, paging, removing, waking
from mqstudio.engine.channel import Channel, Delivery
from mqstudio.engine.queue import Queue
from mqstudio.engine.subscription import Subscription
from mqstudio.model.commands import CancelSubscription, SetChannelCredit, Subscribe, TakeMessage
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import (
    EventBatch,
    MessageDelivered,
    MessageSettled,
    SubscriptionOpened,
)
from mqstudio.model.refs import SubscriptionRef
from mqstudio.model.replies import SubscribeReply, TakeReply
from mqstudio.model.rules import QueueKind

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def subscribe(engine: "Engine", command: Subscribe, now_us: int, events: EventBatch) -> SubscribeReply:
    """Start a subscription.

    Raises: RefusedError: NO_SUCH_QUEUE, LOCKED_BY_OTHER_CONNECTION, DUPLICATE_SUBSCRIPTION,
            EXCLUSIVE_SUBSCRIPTION; of a log also NOT_SUPPORTED, INVALID_ARGUMENT.
    """
    channel = engine.channel(command.channel_id)
    queue = engine.queue(channel, command.queue)
    _check_free(channel, queue, command)
    if queue.is_log:
        log.check_subscription(queue, command)
    else:
        _check_reader(queue, channel, command)
    ref = SubscriptionRef(
        engine.next_subscription_id, channel.connection.info.id, channel.ref.number, command.tag
    )
    engine.next_subscription_id += 1
    subscription = Subscription(
        ref,
        queue,
        channel,
        credit=command.credit,
        priority=command.priority,
        is_exclusive=command.is_exclusive,
        is_auto_settled=command.is_auto_settled,
        arguments=command.arguments,
    )
    if queue.is_log:
        log.begin(subscription, command.start)
    channel.subscriptions[command.tag] = subscription
    queue.subscriptions.append(subscription)
    queue.used_at_us = now_us
    queue.is_ranked = queue.is_ranked or command.priority != queue.subscriptions[0].priority
    events.note(SubscriptionOpened(now_us, queue.ref, ref, command.credit, command.is_auto_settled))
    if queue.rules.is_single_active and queue.active is None:
        removing.activate(engine, queue, now_us, events)
    waking.wake(engine, subscription)
    if queue.beyond is not None:
        paging.look(engine, queue)
    return SubscribeReply(command.tag)


def _check_reader(queue: Queue, channel: Channel, command: Subscribe) -> None:
    facts = {"kind": "queue", "name": queue.ref.name, "vhost": queue.ref.vhost}
    if command.start is not None:
        raise RefusedError(
            Refusal.INVALID_ARGUMENT,
            f"Queue '{queue.ref.name}' is no log: there is no place in it to begin at. Do not ask for one.",
            **facts,
            unsuited=queue.rules.kind.value,
        )
    if queue.rules.kind is QueueKind.QUORUM and channel.credit:
        raise RefusedError(
            Refusal.NOT_SUPPORTED,
            f"Queue '{queue.ref.name}' is a quorum queue: its consumers share no credit. Give each its own.",
            **facts,
            attempted="share_credit",
        )


def _check_free(channel: Channel, queue: Queue, command: Subscribe) -> None:
    if command.tag in channel.subscriptions:
        raise RefusedError(
            Refusal.DUPLICATE_SUBSCRIPTION,
            f"This channel has a subscription '{command.tag}' already. Choose another tag.",
            tag=command.tag,
        )
    is_shared = queue.rules.is_single_active or bool(queue.subscriptions)
    if queue.has_exclusive_subscription() or (command.is_exclusive and is_shared):
        raise RefusedError(
            Refusal.EXCLUSIVE_SUBSCRIPTION,
            f"Queue '{queue.ref.name}' is shared by its subscriptions, and one of them wants it alone.",
            kind="queue",
            name=queue.ref.name,
            vhost=queue.ref.vhost,
        )


def cancel_subscription(
    engine: "Engine", command: CancelSubscription, now_us: int, events: EventBatch
) -> None:
    """End a subscription; what it holds stays open."""
    subscription = engine.channel(command.channel_id).subscriptions.get(command.tag)
    if subscription is not None:
        removing.end_subscription(engine, subscription, now_us, events)


def set_channel_credit(engine: "Engine", command: SetChannelCredit, now_us: int, events: EventBatch) -> None:
    """Limit what a channel's subscriptions may hold together."""
    channel = engine.channel(command.channel_id)
    channel.credit = command.credit
    waking.wake_channel(engine, channel)


def take_message(engine: "Engine", command: TakeMessage, now_us: int, events: EventBatch) -> TakeReply:
    """Hand over the first ready message, whatever the credit.

    Raises: RefusedError: NO_SUCH_QUEUE, LOCKED_BY_OTHER_CONNECTION, NOT_SUPPORTED.
    """
    channel = engine.channel(command.channel_id)
    queue = engine.queue(channel, command.queue)
    if queue.is_log:
        raise log.not_supported(queue, "take", "Subscribe to read it")
    if queue.rules.kind is QueueKind.QUORUM and queue.rules.is_single_active:
        raise RefusedError(
            Refusal.NOT_SUPPORTED,
            f"Queue '{command.queue}' is for one consumer at a time. Subscribe to it.",
            kind="queue",
            name=command.queue,
            vhost=queue.ref.vhost,
            attempted="take_beside_active",
        )
    removing.use(engine, queue, now_us)
    if queue.is_paused or engine.is_paused:
        queue.empty_takes += 1
        return TakeReply(None, queue.ready_count)
    if queue.beyond is not None:
        queue.beyond.is_wanted = True
        paging.look(engine, queue)
    if queue.is_timed:
        expiring.drop_expired(engine, queue, now_us, events)
    if not queue.ready:
        queue.empty_takes += not queue.on_disk
        return TakeReply(None, queue.on_disk, is_on_its_way=queue.on_disk > 0)
    message, before = queue.take_first()
    is_again = before > 0 or message.id <= queue.flagged_up_to
    channel.connection.has_redelivery |= is_again
    channel.connection.redelivered += is_again
    tag = channel.next_tag
    channel.next_tag += 1
    notes = dispatch.notes_for(queue, before)
    event = MessageDelivered(
        now_us, message, queue.ref, channel.ref, None, tag, is_again, command.is_auto_settled, notes
    )
    events.append(event)
    queue.delivered += 1
    queue.taken += 1
    queue.redeliveries += is_again
    channel.connection.delivered += 1
    if command.is_auto_settled:
        events.append(MessageSettled(now_us, message, queue.ref, channel.ref, tag, Outcome.ACCEPTED))
        queue.settled += 1
        queue.auto_settled += 1
        queue.auto_taken += 1
        queue.bytes_held -= message.held_bytes
        events.held_bytes += message.held_bytes
    else:
        channel.deliveries[tag] = Delivery(queue, None, event, before + 1)
        queue.hold_key(message)
        queue.in_flight += 1
        leasing.watch(engine, channel, queue, now_us)
    if queue.is_timed:  # what has expired behind the message does not count any more
        expiring.drop_expired(engine, queue, now_us, events)
        expiring.watch_head(engine, queue)
    if queue.beyond is not None:
        paging.look(engine, queue)
    return TakeReply(message, queue.ready_count, tag, is_again, notes)
