"""Watchers: what reaches them, and what happens to those that cannot keep up."""

from typing import Any

from mqstudio.model import commands as c
from mqstudio.model.limits import WATCH_MAX_EVENTS
from mqstudio.model.queries import WatchEvents, WatchSamples
from mqstudio.protocols.base import WatchItem
from mqstudio.server.sampler import Sampler
from mqstudio.server.watch import Watches
from tests.support.driver import Driver


class Watcher:
    """As much of a link as a watch needs."""

    def __init__(self, connection_id: int = 1) -> None:
        self.connection_id = connection_id
        self.is_choked = False
        self.mail: list[WatchItem] = []

    def notify(self, mail: list[WatchItem]) -> None:
        self.mail += mail

    def take(self) -> list[WatchItem]:
        mail, self.mail = self.mail, []
        return mail


class Watched(Driver):
    """A driver whose events are offered to watchers."""

    def __init__(self) -> None:
        super().__init__()
        self.sampler = Sampler(self.engine)
        self.watches = Watches(self.sampler)
        self.me = self.channel()
        for name in ("q", "r"):
            self.queue(self.me, name)
        self.batches.clear()

    def start(self, link: Any, watch: Any, watch_id: int = 1) -> None:
        self.watches.start(link, watch_id, watch)

    def offer(self) -> list[Any]:
        served = [link for batch in self.batches for link in self.watches.offer(batch)]
        self.batches.clear()
        return served

    def sample(self) -> list[Any]:
        self.now_us += 250_000
        self.sampler.take(self.now_us)
        return self.watches.send_samples()


def _whats(mail: list[Any]) -> list[str]:
    return [letter.item.what for letter in mail]


def test_all_message_events_reach_a_watcher_of_everything_and_no_others() -> None:
    watched, link = Watched(), Watcher()
    watched.start(link, WatchEvents(), 7)
    watched.queue(watched.me, "another")
    watched.publish(watched.me, "q", b"Hi")
    watched.publish(watched.me, "nowhere")
    assert link in watched.offer()
    mail = link.take()
    assert _whats(mail) == ["published", "routed", "enqueued", "published", "unroutable"]
    assert {letter.watch_id for letter in mail} == {7}


def test_a_watcher_of_one_queue_hears_of_that_one_only() -> None:
    watched, link = Watched(), Watcher()
    watched.start(link, WatchEvents("q"))
    watched.publish(watched.me, "r")
    watched.publish(watched.me, "q")
    watched.do(c.TakeMessage(watched.me, "q", is_auto_settled=True))
    watched.offer()
    assert _whats(link.take()) == ["routed", "enqueued", "delivered", "settled"]


def test_a_queue_of_that_name_elsewhere_is_another() -> None:
    watched, link = Watched(), Watcher()
    watched.start(link, WatchEvents("q", "other"))
    watched.publish(watched.me, "q")
    assert watched.offer() == []
    assert link.mail == []


def test_beyond_the_bound_events_are_counted_and_told_as_a_gap() -> None:
    watched, link = Watched(), Watcher()
    watched.start(link, WatchEvents())
    link.is_choked = True
    for _ in range(WATCH_MAX_EVENTS // 3 + 10):
        watched.publish(watched.me)
    assert watched.offer() == []
    link.is_choked = False
    assert watched.watches.send_samples() == [link]
    *items, gap = link.take()
    assert len(items) == WATCH_MAX_EVENTS
    assert (gap.item, gap.gap) == (None, 3 * (WATCH_MAX_EVENTS // 3 + 10) - WATCH_MAX_EVENTS)
    assert all(item.gap == 0 for item in items)

    watched.publish(watched.me)
    watched.offer()
    assert _whats(link.take()) == ["published", "routed", "enqueued"]


def test_a_slow_watcher_costs_others_nothing() -> None:
    watched, slow, quick = Watched(), Watcher(1), Watcher(2)
    for link in (slow, quick):
        watched.start(link, WatchEvents())
    slow.is_choked = True
    watched.publish(watched.me)
    assert watched.offer() == [quick]
    assert len(quick.mail) == 3
    assert slow.mail == []


def test_the_first_sample_has_everything_and_the_next_what_changed() -> None:
    watched, link = Watched(), Watcher()
    watched.start(link, WatchSamples())
    assert watched.sample() == [link]
    watched.publish(watched.me, "r")
    watched.sample()
    first, second = (letter.item for letter in link.take())
    assert [queue.name for queue in first.queues] == ["q", "r"]
    assert [queue.name for queue in second.queues] == ["r"]


def test_a_choked_watcher_gets_one_sample_with_all_that_it_missed() -> None:
    watched, link = Watched(), Watcher()
    watched.start(link, WatchSamples())
    watched.sample()
    link.take()
    link.is_choked = True
    for name in ("q", "r", "q"):
        watched.publish(watched.me, name)
        assert watched.sample() == []
    link.is_choked = False
    watched.sample()
    (letter,) = link.take()
    assert {queue.name: queue.ready for queue in letter.item.queues} == {"q": 2, "r": 1}


def test_a_watch_id_in_use_is_replaced() -> None:
    watched, link = Watched(), Watcher()
    watched.start(link, WatchSamples())
    watched.start(link, WatchEvents("q"))
    assert watched.sample() == []
    watched.publish(watched.me, "q")
    assert watched.offer() == [link]


def test_stopping_ends_one_watch_and_forgetting_all_of_a_connection() -> None:
    watched, one, other = Watched(), Watcher(1), Watcher(2)
    for link in (one, other):
        watched.start(link, WatchEvents(), 1)
        watched.start(link, WatchSamples(), 2)
    watched.watches.stop(one, 1)  # type: ignore[arg-type]  # as much of a link as is needed
    watched.publish(watched.me)
    assert watched.offer() == [other]
    assert watched.sample() == [one, other]
    watched.watches.forget(one)  # type: ignore[arg-type]
    assert watched.sample() == [other]
    watched.watches.stop(one, 99)  # type: ignore[arg-type]
