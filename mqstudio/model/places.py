"""Places: where a message belongs in a queue, as one number that orders all its messages."""

from msgspec import Struct

from mqstudio.model.message import Message
from mqstudio.model.refs import QueueRef

PRIORITY_SHIFT = 55
"""Bits of a position below its priority: ids stay under 2 to the power of 55, and 8 bits of priority above
them still make a number that fits into 63."""

PRIORITY_TOP = 255


class PageEntry(Struct, frozen=True, gc=False):
    """A message as a store keeps it for a queue: its place there, and how often it was handed over."""

    position: int
    message: Message
    deliveries: int = 0


def position_of(queue: QueueRef, message: Message) -> int:
    """The place of a message in a queue that is no log: what is lower goes first."""
    if not queue.max_priority:
        return message.id
    priority = min(message.traits.priority, queue.max_priority)
    return (PRIORITY_TOP - priority) << PRIORITY_SHIFT | message.id


def priority_and_id(position: int) -> tuple[int, int]:
    """The priority that counts and the id of the message that has this place in a queue with priorities."""
    return PRIORITY_TOP - (position >> PRIORITY_SHIFT), position & ((1 << PRIORITY_SHIFT) - 1)
