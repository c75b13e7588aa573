"""Places: where a message belongs in a queue, as one number that orders all its messages."""

from mqstudio.model.message import Message
from mqstudio.model.refs import QueueRef

PRIORITY_SHIFT = 55
"""Bits of a position below its priority: ids stay under 2 to the power of 55, and 8 bits of priority above
them still make a number that fits into 63."""

PRIORITY_TOP = 255


def position_of(queue: QueueRef, message: Message) -> int:
    """The place of a message in a queue that is no log: what is lower goes first."""
    if not queue.max_priority:
        return message.id
    priority = min(message.traits.priority, queue.max_priority)
    return (PRIORITY_TOP - priority) << PRIORITY_SHIFT | message.id
