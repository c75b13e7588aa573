"""Logs: queues that keep their messages and are read by position.

A message has an offset, its number since the log began. Each subscription reads from a position of its own;
what it settles gives it credit back and changes nothing else. Messages go by retention only: the oldest
ones while the log is larger than it may be, though never the very last, and those that are too old.
"""

from bisect import bisect_left
from collections import deque
from typing import TYPE_CHECKING

from mqstudio.engine.channel import Channel, Delivery
from mqstudio.engine.queue import Queue
from mqstudio.engine.ready import ReadyByOffset
from mqstudio.engine.subscription import Subscription
from mqstudio.model.commands import LogStart, Subscribe
from mqstudio.model.delivery import DropReason, Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import (
    DeliveryNotes,
    EventBatch,
    MessageDelivered,
    MessageDropped,
    MessageEnqueued,
    MessageSettled,
)
from mqstudio.model.message import Message

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def append(engine: "Engine", queue: Queue, message: Message, now_us: int, events: EventBatch) -> None:
    """Put a message at the end of a log; readers with room see it before retention looks at the log."""
    offset = _of(queue).next_offset
    queue.ready.append(message)
    queue.ready_bytes += len(message.body)
    queue.published += 1
    queue.bytes_held += message.held_bytes
    events.append(MessageEnqueued(now_us, message, queue.ref, offset))
    if queue.eager and _is_too_large(queue):
        dispatch(engine, queue, now_us, events)
    retain(engine, queue, now_us, events)
    engine.touch(queue)


def retain(engine: "Engine", queue: Queue, now_us: int, events: EventBatch) -> None:
    """Drop what is too much or too old, and set the deadline of the oldest."""
    ready, max_age_us = queue.ready, queue.rules.max_age_us
    while len(ready) > 1 and _is_too_large(queue):
        _drop_oldest(queue, now_us, events)
    while max_age_us is not None and ready and ready.first().published_at_us + max_age_us <= now_us:
        _drop_oldest(queue, now_us, events)
    if max_age_us is not None and ready:
        at_us = ready.first().published_at_us + max_age_us
        if queue.due is None or at_us < queue.due.at_us:
            engine.deadlines.cancel(queue.due)
            queue.due = engine.deadlines.add(at_us, _on_due, queue)


def _is_too_large(queue: Queue) -> bool:
    max_bytes = queue.rules.max_bytes
    return max_bytes is not None and queue.ready_bytes > max_bytes


def _drop_oldest(queue: Queue, now_us: int, events: EventBatch) -> None:
    message = queue.ready.popleft()
    queue.ready_bytes -= len(message.body)
    queue.bytes_held -= message.held_bytes
    queue.dropped += 1
    events.held_bytes += message.held_bytes
    events.append(MessageDropped(now_us, message, queue.ref, DropReason.RETENTION))


def _on_due(engine: "Engine", queue: Queue, now_us: int, events: EventBatch) -> None:
    queue.due = None
    retain(engine, queue, now_us, events)


def dispatch(engine: "Engine", queue: Queue, now_us: int, events: EventBatch) -> None:
    """Let every subscription with room read on; those left without room are parked."""
    queue.is_touched = False
    for subscription in queue.eager:
        _read_on(engine, subscription, now_us, events)
        subscription.is_eager = subscription.has_room()
    queue.eager = deque(each for each in queue.eager if each.is_eager)


def _read_on(engine: "Engine", subscription: Subscription, now_us: int, events: EventBatch) -> None:
    """Hand over from a subscription's position on, while there are messages and room."""
    queue, channel = subscription.queue, subscription.channel
    connection, log = channel.connection, _of(queue)
    offset = max(subscription.position, log.first_offset)
    begin = offset
    while offset < log.next_offset and subscription.has_room():
        message = log.at(offset)
        tag = channel.next_tag
        notes = DeliveryNotes(offset=offset)
        event = MessageDelivered(
            now_us, message, queue.ref, channel.ref, subscription.ref, tag, False, False, notes
        )
        events.append(event)
        engine.post(connection, event)
        channel.deliveries[tag] = Delivery(queue, subscription, event, 1)
        channel.next_tag = tag + 1
        channel.open_deliveries += 1
        subscription.open_deliveries += 1
        connection.room_bytes -= message.held_bytes
        offset += 1
    subscription.position = offset
    queue.in_flight += offset - begin
    queue.delivered += offset - begin
    connection.delivered += offset - begin


def settle(  # noqa: PLR0917  # as its caller has them
    queue: Queue,
    channel: Channel,
    message: Message,
    tag: int,
    outcome: Outcome,
    now_us: int,
    events: EventBatch,
) -> None:
    """End a delivery: whatever its outcome, the message stays where it is."""
    queue.in_flight -= 1
    queue.settled += 1
    events.append(MessageSettled(now_us, message, queue.ref, channel.ref, tag, outcome, True))


def check_subscription(queue: Queue, command: Subscribe) -> None:
    """Refuse readers that settle nothing or want everything at once.

    Raises: RefusedError: NOT_SUPPORTED, INVALID_ARGUMENT.
    """
    if command.is_auto_settled:
        raise not_supported(queue, "auto_settle", "Settle what you read from it")
    facts = {"kind": "queue", "name": queue.ref.name, "vhost": queue.ref.vhost}
    if not command.credit:
        raise RefusedError(
            Refusal.INVALID_ARGUMENT,
            f"Queue '{queue.ref.name}' keeps its messages: a reader without a limit would get all of them at "
            "once. Set how many it may hold.",
            **facts,
            missing="credit",
        )
    if command.start is not None and command.start.problem:
        raise RefusedError(
            Refusal.INVALID_ARGUMENT,
            f"Queue '{queue.ref.name}' cannot be read from there: {command.start.problem}. Give an offset, a "
            "time, or ask for the first, the last or the next message.",
            **facts,
            start=command.start.problem,
        )


def not_supported(queue: Queue, attempted: str, instead: str) -> RefusedError:
    """What is refused to all who treat a log like a queue. `attempted`: for protocols to word it."""
    return RefusedError(
        Refusal.NOT_SUPPORTED,
        f"Queue '{queue.ref.name}' is a log: its messages stay, whoever reads them. {instead}.",
        kind="queue",
        name=queue.ref.name,
        vhost=queue.ref.vhost,
        attempted=attempted,
    )


def begin(subscription: Subscription, start: LogStart | None) -> None:
    """Set where a subscription begins to read."""
    subscription.position = _position(_of(subscription.queue), start or LogStart())


def _position(log: ReadyByOffset, start: LogStart) -> int:
    if start.offset is not None:
        return min(max(start.offset, log.first_offset), log.next_offset)
    if start.at_us is not None:
        kept = log.runs()[0]
        return log.first_offset + bisect_left(kept, start.at_us, key=lambda each: each.published_at_us)
    return max(log.next_offset - 1, log.first_offset) if start.is_last else log.next_offset


def _of(queue: Queue) -> ReadyByOffset:
    assert isinstance(queue.ready, ReadyByOffset)
    return queue.ready
