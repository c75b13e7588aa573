"""What a broker took with it is told of when the next one runs, once, and of nothing else."""

from pathlib import Path

import pytest

from mqstudio.model import commands as c
from mqstudio.model.events import MessageDropped, MessagePublished
from mqstudio.model.message import Message, traits
from mqstudio.store import ending
from mqstudio.store.ending import Endings
from mqstudio.store.ledger import Ledger
from mqstudio.store.told import life_in, page_of
from tests.support.profile import Profile


class Stopped(Profile):
    """A broker's file, and the one who tells of it after the next has begun."""

    def __init__(self, path: Path) -> None:
        super().__init__(path / "stopped.mqs")
        self.me = self.channel(self.connect())
        self.queue(self.me, is_durable=True)

    def publish_some(self, count: int, **wishes: bool) -> list[int]:
        first = self.engine.next_message_id
        for _ in range(count):
            self.publish(self.me, "q", traits=traits(**wishes)) if wishes else self.publish(self.me, "q")
        return list(range(first, first + count))

    def published(self, message_id: int) -> Message:
        return next(
            event.message
            for batch in self.batches
            for event in batch
            if isinstance(event, MessagePublished) and event.message.id == message_id
        )

    def begin(self, *, is_resumed: bool = False) -> Endings:
        self.save()
        return Endings(Ledger(self.connection, is_resumed=is_resumed), lambda: self.now_us)

    def tell(self) -> int:
        """Let another broker begin, and tell all there is to tell; how many slices that took."""
        endings, slices = self.begin(), 0
        while endings.step():
            slices += 1
        return slices

    def ended(self) -> list[int]:
        page = page_of(self.reader().page(self.queue_ids(), None, 1_000, True))
        return [life.message_id for life in page.lives]


@pytest.fixture
def stopped(tmp_path: Path) -> Stopped:
    return Stopped(tmp_path)


def test_what_was_in_memory_only_is_among_what_has_ended(stopped: Stopped) -> None:
    lost = stopped.publish_some(3)
    kept = stopped.publish_some(2, is_persistent=True)
    assert stopped.ended() == []
    stopped.tell()
    assert stopped.ended() == lost
    life = life_in(stopped.reader().life(lost[0]), lost[0])
    (end,) = [event for event in life.events if isinstance(event, MessageDropped)]
    assert (end.reason, end.queue.name) == ("broker_stopped", "q")
    assert not [
        event
        for each in kept
        for event in life_in(stopped.reader().life(each), each).events
        if isinstance(event, MessageDropped)
    ]


def test_what_had_ended_has_one_end(stopped: Stopped) -> None:
    (taken,) = stopped.publish_some(1)
    stopped.do(c.TakeMessage(stopped.me, "q", True))
    stopped.tell()
    (life,) = page_of(stopped.reader().page(stopped.queue_ids(), None, 10, True)).lives
    assert life.message_id == taken
    assert not [event for event in life.events if isinstance(event, MessageDropped)]


def test_it_is_told_once(stopped: Stopped) -> None:
    stopped.publish_some(3)
    assert stopped.tell() == 1
    events = stopped.connection.execute("SELECT count(*) FROM event").get
    assert stopped.tell() == 0
    assert stopped.connection.execute("SELECT count(*) FROM event").get == events


def test_it_is_told_a_slice_at_a_time_and_goes_on_after_an_interruption(
    stopped: Stopped, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "LOOKS", 10)
    lost = stopped.publish_some(35)
    endings = stopped.begin()
    assert endings.step() and endings.step()
    assert stopped.ended() == lost[:20]
    assert stopped.tell() == 2
    assert stopped.ended() == lost


def test_what_this_broker_has_is_left_to_it(stopped: Stopped) -> None:
    stopped.publish_some(1)
    endings = stopped.begin()
    theirs = stopped.publish_some(2)
    stopped.save()
    while endings.step():
        pass
    assert not set(theirs) & set(stopped.ended())


def test_another_store_process_of_the_same_broker_tells_nothing(stopped: Stopped) -> None:
    stopped.publish_some(3)
    assert not stopped.begin(is_resumed=True).step()
    assert stopped.ended() == []


def test_what_was_brought_back_out_of_a_bin_is_there(stopped: Stopped) -> None:
    ids = stopped.publish_some(2)
    messages = [stopped.published(each) for each in ids]
    bin_id = stopped.do(c.PurgeQueue(stopped.me, "q", True)).bin_id
    endings = stopped.begin()
    back = [c.RestoredMessage(each, 0) for each in messages]
    stopped.do(c.RestoreMessages(stopped.me, "q", bin_id, back))
    stopped.save()
    while endings.step():
        pass
    lives = page_of(stopped.reader().page(stopped.queue_ids(), None, 10, True)).lives
    assert not [event for life in lives for event in life.events if isinstance(event, MessageDropped)]
