"""Logs: queues that keep their messages and are read by position.

A message has an offset, its number since the log began. Each subscription reads from a position of its own;
what it settles gives it credit back and changes nothing else. Messages go by retention only: the oldest
ones while the log is larger than it may be, though never the very last, and those that are too old.
"""

from bisect import bisect_left
from collections import deque
from typing import TYPE_CHECKING

from mqstudio.engine import log_pages
from mqstudio.engine.channel import Channel, Delivery
from mqstudio.engine.log_pages import LogPages, of
from mqstudio.engine.queue import Queue
from mqstudio.engine.ready import ReadyByOffset
from mqstudio.engine.subscription import Subscription
from mqstudio.model.commands import LogStart, PageIn, Subscribe
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
from mqstudio.model.restored import RestoredQueue

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def append(engine: "Engine", queue: Queue, message: Message, now_us: int, events: EventBatch) -> None:
    """Put a message at the end of a log; readers with room see it before retention looks at the log."""
    offset = of(queue).next_offset
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
    """Drop what is too much or too old, and set the deadline of the oldest.

    Where the oldest is not in memory it is dropped when its page has come.
    """
    while queue.ready_count > 1 and _is_too_large(queue):
        if not _drop_oldest(engine, queue, now_us, events):
            return
    max_age_us = queue.rules.max_age_us
    if max_age_us is None:
        return
    while (at_us := _oldest_at_us(queue)) is not None and at_us + max_age_us <= now_us:
        if not _drop_oldest(engine, queue, now_us, events):
            return
    if at_us is not None:
        _watch_oldest(engine, queue, at_us + max_age_us)
    elif queue.early is not None:
        _want_oldest(engine, queue, queue.early)


def _watch_oldest(engine: "Engine", queue: Queue, at_us: int) -> None:
    if queue.due is None or at_us < queue.due.at_us:
        engine.deadlines.cancel(queue.due)
        queue.due = engine.deadlines.add(at_us, _on_due, queue)


def _want_oldest(engine: "Engine", queue: Queue, early: LogPages) -> None:
    early.is_oldest_wanted = True
    engine.wanting[queue] = None


def _is_too_large(queue: Queue) -> bool:
    max_bytes = queue.rules.max_bytes
    return max_bytes is not None and queue.ready_bytes + queue.on_disk_bytes > max_bytes


def _oldest_at_us(queue: Queue) -> int | None:
    """When the oldest message came; None: there is none, or its page must come first."""
    if queue.early is not None:
        return queue.early.oldest_at_us
    return queue.ready.first().published_at_us if queue.ready else None


def _drop_oldest(engine: "Engine", queue: Queue, now_us: int, events: EventBatch) -> bool:
    """Drop the oldest message; False: its page must come first."""
    message: Message | None
    if queue.early is None:
        message = queue.ready.popleft()
        queue.ready_bytes -= len(message.body)
        queue.bytes_held -= message.held_bytes
    else:
        log, early = of(queue), queue.early
        page = early.find(log.first_offset)
        if page is None:
            _want_oldest(engine, queue, early)
            return False
        message = page.messages.get(log.first_offset)
        log.first_offset += 1
        queue.on_disk -= 1
        queue.on_disk_bytes -= len(message.body) if message is not None else 0
        log_pages.note_oldest(queue, early)
        if log.first_offset == log.hand_offset:
            log_pages.close_early(queue)
    queue.dropped += 1
    if message is not None:
        events.held_bytes += message.held_bytes
        events.append(MessageDropped(now_us, message, queue.ref, DropReason.RETENTION))
    return True


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
    log_pages.look(engine, queue)


def _read_on(engine: "Engine", subscription: Subscription, now_us: int, events: EventBatch) -> None:
    """Hand over from a subscription's position on, while there are messages and room."""
    queue, channel = subscription.queue, subscription.channel
    connection, log = channel.connection, of(queue)
    offset = max(subscription.position, log.first_offset)
    count = 0
    while offset < log.next_offset and not subscription.seeks and subscription.has_room():
        if offset >= log.hand_offset:
            message: Message | None = log.at(offset)
        else:
            page = queue.early.find(offset) if queue.early is not None else None
            if page is None:
                break  # it will be asked for
            message = page.messages.get(offset)
        if message is None or message.published_at_us < subscription.since_us:
            offset += 1
            continue
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
        count += 1
    subscription.position = offset
    queue.in_flight += count
    queue.delivered += count
    connection.delivered += count
    subscription.delivered += count


def page_in(engine: "Engine", queue: Queue, command: PageIn, now_us: int, events: EventBatch) -> None:
    """Read on in a page of the early part."""
    if log_pages.keep(queue, command):
        retain(engine, queue, now_us, events)
        engine.touch(queue)
        log_pages.look(engine, queue)


def restore(engine: "Engine", queue: Queue, restored: RestoredQueue) -> None:
    """Fill a new log with its end: those of the entries that reach it without a gap."""
    log, next_offset = of(queue), restored.next_offset
    wanted = range(next_offset - 1, -1, -1)
    end = [
        entry
        for entry, offset in zip(reversed(restored.entries), wanted, strict=False)
        if entry.position == offset
    ]
    log.first_offset, log.hand_offset = restored.first_offset, next_offset - len(end)
    for entry in reversed(end):
        queue.ready.append(entry.message)
        queue.ready_bytes += len(entry.message.body)
        queue.bytes_held += entry.message.held_bytes
    queue.on_disk = log.hand_offset - log.first_offset
    if queue.on_disk:
        others = restored.entries[: len(restored.entries) - len(end)]
        queue.on_disk_bytes = restored.on_disk_bytes + sum(len(entry.message.body) for entry in others)
        queue.early = LogPages(None)
    max_age_us, at_us = queue.rules.max_age_us, _oldest_at_us(queue)
    if max_age_us is not None and queue.early is not None:
        _want_oldest(engine, queue, queue.early)
    elif max_age_us is not None and at_us is not None:
        _watch_oldest(engine, queue, at_us + max_age_us)


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
    log, start = of(subscription.queue), start or LogStart()
    if start.offset is not None:
        subscription.position = min(max(start.offset, log.first_offset), log.next_offset)
    elif start.at_us is not None:
        _begin_at_time(subscription, log, start.at_us)
    elif start.is_last:
        subscription.position = max(log.next_offset - 1, log.first_offset)
    else:
        subscription.position = log.next_offset


def _begin_at_time(subscription: Subscription, log: ReadyByOffset, at_us: int) -> None:
    """Begin at the first message that came then or later; in the early part the store has to look for it."""
    kept = log.runs()[0]
    index = bisect_left(kept, at_us, key=lambda each: each.published_at_us)
    if index or log.first_offset == log.hand_offset:
        subscription.position = log.hand_offset + index
    else:
        subscription.position, subscription.since_us = log.first_offset, at_us
        subscription.seeks = True
