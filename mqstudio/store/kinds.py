"""The kinds of ledger events, as numbers in the table `event` (its table `event_kind` has their names)."""

from enum import IntEnum

from mqstudio.model.delivery import Outcome


class Kind(IntEnum):
    """What happened to a message. The numbers are part of the file: they never change their meaning."""

    ENQUEUED = 1
    DELIVERED = 2
    REDELIVERED = 3
    DELIVERED_SETTLED = 4
    REDELIVERED_SETTLED = 5
    ACCEPTED = 6
    RELEASED = 7
    REJECTED = 8
    REQUEUED = 9
    DROPPED = 10
    DEAD_LETTERED = 11
    REFUSED = 12
    DELAYED = 13
    PURGED = 14
    """It left the queue by hand: for a bin, or, if its detail names a successor, for other queues."""
    RESTORED = 15
    UNROUTABLE = 16
    RETURNED = 17
    READ = 18
    READ_ACCEPTED = 19
    """Accepted, and kept: it was read from a log."""


SETTLED = {Outcome.ACCEPTED: 6, Outcome.RELEASED: 7, Outcome.REJECTED: 8}
OUTCOMES = {kind: outcome for outcome, kind in SETTLED.items()}
