"""What comes into a queue is told at once, then no more often than asked; and costs nothing else."""

import asyncio
from typing import Any

from mqstudio.model import commands as c
from mqstudio.model.limits import INCOMING_MIN_MS
from mqstudio.model.queries import WatchIncoming
from mqstudio.model.samples import Incoming
from mqstudio.server.incoming import Incomings
from mqstudio.server.sampler import Sampler
from mqstudio.server.watch import Watches
from tests.support.driver import Driver
from tests.support.waiting import eventually_async
from tests.unit.server.test_watch import Watcher


class Watched(Driver):
    """A driver whose turns are offered to watchers."""

    def __init__(self) -> None:
        super().__init__()
        self.flushed: list[Any] = []
        self.watches = Watches(Sampler(self.engine), None, self.flushed.append)
        self.me = self.channel()
        self.queue(self.me, "q")
        self.batches.clear()

    def start(self, link: Any, watch: WatchIncoming, watch_id: int = 1) -> None:
        self.watches.start(link, watch_id, watch)

    def forget(self, link: Any) -> None:
        self.watches.forget(link)

    @property
    def incoming(self) -> Incomings:
        return self.watches._incoming

    def come(self, queue: str = "q") -> None:
        self.publish(self.me, queue)
        self.turn()

    def turn(self) -> None:
        for batch in self.batches:
            self.watches.offer(batch)
        self.batches.clear()


async def test_the_first_is_told_at_once_and_the_rest_together() -> None:
    watched, link = Watched(), Watcher()
    watched.start(link, WatchIncoming("q", every_ms=INCOMING_MIN_MS), 3)
    loop = asyncio.get_running_loop()
    begin_s = loop.time()
    watched.come()
    await eventually_async(lambda: link.mail)
    (first,) = link.take()
    assert (first.watch_id, first.item) == (3, Incoming(1))
    for _ in range(10):
        watched.come()
    await eventually_async(lambda: link.mail)
    assert [letter.item for letter in link.take()] == [Incoming(11)]
    assert loop.time() - begin_s >= INCOMING_MIN_MS / 1000
    assert watched.flushed == [link, link]


async def test_what_leaves_a_queue_or_comes_into_another_is_not_told() -> None:
    watched, link = Watched(), Watcher()
    watched.come()
    watched.queue(watched.me, "r")
    watched.start(link, WatchIncoming("q"))
    watched.come("r")
    watched.do(c.TakeMessage(watched.me, "q", is_auto_settled=True))
    watched.turn()
    await eventually_async(lambda: not watched.incoming.is_look_due)
    assert link.mail == []


async def test_who_does_not_read_is_told_when_it_does() -> None:
    """Of all that came meanwhile, once; and nobody else waits for it."""
    watched, slow, other = Watched(), Watcher(1), Watcher(2)
    slow.is_choked = True
    for link in (slow, other):
        watched.start(link, WatchIncoming("q"))
    watched.come()
    watched.come()
    await eventually_async(lambda: other.mail)
    assert slow.mail == []
    slow.is_choked = False
    watched.watches.send_samples()
    await eventually_async(lambda: slow.mail)
    assert [letter.item for letter in slow.take()] == [Incoming(2)]


async def test_a_turn_costs_nothing_when_nobody_watches_and_a_flag_while_a_look_is_due() -> None:
    watched, link = Watched(), Watcher()
    watched.come()
    assert not watched.incoming.is_look_due
    watched.start(link, WatchIncoming("q"))
    watched.come()
    assert watched.incoming.is_look_due
    watched.forget(link)
    await eventually_async(lambda: not watched.incoming.is_look_due)
    assert link.mail == []
    watched.come()
    assert not watched.incoming.is_look_due


async def test_a_queue_may_come_later_and_come_again() -> None:
    """Its counter begins anew; that is told, too."""
    watched, link = Watched(), Watcher()
    watched.start(link, WatchIncoming("later", every_ms=0))
    watched.queue(watched.me, "later")
    watched.come("later")
    watched.come("later")
    await eventually_async(lambda: link.mail)
    assert [letter.item for letter in link.take()] == [Incoming(2)]
    watched.do(c.DeleteQueue(watched.me, "later"))
    watched.queue(watched.me, "later")
    watched.come("later")
    await eventually_async(lambda: link.mail and link.mail[-1].item == Incoming(1))
