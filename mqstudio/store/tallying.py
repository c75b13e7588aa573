"""Counts in the ledger in memory what became of the messages of a queue over time."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import islice
from typing import Final

from mqstudio.model import volume as v
from mqstudio.model.delivery import DropReason
from mqstudio.model.events import (
    MessageDeadLettered,
    MessageDropped,
    MessageEvent,
    MessageMoved,
    MessagePurged,
    MessageSettled,
)
from mqstudio.model.volume import Tallied, Tally
from mqstudio.store.segment import Ended, Segment

IDS: Final = 4_000
"""Messages counted before others have their turn (about 10 ms)."""

_REASONS: Final = {DropReason.REJECTED: v.REJECTED, DropReason.EXPIRED: v.EXPIRED}


def tally(segments: Sequence[Segment], wanted: Tally, before_id: int | None) -> Tallied:
    """Count the newest messages below `before_id` that ended in these queues.

    Newest first it is known when no older segment can add any: see MemoryStore.page.
    """
    ended: dict[int, MessageEvent] = {}
    for segment in reversed(segments):
        for queue_id in wanted.queue_ids:
            _take(segment.endings(queue_id), wanted.down_to_id, before_id, ended)
        if len(ended) >= IDS:
            first_id = segment.first_arrival()
            if first_id and sum(each >= first_id for each in ended) >= IDS:
                break
    ids = sorted(ended, reverse=True)
    bins: v.Bins = {}
    removed: list[tuple[int, int]] = []
    for message_id in ids[:IDS]:
        event = ended[message_id]
        step = event.message.published_at_us // wanted.step_us
        if isinstance(event, MessagePurged | MessageMoved):
            removed.append((message_id, step))
        else:
            v.count(bins, step, _outcome(event))
    lowest = next((first for each in segments if (first := each.first_arrival())), 0)
    return Tallied(ids[IDS - 1] if len(ids) >= IDS else None, bins, removed, [], lowest)


def _take(
    endings: list[Ended], down_to_id: int, before_id: int | None, ended: dict[int, MessageEvent]
) -> None:
    """Add the last of them that are within bounds; what is known already ended later."""
    end = len(endings) if before_id is None else bisect_left(endings, before_id, key=_id_of)
    start = bisect_left(endings, down_to_id, key=_id_of)
    taken = 0
    last_id = None
    for message_id, event in islice(reversed(endings), len(endings) - end, len(endings) - start):
        if message_id == last_id:
            continue  # it ended, came back, and ended again: the last counts
        if taken >= IDS:
            break
        last_id, taken = message_id, taken + 1
        ended.setdefault(message_id, event)


def _id_of(ended: Ended) -> int:
    return ended[0]


def _outcome(event: MessageEvent) -> int:
    match event:
        case MessageSettled():
            return v.DONE
        case MessageDeadLettered():
            return v.DEAD
        case MessageDropped():
            return _REASONS.get(event.reason, v.DROPPED)
    raise AssertionError(f"{event} ends nothing")
