"""How many messages came to a queue over time, by what became of them: what the bars above its table show."""

from typing import Final

from msgspec import Struct

OUTCOMES: Final = ("done", "rejected", "expired", "dead_lettered", "dropped", "removed", "ready", "in_flight")
"""What became of a message, in the order of the counts of a bin; the last two are of those that live."""

DONE, REJECTED, EXPIRED, DEAD, DROPPED, REMOVED, READY, IN_FLIGHT = range(len(OUTCOMES))

Bins = dict[int, list[int]]
"""Number of the step of time in which messages were published → how many of each outcome."""


class Tally(Struct, frozen=True):
    """What a store counts: messages that ended in any of these queues, and those that only it has waiting.

    queue_id: whose places are looked through, at positions between `above` and `below`; None: none.
    max_priority: that queue's. down_to_id: no further than this message.
    """

    queue_ids: list[int]
    step_us: int
    down_to_id: int = 0
    queue_id: int | None = None
    max_priority: int = 0
    above: int = 0
    below: int = 0


class Tallied(Struct, frozen=True):
    """What a store has counted of the messages from `reached` up to where it began; None: down to the end.

    removed, waiting: message and step of time of each that was taken out by hand, or waits: the engine knows
    which of these live. lowest_id: the oldest message that is kept.
    """

    reached: int | None
    bins: Bins
    removed: list[tuple[int, int]]
    waiting: list[tuple[int, int]]
    lowest_id: int


class Volume(Struct, frozen=True):
    """A part of the count: of the messages from `reached` up to where it began.

    bins: by steps of `step_us`. next_id: ask again with it as `before_id`; None: that was all. done_share:
    how much of the way is done, from 0 to 1. first_live_id: the oldest in this part that lives, None if none
    does: what is older stays as it is. recorded_one_in: as in Lifecycle.
    """

    step_us: int
    bins: Bins
    next_id: int | None
    done_share: float
    first_live_id: int | None
    recorded_one_in: int = 1


def count(bins: Bins, step: int, outcome: int, number: int = 1) -> None:
    """Add to a bin."""
    counts = bins.get(step)
    if counts is None:
        counts = bins[step] = [0] * len(OUTCOMES)
    counts[outcome] += number


def add(bins: Bins, more: Bins) -> None:
    """Add all bins of another count with the same steps."""
    for step, counts in more.items():
        here = bins.get(step)
        if here is None:
            bins[step] = list(counts)
        else:
            for place, number in enumerate(counts):
                here[place] += number


def coarser(bins: Bins, times: int) -> Bins:
    """The same count in steps that are so many times as long."""
    found: Bins = {}
    for step, counts in bins.items():
        add(found, {step // times: counts})
    return found
