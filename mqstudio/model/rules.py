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
    delivery_limit: how often a message may come back before it is dead-lettered. take_limit: how often it may
    be lent; when its turn comes again after that, it is dead-lettered instead. delay_us: for how long what is
    sent to the queue is held back. once_us: for how long a repeat of what was sent is known as such.
    is_keyed: messages with one ordering key are with one holder at a time. is_dead_lettering_all: whether
    what expires is dead-lettered, too, and not only what nobody could work on.
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
    take_limit: int | None = None
    delay_us: int | None = None
    once_us: int | None = None
    is_keyed: bool = False
    is_dead_lettering_all: bool = True
