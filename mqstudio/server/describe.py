"""Events, messages and what exists in few words: table rows, life steps, tail lines."""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from mqstudio.engine.channel import Channel, Delivery
from mqstudio.engine.queue import Queue
from mqstudio.engine.subscription import Subscription
from mqstudio.model import events as e
from mqstudio.model.delivery import Outcome
from mqstudio.model.limits import PREVIEW_BYTES
from mqstudio.model.message import Message
from mqstudio.model.rows import (
    ChannelRow,
    LifeStep,
    MessageRow,
    MessageState,
    QueueRow,
    SubscriptionRow,
    TailItem,
)
from mqstudio.store.base import Life, Waiting

Namer = Callable[[int], str]
"""Connection id → what the connection is called."""


def _moved(event: e.MessageMoved) -> str:
    what = {"redrive": "redriven", "back": "moved back"}.get(event.how, "moved")
    return f"{what} to {', '.join(event.to)}"


DETAILS: dict[type, Callable[[Any], str]] = {
    e.MessagePublished: lambda _: "",
    e.MessageRouted: lambda event: "to " + ", ".join(queue.name for queue in event.queues),
    e.MessageUnroutable: lambda event: (
        "returned to its publisher" if event.was_returned else "no binding matched"
    ),
    e.MessageEnqueued: lambda _: "",
    e.MessageDelivered: lambda event: "again" if event.is_redelivered else "",
    e.MessageSettled: lambda event: str(event.outcome),
    e.MessageRequeued: lambda _: "back to its place",
    e.MessageDropped: lambda event: str(event.reason),
    e.MessageDeadLettered: lambda event: (
        f"{event.reason}; goes on as message {event.successor_id} by exchange '{event.exchange}'"
    ),
    e.MessageRefused: lambda _: "the queue is full",
    e.MessageDelayed: lambda event: f"for {(event.until_us - event.at_us) // 1000:,} ms",
    e.MessagePurged: lambda _: "to the bin",
    e.MessageRestored: lambda event: "from the bin" if event.bin_id else "the move was undone",
    e.MessageMoved: lambda event: f"{_moved(event)}; goes on as message {event.successor_id}",
}
"""Any: each takes its own event."""

ENDINGS: dict[type, tuple[MessageState, Callable[[Any], str]]] = {
    e.MessageSettled: (MessageState.DONE, lambda event: str(event.outcome)),
    e.MessageDropped: (MessageState.DROPPED, lambda event: str(event.reason)),
    e.MessageDeadLettered: (MessageState.DEAD_LETTERED, lambda event: str(event.reason)),
    e.MessagePurged: (MessageState.PURGED, lambda _: "purged"),
    e.MessageMoved: (MessageState.PURGED, _moved),
}


def preview(body: bytes) -> str:
    """The beginning of a body as one line of text; what cannot be shown becomes `·`."""
    text = body[:PREVIEW_BYTES].decode("utf-8", "replace")
    return "".join(c if c.isprintable() else " " if c.isspace() else "·" for c in text)


def what(event: e.MessageEvent) -> str:
    """An event's name: published, delivered …"""
    return str(type(event).__struct_config__.tag)


def holder(event: e.MessageDelivered, name_of: Namer) -> str:
    """Who got a delivery: connection name and consumer tag."""
    name = name_of(event.channel.connection_id) or f"connection {event.channel.connection_id}"
    return f"{name} · {event.subscription.tag}" if event.subscription else name


def tail_item(event: e.MessageEvent) -> TailItem:
    """An event as watchers get it."""
    message = event.message
    queue = getattr(event, "queue", None)
    return TailItem(
        event.at_us,
        what(event),
        message.id,
        queue.name if queue else "",
        message.exchange,
        message.routing_key,
        len(message.body),
        preview(message.body),
        DETAILS[type(event)](event),
    )


def life_step(event: e.MessageEvent, name_of: Namer) -> LifeStep:
    """An event as the inspector lists it."""
    queue = getattr(event, "queue", None)
    detail = DETAILS[type(event)](event)
    if isinstance(event, e.MessageDelivered):
        detail = f"to {holder(event, name_of)}" + (f" ({detail})" if detail else "")
    elif isinstance(event, e.MessagePublished):
        by = name_of(event.message.publisher_id)
        detail = f"by {by}" if by else ""
    elif isinstance(event, e.MessageSettled) and event.forced_by is not None:
        detail = f"{detail} by hand ({name_of(event.forced_by) or f'connection {event.forced_by}'})"
    message = event.message
    is_published = isinstance(event, e.MessagePublished)
    step = LifeStep(
        event.at_us,
        what(event),
        queue.name if queue else "",
        detail,
        message.id,
        getattr(event, "successor_id", 0),
        message.exchange if is_published else getattr(event, "exchange", ""),
        message.routing_key if is_published else "",
        str(getattr(event, "reason", "")),
        vhost=queue.vhost if queue else getattr(event, "vhost", ""),
    )
    return replace(step, **_who(event, name_of))


def _who(event: e.MessageEvent, name_of: Namer) -> dict[str, Any]:  # Any: fields of LifeStep
    """Who did it, and to which delivery."""
    if isinstance(event, e.MessagePublished):
        by = event.message.publisher_id
        return {"connection_id": by, "client": name_of(by)}
    if not isinstance(event, e.MessageDelivered | e.MessageSettled):
        return {}
    channel = event.channel
    told = {
        "connection_id": channel.connection_id,
        "client": name_of(channel.connection_id),
        "channel": channel.number,
        "delivery_tag": event.delivery_tag,
    }
    if isinstance(event, e.MessageDelivered):
        tag = event.subscription.tag if event.subscription else ""
        return {**told, "tag": tag, "is_auto_settled": event.is_auto_settled}
    cause = str(event.cause) if event.outcome is Outcome.RELEASED else ""
    return {**told, "outcome": str(event.outcome), "reason": cause, "forced_by": event.forced_by}


def ready_row(message: Message, queue: str, name_of: Namer, *, deliveries: int) -> MessageRow:
    """A message that waits, and was handed over so often before."""
    return _row(
        message,
        queue,
        MessageState.READY,
        name_of,
        delivery_count=deliveries,
        is_redelivered=deliveries > 0,
    )


def waiting_row(waiting: Waiting, queue: str, name_of: Namer) -> MessageRow:
    """A message that waits, and that only the store has."""
    row = ready_row(waiting.message, queue, name_of, deliveries=waiting.deliveries)
    return replace(row, size_bytes=waiting.body_size, problem=waiting.problem)


def in_flight_row(delivery: Delivery, name_of: Namer) -> MessageRow:
    """A message that somebody holds."""
    event, lease_us = delivery.event, delivery.queue.rules.lease_us
    return _row(
        event.message,
        event.queue.name,
        MessageState.IN_FLIGHT,
        name_of,
        delivered_at_us=event.at_us,
        holder=holder(event, name_of),
        holder_connection_id=event.channel.connection_id,
        delivery_count=delivery.count,
        is_redelivered=event.is_redelivered,
        lease_until_us=None if lease_us is None else event.at_us + lease_us,
    )


def ended_row(queue: str, life: Life, queue_ids: Collection[int], name_of: Namer) -> MessageRow | None:
    """A message that has left a queue (of any of these ids); None if none of its events is its end."""
    ending = delivered = None
    count = 0
    for event in life.events:
        if event_queue_id(event) not in queue_ids:
            continue
        if isinstance(event, e.MessageDelivered):
            delivered = event
            count += 1
        is_over = type(event) in ENDINGS
        if isinstance(event, e.MessageSettled):
            is_over = event.outcome is Outcome.ACCEPTED and not event.stays
        if is_over:
            ending = event
    if ending is None:
        return None
    state, because = ENDINGS[type(ending)]
    row = _row(
        ending.message,
        queue,
        state,
        name_of,
        delivered_at_us=delivered.at_us if delivered else None,
        ended_at_us=ending.at_us,
        ended_because=because(ending),
        holder=holder(delivered, name_of) if delivered else "",
        holder_connection_id=delivered.channel.connection_id if delivered else None,
        delivery_count=count,
        is_redelivered=delivered.is_redelivered if delivered else False,
    )
    return _of_life(row, life)


def lost_row(queue: str, life: Life, name_of: Namer, because: str) -> MessageRow:
    """A message whose end nobody has told of."""
    return _of_life(
        _row(life.events[0].message, queue, MessageState.DROPPED, name_of, ended_because=because), life
    )


def _of_life(row: MessageRow, life: Life) -> MessageRow:
    if life.body_size is None and not life.problem:
        return row
    size = row.size_bytes if life.body_size is None else life.body_size
    return replace(row, size_bytes=size, problem=life.problem)


def event_queue_id(event: e.MessageEvent) -> int | None:
    """The queue that an event happened in; None if in none, or in several."""
    queue = getattr(event, "queue", None)
    return None if queue is None else queue.id


def connection_ids(events: Iterable[e.MessageEvent]) -> Iterator[int]:
    """The connections that events tell of."""
    for event in events:
        if isinstance(event, e.MessagePublished):
            yield event.message.publisher_id
        elif isinstance(event, e.MessageDelivered):
            yield event.channel.connection_id
        elif isinstance(event, e.MessageSettled):
            yield event.channel.connection_id
            if event.forced_by is not None:
                yield event.forced_by


def _row(message: Message, queue: str, state: MessageState, name_of: Namer, **more: Any) -> MessageRow:
    """Any: fields of MessageRow."""
    deaths = message.past.deaths if message.past is not None else ()
    if deaths:
        more |= {
            "died_of": deaths[0].reason,
            "died_in": deaths[0].queue,
            "deaths": sum(death.count for death in deaths),
            "died_first_us": min(death.at_us for death in deaths),
        }
    return MessageRow(
        message.id,
        queue,
        state,
        message.exchange,
        message.routing_key,
        len(message.body),
        preview(message.body),
        message.published_at_us,
        enqueued_at_us=message.published_at_us,
        publisher=name_of(message.publisher_id),
        priority=message.traits.priority,
        **more,
    )


def queue_row(queue: Queue) -> QueueRow:
    """A queue with its declaration, rules and bindings."""
    return QueueRow(
        queue.spec,
        queue.ref.vhost,
        queue.ref.id,
        queue.ready_count,
        queue.in_flight,
        len(queue.subscriptions),
        [binding.spec for binding in queue.incoming.values()],
        queue.rules,
        queue.policy.name if queue.policy else "",
        queue.operator_policy.name if queue.operator_policy else "",
        queue.used_at_us,
        queue.owner.info.id if queue.owner else None,
    )


def channel_row(channel: Channel) -> ChannelRow:
    """A channel as clients see it."""
    return ChannelRow(
        channel.ref.id,
        channel.ref.connection_id,
        channel.ref.number,
        channel.vhost.name,
        channel.credit,
        len(channel.deliveries),
        len(channel.subscriptions),
        channel.transaction is not None,
    )


def subscription_row(subscription: Subscription) -> SubscriptionRow:
    """A subscription, and whether it may get messages now."""
    ref, queue = subscription.ref, subscription.queue
    return SubscriptionRow(
        ref.id,
        ref.tag,
        queue.ref.vhost,
        queue.ref.name,
        ref.connection_id,
        subscription.channel.ref.id,
        ref.channel_number,
        subscription.credit,
        subscription.priority,
        subscription.is_auto_settled,
        subscription.is_exclusive,
        not subscription.is_waiting(),
        subscription.open_deliveries,
        subscription.arguments,
        subscription.is_paused,
        queue.rules.lease_us,
    )
