"""Counting in the ledger in memory: what ended several times counts as it ended last; bounds are kept."""

from collections.abc import Iterator, Sequence

import pytest

from mqstudio.model import events as e
from mqstudio.model import volume as v
from mqstudio.model.delivery import DropReason, Outcome
from mqstudio.model.message import Message
from mqstudio.model.refs import ChannelRef, QueueRef
from mqstudio.model.volume import Tally
from mqstudio.store import tallying
from mqstudio.store.segment import Segment
from mqstudio.store.tallying import tally

QUEUE = QueueRef("/", "q", 1)
OTHER = QueueRef("/", "r", 2)
CHANNEL = ChannelRef(1, 1, 1)


def message(message_id: int) -> Message:
    return Message(message_id, b"", b"", "", "q", message_id * 1_000, "hub", 0)


def acked(message_id: int, queue: QueueRef = QUEUE) -> e.MessageSettled:
    return e.MessageSettled(0, message(message_id), queue, CHANNEL, 1, Outcome.ACCEPTED)


def segments(*each: Sequence[e.MessageEvent]) -> list[Segment]:
    made = []
    for events in each:
        segment = Segment()
        segment.events = list(events)
        made.append(segment)
    return made


def in_parts(found: list[Segment], wanted: Tally) -> Iterator[tuple[v.Bins, list[tuple[int, int]]]]:
    before_id = None
    while True:
        told = tally(found, wanted, before_id)
        yield told.bins, told.removed
        if told.reached is None:
            return
        before_id = told.reached


def test_the_last_end_counts_and_only_those_of_the_queue() -> None:
    found = segments(
        [e.MessagePublished(0, message(1)), e.MessagePurged(0, message(1), QUEUE, 1, 0), acked(2, OTHER)],
        [e.MessageRestored(0, message(1), QUEUE, 1), acked(1)],
        [e.MessageDropped(0, message(3), QUEUE, DropReason.EXPIRED)],
    )
    ((bins, removed),) = in_parts(found, Tally([1], 1_000))
    assert removed == []
    assert {step: counts.index(1) for step, counts in bins.items()} == {1: v.DONE, 3: v.EXPIRED}


def test_what_was_given_back_or_read_from_a_log_has_not_ended() -> None:
    back = e.MessageSettled(0, message(1), QUEUE, CHANNEL, 1, Outcome.RELEASED)
    read = e.MessageSettled(0, message(2), QUEUE, CHANNEL, 1, Outcome.ACCEPTED, stays=True)
    ((bins, _),) = in_parts(segments([back, read]), Tally([1], 1_000))
    assert bins == {}


def test_parts_make_up_the_whole_however_late_an_old_message_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallying, "IDS", 3)
    published = [e.MessagePublished(0, message(each)) for each in range(1, 11)]
    late = [acked(each) for each in (10, 3, 9, 1, 2, 4, 5, 8, 7, 6)]
    found = segments([*published, *late[:5]], late[5:])
    parts = list(in_parts(found, Tally([1], 1_000)))
    assert len(parts) == 4
    bins: v.Bins = {}
    for part, _ in parts:
        v.add(bins, part)
    assert {step: counts[v.DONE] for step, counts in bins.items()} == dict.fromkeys(range(1, 11), 1)
    tail = in_parts(found, Tally([1], 1_000, down_to_id=8))
    assert sum(len(part) for part, _ in tail) == 3
