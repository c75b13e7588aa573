"""Settling: how deliveries end, and what becomes of their messages."""

from typing import TYPE_CHECKING

from mqstudio.engine import dying, enqueueing, expiring, log, paging, waking
from mqstudio.engine.channel import Channel, Delivery
from mqstudio.model.commands import RecoverDeliveries, SettleDelivery
from mqstudio.model.delivery import DropReason, Outcome, ReleaseCause
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import EventBatch, MessageRequeued, MessageSettled
from mqstudio.model.rules import Overflow, QueueKind

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def settle(engine: "Engine", command: SettleDelivery, now_us: int, events: EventBatch) -> None:
    """End one open delivery, or all up to a tag. Raises: RefusedError: NO_SUCH_DELIVERY, NOT_SUPPORTED."""
    channel = engine.channels.get(command.channel_id) or engine.channel(command.channel_id)
    tag = command.delivery_tag
    if command.is_multiple:
        if command.outcome is not Outcome.ACCEPTED:
            _check_logs(channel, tag)
        deliveries = _up_to(channel, tag)
    else:
        delivery = channel.deliveries.pop(tag, None)
        if delivery is None:
            if tag in channel.forced:
                del channel.forced[tag]
                return
            raise _unknown(tag)
        if delivery.queue.is_log and command.outcome is not Outcome.ACCEPTED:
            channel.deliveries[tag] = delivery
            raise _cannot_give_back(delivery)
        if channel.transaction is None:
            end(engine, channel, tag, delivery, command.outcome, now_us, events)
            return
        deliveries = [(tag, delivery)]
    if channel.transaction is not None:
        channel.transaction.settle(deliveries, command.outcome)
        return
    for tag, delivery in deliveries:
        end(engine, channel, tag, delivery, command.outcome, now_us, events)


def recover(engine: "Engine", command: RecoverDeliveries, now_us: int, events: EventBatch) -> None:
    """Release everything a channel holds."""
    release_all(engine, engine.channel(command.channel_id), now_us, events, ReleaseCause.RECOVERED)


def release_all(
    engine: "Engine", channel: Channel, now_us: int, events: EventBatch, cause: ReleaseCause
) -> None:
    """Release all open deliveries, newest first: then each goes back to a queue's head at no cost.

    Those of quorum queues oldest first, since there each goes behind the one returned before.
    """
    deliveries = sorted(channel.deliveries.items(), key=return_order)
    channel.deliveries.clear()
    channel.lowest_tag = channel.next_tag
    for tag, delivery in deliveries:
        end(engine, channel, tag, delivery, Outcome.RELEASED, now_us, events, cause=cause)


def return_order(item: tuple[int, Delivery]) -> int:
    """In which order deliveries are released at the least cost, and to the places they had."""
    delivery = item[1]
    message_id = delivery.event.message.id
    return message_id if delivery.queue.rules.kind is QueueKind.QUORUM else -message_id


def end(  # noqa: PLR0917  # hot: called once per acknowledged message
    engine: "Engine",
    channel: Channel,
    tag: int,
    delivery: Delivery,
    outcome: Outcome,
    now_us: int,
    events: EventBatch,
    forced_by: int | None = None,
    cause: ReleaseCause = ReleaseCause.GIVEN_BACK,
) -> None:
    """Settle one delivery that is no longer in its channel's list. forced_by: who does, if not its holder.

    If its queue is gone, so is the message (dropped with the queue): only credit comes back.
    """
    queue, subscription, message = delivery.queue, delivery.subscription, delivery.event.message
    if subscription is not None:
        subscription.open_deliveries -= 1
        channel.open_deliveries -= 1
        if not subscription.is_eager:
            waking.wake(engine, subscription)
        if channel.credit:
            waking.wake_channel(engine, channel)
    if queue.is_deleted:
        _count_given_back(channel, delivery)
        return
    if queue.is_log:
        if outcome is Outcome.ACCEPTED:
            events.answered.append(delivery.event)
        else:
            _count_given_back(channel, delivery)
        log.settle(queue, channel, message, tag, outcome, now_us, events)
        return
    queue.in_flight -= 1
    if queue.rules.is_keyed:
        queue.free_key(message)
        engine.touch(queue)
    events.append(
        MessageSettled(now_us, message, queue.ref, channel.ref, tag, outcome, False, forced_by, cause)
    )
    if outcome is Outcome.ACCEPTED:
        if forced_by is None:
            events.answered.append(delivery.event)
        queue.settled += 1
        queue.bytes_held -= message.held_bytes
        events.held_bytes += message.held_bytes
        return
    _count_given_back(channel, delivery)
    if outcome is Outcome.REJECTED:
        dying.die(engine, queue, message, DropReason.REJECTED, now_us, events)
    elif queue.rules.delivery_limit is not None and delivery.count > queue.rules.delivery_limit:
        dying.die(engine, queue, message, DropReason.DELIVERY_LIMIT, now_us, events)
    else:
        return_message(engine, delivery, now_us, events)


def _count_given_back(channel: Channel, delivery: Delivery) -> None:
    channel.connection.given_back += 1
    if delivery.subscription is not None:
        delivery.subscription.given_back += 1


def return_message(engine: "Engine", delivery: Delivery, now_us: int, events: EventBatch) -> None:
    """Put a message back; one that has expired meanwhile, or is now too much, goes when its turn comes."""
    queue, message = delivery.queue, delivery.event.message
    queue.returned += 1
    is_paged = queue.beyond is not None and paging.goes_beyond(
        queue, message, delivery.count, comes_back=True
    )
    if is_paged:
        queue.bytes_held -= message.held_bytes
        events.held_bytes += message.held_bytes
    else:
        queue.redelivered[message.id] = delivery.count
        queue.put_back(message)
    events.append(MessageRequeued(now_us, message, queue.ref, delivery.count, is_paged))
    if not queue.is_plain:
        if queue.rules.overflow is Overflow.DROP_HEAD:
            enqueueing.enforce_limits(engine, queue, now_us, events)
        expiring.watch_head(engine, queue)
    engine.touch(queue)


def _up_to(channel: Channel, tag: int) -> list[tuple[int, Delivery]]:
    """Take the open deliveries up to a tag (0: all) off the channel's list."""
    if tag and tag not in channel.deliveries and tag not in channel.forced:
        raise _unknown(tag)
    last = tag or channel.next_tag - 1
    if channel.forced:
        channel.forced = {each: None for each in channel.forced if each > last}
    taken = []
    for each in range(channel.lowest_tag, last + 1):
        delivery = channel.deliveries.pop(each, None)
        if delivery is not None:
            taken.append((each, delivery))
    channel.lowest_tag = last + 1
    return taken


def _check_logs(channel: Channel, tag: int) -> None:
    """Refuse to give back what was read from a log, up to a tag. Raises: RefusedError(NOT_SUPPORTED)."""
    for each, delivery in channel.deliveries.items():
        if delivery.queue.is_log and (each <= tag or not tag):
            raise _cannot_give_back(delivery)


def _cannot_give_back(delivery: Delivery) -> RefusedError:
    return log.not_supported(delivery.queue, "give_back", "Accept what you have read")


def _unknown(tag: int) -> RefusedError:
    return RefusedError(
        Refusal.NO_SUCH_DELIVERY,
        f"Delivery {tag} is not open on this channel: it was settled before, or never made here.",
        delivery_tag=tag,
    )
