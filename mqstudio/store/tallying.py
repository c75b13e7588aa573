"""Counts in the ledger in memory what became of the messages of a queue over time."""

from collections.abc import Collection, Sequence
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
from mqstudio.store.segment import ENDINGS, Segment, is_release

IDS: Final = 4_000
"""Messages counted before others have their turn (about 10 ms)."""

_REASONS: Final = {DropReason.REJECTED: v.REJECTED, DropReason.EXPIRED: v.EXPIRED}


def tally(segments: Sequence[Segment], wanted: Tally, before_id: int | None) -> Tallied:
    """Count the newest messages below `before_id` that ended in these queues.

    Newest first it is known when no older segment can add any: see MemoryStore.page.
    """
    lowest = next((each.first_id() for each in segments if each.first_id()), 0)
    ended: dict[int, MessageEvent] = {}
    for segment in reversed(segments):
        for message_id in segment.ids(wanted.queue_ids, before_id, IDS, is_oldest_first=False):
            if message_id not in ended and message_id >= wanted.down_to_id:
                ended[message_id] = _ending(segment.events_of(message_id), wanted.queue_ids)
        first_id = segment.first_published_id
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
    return Tallied(ids[IDS - 1] if len(ids) >= IDS else None, bins, removed, [], lowest)


def _ending(events: Sequence[MessageEvent], queue_ids: Collection[int]) -> MessageEvent:
    """How it ended there last."""
    return next(
        event
        for event in reversed(events)
        if type(event) in ENDINGS and not is_release(event) and event.queue.id in queue_ids  # type: ignore[union-attr]
    )


def _outcome(event: MessageEvent) -> int:
    match event:
        case MessageSettled():
            return v.DONE
        case MessageDeadLettered():
            return v.DEAD
        case MessageDropped():
            return _REASONS.get(event.reason, v.DROPPED)
    raise AssertionError(f"{event} ends nothing")
