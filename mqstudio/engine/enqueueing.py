"""Enqueueing: a message takes its place in a queue, within the limits that the queue has."""

from typing import TYPE_CHECKING

from mqstudio.engine import dispatch, dying, expiring, log, paging, removing
from mqstudio.engine.queue import Queue
from mqstudio.model.delivery import DropReason
from mqstudio.model.events import EventBatch, MessageEnqueued, MessageRefused
from mqstudio.model.message import Message
from mqstudio.model.rules import Overflow, QueueRules

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def enqueue(engine: "Engine", queue: Queue, message: Message, now_us: int, events: EventBatch) -> bool:
    """Put a message into a queue; True if the queue is full and refuses it."""
    if queue.is_log:
        log.append(engine, queue, message, now_us, events)
        return False
    has_limit = queue.has_limit()
    if has_limit and _is_over(queue, 1, len(message.body)):
        if queue.is_timed:  # nor does what has expired
            expiring.drop_expired(engine, queue, now_us, events, is_before_delivery=True)
        if queue.eager:  # what consumers can take does not count
            dispatch.dispatch(engine, queue, now_us, events)
        overflow = queue.rules.overflow
        if overflow is not Overflow.DROP_HEAD and _is_over(queue, 1, len(message.body)):
            events.append(MessageRefused(now_us, message, queue.ref))
            if overflow is Overflow.REFUSE_AND_DEAD_LETTER:
                dying.send_on(engine, queue, message, DropReason.LIMIT, now_us, events)
            return True
    if message.traits.ttl_us is not None and not queue.is_timed:
        queue.is_timed = True
        queue.is_plain = False
    queue.published += 1
    is_paged = queue.beyond is not None and paging.goes_beyond(queue, message)
    if not is_paged:
        queue.ready.append(message)
        queue.ready_bytes += len(message.body)
        queue.bytes_held += message.held_bytes
    events.append(MessageEnqueued(now_us, message, queue.ref, None, is_paged))
    if has_limit and _is_over(queue, 0, 0):
        if queue.eager:
            dispatch.dispatch(engine, queue, now_us, events)
        enforce_limits(engine, queue, now_us, events)
    is_first = bool(queue.ready) and queue.ready.first() is message
    if queue.is_timed and (has_limit or queue.due is None or is_paged or is_first):
        expiring.watch_head(engine, queue)  # behind another one it changes nothing
    if not queue.is_touched:
        engine.touch(queue)
    return False


def enforce_limits(engine: "Engine", queue: Queue, now_us: int, events: EventBatch) -> None:
    """Drop from the head what is too much."""
    while queue.ready and _is_over(queue, 0, 0):
        message, _ = queue.take_first()
        dying.die(engine, queue, message, DropReason.LIMIT, now_us, events)
    if queue.beyond is not None:
        paging.look(engine, queue)


def change_rules(engine: "Engine", queue: Queue, rules: QueueRules, now_us: int, events: EventBatch) -> None:
    """Put other rules in force, for the messages that wait as well."""
    if rules == queue.rules:
        return
    queue.set_rules(rules)
    if queue.is_log:
        log.retain(engine, queue, now_us, events)
        return
    if rules.overflow is Overflow.DROP_HEAD:
        enforce_limits(engine, queue, now_us, events)
    if queue.is_timed:
        expiring.drop_expired(engine, queue, now_us, events)
        expiring.watch_head(engine, queue)
    removing.use(engine, queue, now_us)


def _is_over(queue: Queue, more_messages: int, more_bytes: int) -> bool:
    """Whether the queue holds, or would hold, more than it may."""
    rules = queue.rules
    return (rules.max_messages is not None and queue.ready_count + more_messages > rules.max_messages) or (
        rules.max_bytes is not None and queue.ready_bytes + queue.on_disk_bytes + more_bytes > rules.max_bytes
    )
