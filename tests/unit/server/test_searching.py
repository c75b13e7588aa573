"""Searches of watchers: rows for each queue, progress, an end; stopped when nobody wants to know any more."""

import asyncio
from typing import Any

import pytest

from mqstudio.model import commands as c
from mqstudio.model import limits
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.queries import Search
from mqstudio.model.rows import Found
from mqstudio.server.sampler import Sampler
from mqstudio.server.searching import Finder
from mqstudio.server.watch import Watches
from mqstudio.store.memory import MemoryStore
from tests.support.driver import Driver
from tests.support.waiting import eventually_async
from tests.unit.server.test_watch import Watcher


class Searched(Driver):
    """An engine with a ledger of small segments, and somebody who searches."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore(segment_events=16)
        self.flushed = 0
        self.watches = Watches(
            Sampler(self.engine),
            Finder(self.engine, self.store, lambda: 0),
            self._flush,  # type: ignore[arg-type]  # a watcher is link enough
        )
        self.watcher = Watcher()
        self.me = self.channel(self.connect("Ada"))
        self.queue(self.me)

    def _flush(self, _: object) -> None:
        self.flushed += 1

    def start(self, watch_id: int = 7, **wanted: Any) -> None:
        for batch in self.batches:
            self.store.append(batch)
        self.batches.clear()
        self.watches.start(self.watcher, watch_id, Search(**wanted))  # type: ignore[arg-type]

    def found(self) -> list[Found]:
        items = [item.item for item in self.watcher.mail]
        assert all(isinstance(item, Found) for item in items)
        return items  # type: ignore[return-value]

    async def search(self, **wanted: Any) -> list[tuple[int, str, str]]:
        """The rows of a whole search."""
        self.watcher.take()
        self.start(**wanted)
        await eventually_async(lambda: bool(self.found()) and self.found()[-1].is_over)
        last = self.found()[-1]
        assert last.problem == ""
        assert [each.is_over for each in self.found()[:-1]] == [False] * (len(self.found()) - 1)
        assert self.flushed
        return [(r.message_id, r.queue, str(r.state)) for each in self.found() for r in each.rows]


async def test_rows_tell_where_a_message_stands_in_each_queue() -> None:
    desk = Searched()
    desk.queue(desk.me, "r")
    desk.do(c.DeclareExchange(desk.me, "both", "fanout"))
    for name in ("q", "r"):
        desk.do(c.Bind(desk.me, "both", name))
    desk.publish(desk.me, exchange="both", body=b"one")
    desk.publish(desk.me, exchange="both", body=b"two")
    desk.do(c.TakeMessage(desk.me, "q"))
    desk.do(c.TakeMessage(desk.me, "r", is_auto_settled=True))
    desk.publish(desk.me, "nowhere", body=b"three")
    assert await desk.search() == [
        (3, "", "dropped"),
        (2, "q", "ready"),
        (2, "r", "ready"),
        (1, "q", "in_flight"),
        (1, "r", "done"),
    ]
    assert await desk.search(text="one") == [(1, "q", "in_flight"), (1, "r", "done")]
    assert await desk.search(queue="r") == [(2, "r", "ready"), (1, "r", "done")]
    assert await desk.search(states=["done"]) == [(1, "r", "done")]
    assert await desk.search(vhost="other") == [(3, "", "dropped")]
    assert await desk.search(where="state == done or body contains two and queue == r") == [
        (2, "r", "ready"),
        (1, "r", "done"),
    ]
    assert await desk.search(where='body == "one" and not state == done') == [(1, "q", "in_flight")]


async def test_a_search_by_a_text_that_is_no_filter_is_refused() -> None:
    with pytest.raises(RefusedError, match="'redy' is no state"):
        Searched().start(where="state == redy")


async def test_a_search_goes_through_all_segments_and_says_how_far_it_is() -> None:
    desk = Searched()
    for _ in range(40):
        desk.publish(desk.me)
    rows = await desk.search()
    assert [row[0] for row in rows] == list(range(40, 0, -1))
    looked_at = [each.looked_at for each in desk.found()]
    assert len(looked_at) > 3
    assert looked_at == sorted(looked_at)
    assert {each.of for each in desk.found()} == {40}
    assert looked_at[-1] == 40


async def test_a_search_ends_at_its_limit() -> None:
    desk = Searched()
    for _ in range(40):
        desk.publish(desk.me)
    assert [row[0] for row in await desk.search(limit=3)] == [40, 39, 38]
    assert desk.found()[-1].looked_at < 40


async def test_nothing_is_found_in_nothing() -> None:
    assert await Searched().search(text="x") == []


async def test_a_search_waits_while_its_watcher_is_slow() -> None:
    desk = Searched()
    for _ in range(40):
        desk.publish(desk.me)
    desk.watcher.is_choked = True
    desk.start()
    for _ in range(20):
        await asyncio.sleep(0)
    assert desk.found() == []
    desk.watcher.is_choked = False
    desk.watches.send_samples()
    await eventually_async(lambda: bool(desk.found()) and desk.found()[-1].is_over)


@pytest.mark.parametrize("how", ["stop", "forget", "replace"])
async def test_a_search_that_nobody_wants_any_more_ends(how: str) -> None:
    desk = Searched()
    for _ in range(40):
        desk.publish(desk.me)
    desk.start()
    for _ in range(3):  # its beginning, the first slice, and what that found
        await asyncio.sleep(0)
    assert desk.found()
    assert not desk.found()[-1].is_over
    desk.watcher.take()
    if how == "stop":
        desk.watches.stop(desk.watcher, 7)  # type: ignore[arg-type]
    elif how == "forget":
        desk.watches.forget(desk.watcher)  # type: ignore[arg-type]
    else:
        desk.start(text="none has this")
    for _ in range(50):
        await asyncio.sleep(0)
    assert [row for each in desk.found() for row in each.rows] == []


async def test_only_so_many_run_at_once() -> None:
    desk = Searched()
    for number in range(limits.SEARCHES_MAX):
        desk.start(number)
    with pytest.raises(RefusedError) as refused:
        desk.start(99)
    assert refused.value.why is Refusal.TOO_MANY
    await eventually_async(lambda: sum(each.is_over for each in desk.found()) == limits.SEARCHES_MAX)
    desk.start(99)


async def test_a_store_that_cannot_answer_ends_it_with_a_sentence() -> None:
    desk = Searched()
    failing: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    desk.store.search = lambda *_: failing  # type: ignore[method-assign]
    desk.start()
    await asyncio.sleep(0)
    failing.set_exception(RefusedError(Refusal.NOT_STORED, "The disk is gone."))
    await eventually_async(lambda: bool(desk.found()))
    (item,) = desk.found()
    assert (item.is_over, item.problem) == (True, "The disk is gone.")


async def test_what_was_released_is_ready_again() -> None:
    desk = Searched()
    desk.publish(desk.me)
    desk.do(c.TakeMessage(desk.me, "q"))
    desk.settle(desk.me, 1, Outcome.RELEASED)
    assert await desk.search() == [(1, "q", "ready")]


class ThinnedStore(MemoryStore):
    """A store that has passed over some messages."""

    def thinned(self) -> list[tuple[int, int]]:
        return [(20, 8), (30, 1)]


async def test_it_is_told_when_not_all_was_recorded_of_what_is_looked_through() -> None:
    desk = Searched()
    desk.store.__class__ = ThinnedStore
    for _ in range(40):
        desk.publish(desk.me, "q")
    assert len(await desk.search()) == 40
    told = [item.recorded_one_in for item in desk.found()]
    assert told[0] == 1 and told[-1] == 8
    assert told == sorted(told)
