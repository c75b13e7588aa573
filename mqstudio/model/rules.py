"""How a queue treats its messages: what its arguments and policies come to, in plain values."""

from enum import StrEnum

from msgspec import Struct


class QueueKind(StrEnum):
    """What a queue is. A log keeps its messages and is read by position."""

    CLASSIC = "classic"
    QUORUM = "quorum"
    LOG = "stream"


class Overflow(StrEnum):
    """What happens to a message for which a queue has no place."""

    DROP_HEAD = "drop-head"
    REFUSE = "reject-publish"
    REFUSE_AND_DEAD_LETTER = "reject-publish-dlx"


class QueueRules(Struct, frozen=True):
    """The rules in force; None and 0: there is none of that kind. Times in µs, sizes in bytes of bodies.

    ttl_us: how long a message may wait. expires_us: how long the queue may go unused.
    lease_us: how long a delivery may stay open. max_age_us: how long a log keeps messages.
    delivery_limit: how often a message may come back before it is dead-lettered.
    """

    kind: QueueKind = QueueKind.CLASSIC
    ttl_us: int | None = None
    expires_us: int | None = None
    max_messages: int | None = None
    max_bytes: int | None = None
    overflow: Overflow = Overflow.DROP_HEAD
    dead_letter_exchange: str | None = None
    dead_letter_key: str | None = None
    max_priority: int = 0
    is_single_active: bool = False
    delivery_limit: int | None = None
    lease_us: int | None = None
    max_age_us: int | None = None
