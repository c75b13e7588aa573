"""Expiry of messages that waited too long.

They expire at the head only: behind one that lives longer they wait, and are dropped when they get to
the front. So one deadline a queue is enough, that of its first message.
"""

from typing import TYPE_CHECKING

from mqstudio.engine import dying, paging
from mqstudio.engine.queue import Queue
from mqstudio.model.delivery import DropReason
from mqstudio.model.events import EventBatch

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def drop_expired(
    engine: "Engine", queue: Queue, now_us: int, events: EventBatch, *, is_before_delivery: bool = False
) -> None:
    """Drop what has expired at the head.

    Before a delivery, what expires at this very moment stays: with a time to live of 0 a message reaches
    only who is ready for it right then.
    """
    ready = queue.ready
    until_us = now_us - 1 if is_before_delivery else now_us
    while ready:
        expiry_us = queue.expiry_us(ready.first())
        if expiry_us is None or expiry_us > until_us:
            break
        message, _ = queue.take_first()
        dying.die(engine, queue, message, DropReason.EXPIRED, now_us, events)
    if queue.beyond is not None:
        paging.look(engine, queue)


def watch_head(engine: "Engine", queue: Queue) -> None:
    """Set the deadline of the first message, unless an earlier one is set: that will look again."""
    if not queue.ready:
        return
    expiry_us = queue.expiry_us(queue.ready.first())
    if expiry_us is not None and (queue.due is None or expiry_us < queue.due.at_us):
        engine.deadlines.cancel(queue.due)
        queue.due = engine.deadlines.add(expiry_us, _on_due, queue)


def _on_due(engine: "Engine", queue: Queue, now_us: int, events: EventBatch) -> None:
    queue.due = None
    drop_expired(engine, queue, now_us, events)
    if queue.ready:
        watch_head(engine, queue)
    elif queue.rules.ttl_us is None and not (queue.in_flight or queue.on_disk):
        queue.is_timed = False  # the messages with a time to live of their own are gone
        queue.settle_path()
