"""How many messages came over time, by outcome: exact, in parts, from memory and from a file."""

from pathlib import Path

import pytest

from mqstudio.model import commands as c
from mqstudio.model import volume as v
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import QueuePurged
from mqstudio.model.message import traits
from mqstudio.model.queries import GetVolume
from mqstudio.server import volumes
from mqstudio.store import reader_tally, tallying
from tests.unit.server.test_lifecycles import Desk
from tests.unit.server.test_pages import LASTING, Paged

STEP = 1_000


def counted(bins: v.Bins) -> dict[str, int]:
    """All steps together, without zeros."""
    sums = [sum(counts[place] for counts in bins.values()) for place in range(len(v.OUTCOMES))]
    return {name: number for name, number in zip(v.OUTCOMES, sums, strict=True) if number}


class Counting(Desk):
    """An engine with a queue of every fate."""

    def count(self, queue: str = "q", down_to_id: int = 0) -> tuple[v.Bins, int]:
        """The whole count, and in how many parts it came."""
        self.flush()
        bins: v.Bins = {}
        parts, before_id = 0, None
        while True:
            asked = GetVolume(queue, step_us=STEP, before_id=before_id, down_to_id=down_to_id)
            told = self.queries.answer(asked)
            assert isinstance(told, v.Volume)
            v.add(bins, told.bins)
            parts += 1
            if told.next_id is None:
                assert told.done_share == 1.0
                return bins, parts
            assert before_id is None or told.next_id < before_id
            before_id = told.next_id

    def fates(self) -> None:
        """One acked, rejected, expired; two removed; one ready, one in flight."""
        self.queue(self.me, "q", arguments={"x-max-length": 100})
        self.publish(self.me)
        self.do(c.TakeMessage(self.me, "q", is_auto_settled=True))
        self.publish(self.me)
        self.do(c.TakeMessage(self.me, "q"))
        self.settle(self.me, 2, Outcome.REJECTED)
        self.publish(self.me, traits=traits(ttl_us=1_000))
        self.wait(5)
        self.publish(self.me)
        self.publish(self.me)
        self.do(c.PurgeQueue(self.me, "q"))
        self.publish(self.me)
        self.publish(self.me)
        self.do(c.TakeMessage(self.me, "q"))


def test_every_fate_is_counted_once() -> None:
    desk = Counting()
    desk.fates()
    assert counted(desk.count()[0]) == {
        "done": 1, "rejected": 1, "expired": 1, "removed": 2, "ready": 1, "in_flight": 1,
    }  # fmt: skip


def test_steps_are_those_in_which_messages_were_published() -> None:
    desk = Counting()
    desk.queue(desk.me)
    at = []
    for _ in range(5):
        desk.wait(3)
        desk.publish(desk.me)
        at.append(desk.now_us // STEP)
    desk.do(c.TakeMessage(desk.me, "q", is_auto_settled=True))
    bins, _ = desk.count()
    assert sorted(bins) == at
    assert [counts[v.DONE] for _, counts in sorted(bins.items())] == [1, 0, 0, 0, 0]


def test_it_comes_in_parts_that_make_up_the_same_count(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Counting(segment_events=16)
    desk.queue(desk.me)
    for number in range(60):
        desk.publish(desk.me)
        if number % 3:
            desk.do(c.TakeMessage(desk.me, "q", is_auto_settled=True))
    whole, parts = desk.count()
    assert parts == 1
    monkeypatch.setattr(tallying, "IDS", 7)
    monkeypatch.setattr(volumes, "LIVE_MAX", 4)
    again, parts = desk.count()
    assert (again, parts > 5) == (whole, True)
    assert counted(whole) == {"done": 40, "ready": 20}
    tail = desk.count(down_to_id=41)[0]
    assert sum(sum(counts) for counts in tail.values()) == 20


def test_too_short_steps_are_refused() -> None:
    desk = Counting()
    desk.queue(desk.me)
    with pytest.raises(RefusedError) as refused:
        desk.queries.answer(GetVolume("q", step_us=0))
    assert refused.value.why is Refusal.INVALID_ARGUMENT


@pytest.mark.parametrize("rows", [3, 4_000])
async def test_a_file_gives_the_same_count_with_what_only_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(reader_tally, "ROWS", rows)
    desk = Paged(tmp_path / "p.mqs")
    desk.queue(desk.me, is_durable=True)
    for number in range(30):
        desk.publish(desk.me, traits=LASTING)
        if number % 2:
            desk.do(c.TakeMessage(desk.me, "q"))
            desk.settle(desk.me, number // 2 + 1, (Outcome.ACCEPTED, Outcome.REJECTED)[number % 4 == 1])
    desk.do(c.TakeMessage(desk.me, "q"))
    desk.page_out(2)
    bins: v.Bins = {}
    before_id = None
    while True:
        told = await desk.ask(GetVolume("q", step_us=STEP, before_id=before_id))
        v.add(bins, told.bins)
        before_id = told.next_id
        if before_id is None:
            break
    assert counted(bins) == {"done": 7, "rejected": 8, "ready": 14, "in_flight": 1}


async def test_what_came_back_from_the_bin_lives_and_is_no_longer_removed(tmp_path: Path) -> None:
    desk = Paged(tmp_path / "p.mqs")
    desk.queue(desk.me, is_durable=True)
    for _ in range(3):
        desk.publish(desk.me, traits=LASTING)
    bin_id = desk.do(c.PurgeQueue(desk.me, "q")).bin_id
    purged = next(event for event in desk.events if isinstance(event, QueuePurged)).purged
    assert counted((await desk.ask(GetVolume("q", step_us=STEP))).bins) == {"removed": 3}
    back = [c.RestoredMessage(event.message, 0) for event in purged[:2]]
    desk.do(c.RestoreMessages(desk.me, "q", bin_id, back))
    assert counted((await desk.ask(GetVolume("q", step_us=STEP))).bins) == {"removed": 1, "ready": 2}
