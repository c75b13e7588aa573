"""Paging: queues too long for memory keep their first messages in hand and leave the rest to the store.

Every message has a place in its queue (`model.places`), and messages are handed out in order of it. In
memory, *in hand*, is everything ready with a place up to the queue's *horizon*; *beyond* it are `on_disk`
messages of which the engine knows the number and the bytes and nothing else. A queue without a horizon is
wholly in hand, and then none of this costs anything: it is not plain while it has one.

Out. `PageOut` cuts the ends off the longest queues and draws their horizons before what was cut. What
takes a place beyond it from then on is counted, its event says that it is paged, and it is forgotten.
Nothing in memory is ever sorted into what is beyond.

In. When fewer than half a window are in hand and somebody takes messages, a page is wanted: the first
messages behind the horizon. Where nobody takes any, a small one is, and only when nothing is in hand: the
first message may expire. The store reads a page when all that had happened until it was asked for is
written, and perhaps more. It comes in a later turn, in which the horizon moves to its end. Three kinds of
message need care:

* Those that take a place beyond the horizon while a page is on its way. The page may or may not have them,
  and with priorities they may belong before its end. They are kept *aside*, and sorted in when the page
  comes.
* Those that are in flight when the horizon is drawn before their places. The store has rows for them, so
  pages show them, though they are not ready. Their ids are *astray*, and passed over. Only drawing a
  horizon can make any: what is handed out later comes from before it. An id stays astray when the delivery
  ends (the page on its way may still show it) but not when the message comes back to its place: then it
  waits there as others do.
* Those that quorum queues have taken back come first, whatever their place: they stay in hand, astray.

A page has a number. When the queue is purged, or its horizon drawn anew, the page that is on its way is
nobody's; it is asked for again. If the store is at its end and the count is not, or the other way round,
it is the store that counts, and an event tells of it.

Limits, times to live and the order hold for all messages of a queue, but dropping happens at the head
only: what is to be dropped from an empty hand is dropped when its page has come. A single take from an
empty hand is told to ask again.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mqstudio.engine import browse
from mqstudio.engine.beyond import Beyond
from mqstudio.engine.dying import Dying
from mqstudio.engine.queue import Queue
from mqstudio.engine.ready import ReadyReturnedFirst
from mqstudio.model.delivery import DropReason
from mqstudio.model.message import Message
from mqstudio.model.places import PageEntry, position_of
from mqstudio.model.restored import RestoredQueue

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def goes_beyond(queue: Queue, message: Message, deliveries: int = 0, *, comes_back: bool = False) -> bool:
    """Whether a message that arrives, or comes back, has its place beyond the horizon: then it is counted."""
    beyond = queue.beyond
    if beyond is None:
        return False
    position = position_of(queue.ref, message)
    if position <= beyond.horizon:
        return False
    if comes_back and isinstance(queue.ready, ReadyReturnedFirst):
        beyond.astray.add(message.id)
        return False
    beyond.astray.discard(message.id)
    if beyond.asked:
        beyond.aside[message.id] = PageEntry(position, message, deliveries)
    queue.on_disk += 1
    queue.on_disk_bytes += len(message.body)
    return True


def look(engine: "Engine", queue: Queue) -> None:
    """Note that a page is wanted, if it is; where nobody takes anything, only if there is no head in hand."""
    beyond = queue.beyond
    if beyond is None or beyond.asked:
        return
    if is_hurried(queue, beyond):
        if 2 * len(queue.ready) < engine.window:
            engine.wanting[queue] = None
    elif not queue.ready:
        engine.wanting_heads[queue] = None


def is_hurried(queue: Queue, beyond: Beyond) -> bool:
    """Whether anybody takes messages from the queue."""
    return bool(queue.subscriptions) or beyond.is_wanted


def draw_horizon(engine: "Engine", queue: Queue, horizon: int) -> None:
    """Draw a queue's horizon, anew or nearer; a page that is on its way is nobody's."""
    beyond = queue.beyond = Beyond(horizon)
    beyond.astray = find_astray(engine, queue, horizon)
    queue.settle_path()
    look(engine, queue)


def find_astray(engine: "Engine", queue: Queue, horizon: int) -> set[int]:
    """Ids beyond a horizon that pages may show though they are in flight, or in hand already."""
    ready = queue.ready
    first: Iterator[Message] = ready.returned() if isinstance(ready, ReadyReturnedFirst) else iter(())
    in_flight = (delivery.event.message for delivery in browse.open_deliveries(engine, queue))
    return {
        message.id
        for messages in (in_flight, first)
        for message in messages
        if position_of(queue.ref, message) > horizon
    }


def spared(engine: "Engine", queue: Queue) -> tuple[int, ...]:
    """The ids of messages beyond the horizon that are in flight."""
    beyond = queue.beyond
    if beyond is None or not beyond.astray:
        return ()
    in_flight = {delivery.event.message.id for delivery in browse.open_deliveries(engine, queue)}
    return tuple(sorted(in_flight & beyond.astray))


def forget_beyond(queue: Queue) -> None:
    """What was beyond the horizon is gone, or all in hand."""
    queue.on_disk = queue.on_disk_bytes = 0
    queue.beyond = None
    queue.settle_path()


def take_in_hand(engine: "Engine", queue: Queue, entry: PageEntry) -> None:
    """Add a message behind all that are in hand.

    One that was handed over as often as it may be is at its end: whoever had it, or the broker before, went
    down with it before it could come back, and the next would go the same way.
    """
    message, limit = entry.message, queue.rules.delivery_limit
    if limit is not None and entry.deliveries > limit:
        engine.dying.append(Dying(queue, message, DropReason.DELIVERY_LIMIT))
        return
    queue.ready.append(message)
    queue.ready_bytes += len(message.body)
    queue.bytes_held += message.held_bytes
    if entry.deliveries:
        queue.redelivered[message.id] = entry.deliveries
    if message.traits.ttl_us is not None:
        queue.is_timed = True


def restore(engine: "Engine", queue: Queue, restored: RestoredQueue) -> None:
    """Fill a new queue with its first page."""
    for entry in restored.entries:
        take_in_hand(engine, queue, entry)
    queue.settle_path()
    if restored.on_disk:
        queue.on_disk, queue.on_disk_bytes = restored.on_disk, restored.on_disk_bytes
        draw_horizon(engine, queue, restored.entries[-1].position if restored.entries else 0)
