"""Dying: a message leaves a queue for good. What goes on as a dead letter waits for `deadletter.go_on`."""

from typing import TYPE_CHECKING

from msgspec import Struct

from mqstudio.engine.queue import Queue
from mqstudio.model.delivery import DropReason
from mqstudio.model.events import EventBatch, MessageDropped
from mqstudio.model.message import Message

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


class Dying(Struct, frozen=True, gc=False):
    """A message on its way out of a queue."""

    queue: Queue
    message: Message
    reason: DropReason
    was_held: bool = True
    """Whether the queue had it: one that a full queue refuses may go on, too."""


def die(  # noqa: PLR0917  # as its callers have them
    engine: "Engine", queue: Queue, message: Message, reason: DropReason, now_us: int, events: EventBatch
) -> None:
    """End a message of a queue: it is no longer in `ready` nor held by anybody."""
    queue.bytes_held -= message.held_bytes
    events.held_bytes += message.held_bytes
    rules = queue.rules
    is_kept_here = not rules.is_dead_lettering_all and reason is not DropReason.DELIVERY_LIMIT
    if rules.dead_letter_exchange is None or is_kept_here:
        engine.deaths[queue.rules.kind, reason, False] += 1
        queue.dropped += 1
        events.append(MessageDropped(now_us, message, queue.ref, reason))
    else:
        engine.dying.append(Dying(queue, message, reason))


def send_on(  # noqa: PLR0917  # as its callers have them
    engine: "Engine", queue: Queue, message: Message, reason: DropReason, now_us: int, events: EventBatch
) -> None:
    """Dead-letter a message that the queue has not taken; or let it go."""
    if queue.rules.dead_letter_exchange is None:
        engine.deaths[queue.rules.kind, reason, False] += 1
        events.append(MessageDropped(now_us, message, queue.ref, reason))
    else:
        engine.dying.append(Dying(queue, message, reason, was_held=False))


def is_cycle(message: Message, queue: Queue) -> bool:
    """Whether a dead letter comes back to a queue where it died, and no consumer had a hand in it since.

    Source: RabbitMQ drops such a message, so that it does not go round for ever.
    """
    deaths = message.past.deaths if message.past is not None else ()
    for death in deaths:
        if death.reason == DropReason.REJECTED:
            return False
        if death.queue == queue.ref.name:
            return True
    return False
