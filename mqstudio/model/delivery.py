"""Hand-overs: how a delivery can end."""

from enum import StrEnum


class Outcome(StrEnum):
    """How a delivery was settled.

    accepted: done with. released: back to its place in the queue. rejected: the consumer refuses
    it for good (to the dead letters, where a rule says so; else dropped).
    """

    ACCEPTED = "accepted"
    RELEASED = "released"
    REJECTED = "rejected"


class ReleaseCause(StrEnum):
    """Why a delivery was released: its holder gave it back, or what became of who held it.

    recovered: the holder asked for all it held to be handed over anew. lease_ended: it had held a delivery
    for too long. kicked: somebody had its connection ended.
    """

    GIVEN_BACK = ""
    RECOVERED = "recovered"
    CHANNEL_CLOSED = "channel_closed"
    CONNECTION_CLOSED = "connection_closed"
    LEASE_ENDED = "lease_ended"
    KICKED = "kicked"


class DropReason(StrEnum):
    """Why a message left a queue without reaching anybody.

    The first four may be dead-lettered instead, and are then named so in the message's past. cycle: as a
    dead letter it would have come to this queue again and again. retention: its log was larger, or the
    message older, than the rules allow. broker_stopped: it was in the memory of a broker that is gone.
    """

    REJECTED = "rejected"
    EXPIRED = "expired"
    LIMIT = "maxlen"
    DELIVERY_LIMIT = "delivery_limit"
    QUEUE_DELETED = "queue_deleted"
    CYCLE = "cycle"
    RETENTION = "retention"
    BROKER_STOPPED = "broker_stopped"
