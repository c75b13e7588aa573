"""How much one peer may have done in a turn of the loop before the others have theirs.

A chunk of bytes holds thousands of small requests. Each answer counts for the bytes it takes in memory until
the peer reads it, and for the time it took: what is left of the chunk waits for the next turn.
"""

from mqstudio.model import limits
from mqstudio.model.replies import TakeReply
from mqstudio.model.rows import ClientDetails, Clients, MessageDetail, MessagePage, RateHistory, Topology

READ_PAUSE_BYTES = 4 * limits.OUTBOUND_HIGH_WATER_BYTES
"""Answers unread by a peer beyond this stop us from reading its next requests; no turn makes more of them."""

FULL_READ_BYTES = 250_000
"""A read of so many bytes has left some behind: event loops take 256,000 (uvloop) or 262,144 (asyncio)."""

BULKY_BYTES = 16 * 1024
BULK_READ_BYTES = limits.MIB
"""If so much of a large body has come, the rest is fetched by so much at once: in a turn between large bodies
all code is slow, for they have driven it out of the processor's cache."""

ANSWER_BYTES = READ_PAUSE_BYTES // limits.TURN_ANSWERS
QUERY_BYTES = 128 * 1024
"""What an answer counts for by itself, and what one to a query counts for besides."""


def weight(reply: object) -> int:
    """About how many bytes an answer takes: exact for bodies, a guess for tables; and its time."""
    if reply is None:
        return ANSWER_BYTES
    if isinstance(reply, TakeReply):
        return ANSWER_BYTES + (reply.message.held_bytes if reply.message else 0)
    if isinstance(reply, MessageDetail):
        return ANSWER_BYTES + len(reply.body) + QUERY_BYTES
    is_large = isinstance(reply, MessagePage | Topology | Clients | ClientDetails | RateHistory)
    return ANSWER_BYTES + (QUERY_BYTES if is_large else 0)
