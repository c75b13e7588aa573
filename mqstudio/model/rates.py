"""What happened to a queue, a client or all of the broker in one step of time, and how steps add up."""

from enum import StrEnum
from typing import Final, NamedTuple

from msgspec import Struct

from mqstudio.model.histogram import Histogram

SECOND_US: Final = 1_000_000


class ScopeKind(StrEnum):
    """What rates are of. Its id: of a queue, a connection, a subscription; 0 for all of the broker."""

    TOTAL = "total"
    QUEUE = "queue"
    CLIENT = "client"
    CONSUMER = "consumer"


class Scope(NamedTuple):
    """One thing that has rates."""

    kind: ScopeKind
    id: int = 0


TOTAL: Final = Scope(ScopeKind.TOTAL)


class Tier(NamedTuple):
    """Steps of one length, and how long they are kept, both in µs."""

    step_us: int
    keep_us: int


TIERS: Final = (
    Tier(SECOND_US, 3_600 * SECOND_US),
    Tier(10 * SECOND_US, 86_400 * SECOND_US),
    Tier(60 * SECOND_US, 7 * 86_400 * SECOND_US),
)
"""A second for the last hour, ten for the last day, a minute for the last week."""


class RateStep(Struct, frozen=True, gc=False, array_like=True):
    """What happened in the `length_us` before `at_us`. Steps in which nothing did are left out.

    depth and in_flight are levels at its end: messages there (ready and in flight), and those handed over.
    waits: how long messages waited for their first hand-over; holds: how long consumers took to accept them;
    both are packed histograms, of one in `one_in` of them.
    """

    at_us: int
    length_us: int
    published: int = 0
    delivered: int = 0
    settled: int = 0
    redelivered: int = 0
    unroutable: int = 0
    depth: int = 0
    in_flight: int = 0
    waits: bytes = b""
    holds: bytes = b""
    one_in: int = 1


def joined(one: RateStep, later: RateStep) -> RateStep:
    """Two steps as one."""
    return RateStep(
        later.at_us,
        one.length_us + later.length_us,
        one.published + later.published,
        one.delivered + later.delivered,
        one.settled + later.settled,
        one.redelivered + later.redelivered,
        one.unroutable + later.unroutable,
        later.depth,
        later.in_flight,
        _both(one.waits, later.waits),
        _both(one.holds, later.holds),
        max(one.one_in, later.one_in),
    )


def _both(one: bytes, other: bytes) -> bytes:
    return Histogram.of((one, other)).pack() if one and other else one or other
