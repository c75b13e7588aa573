"""Pages and messages of queues that are partly, or wholly, on disk only."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from mqstudio.model import commands as c
from mqstudio.model import limits
from mqstudio.model import queries as q
from mqstudio.model.delivery import Outcome
from mqstudio.model.message import Traits
from mqstudio.model.rows import BrokerInfo, MessageState
from mqstudio.server.disk_queries import DiskQueries
from mqstudio.server.queries import Queries
from mqstudio.server.reader_link import ReaderLink
from mqstudio.server.sampler import Sampler
from mqstudio.store.reader import QUESTIONS, Reader, encoded
from tests.support.profile import Profile

LASTING = Traits(is_persistent=True)
READY, IN_FLIGHT = MessageState.READY, MessageState.IN_FLIGHT


class InlineLink(ReaderLink):
    """Asks a reader in this process; the answer comes with the loop's next turn, as from a child."""

    def __init__(self, profile: "Paged") -> None:
        super().__init__(profile.path)
        self._profile = profile
        self.between: Any = lambda: None
        """What happens between a question and its answer."""
        self.asked: list[str] = []

    def ask(self, name: str, *arguments: object) -> "asyncio.Future[bytes]":
        self.asked.append(name)
        self._profile.save()
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        answer = encoded(QUESTIONS[name](self._profile.its_reader, *arguments))
        self.between()
        asyncio.get_running_loop().call_soon(future.set_result, answer)
        return future


class Paged(Profile):
    """An engine with a profile, and queries about both."""

    def __init__(self, path: Path, *, began_us: int = 0, first_id: int = 1) -> None:
        super().__init__(path)
        self._next_id = first_id
        self.its_reader: Reader = self.reader()
        self.link = InlineLink(self)
        info = BrokerInfo("0.1.0", 4711, "default", began_us, [])
        self.queries = Queries(
            self.engine,
            DiskQueries(self.link),  # type: ignore[arg-type]  # what queries ask of a store
            Sampler(self.engine),
            {},
            lambda: info,
        )
        self.me = self.channel(self.connect("Ada"))

    async def ask(self, query: q.Query) -> Any:
        answer = self.queries.answer(query)
        return await answer if isinstance(answer, asyncio.Future) else answer

    async def walk(self, queue: str, limit: int, **options: Any) -> list[int]:
        """All ids, page by page to the end."""
        seen: list[int] = []
        after_id = None
        while True:
            page = await self.ask(q.GetPage(queue, limit=limit, after_id=after_id, **options))
            assert len(page.rows) <= limit
            seen += [row.message_id for row in page.rows]
            after_id = page.next_id
            if after_id is None:
                return seen

    def page_out(self, window: int) -> None:
        """Have memory give up all but the first messages."""
        while self.do(c.PageOut(0, window)).count:
            pass

    def count(self, queue: str) -> tuple[int, int]:
        """In hand, and on disk only."""
        found = self.engine.vhosts["/"].queues[queue]
        return len(found.ready), found.on_disk


@pytest.fixture
def desk(tmp_path: Path) -> Paged:
    return Paged(tmp_path / "p.mqs")


@pytest.mark.parametrize("limit", [1, 3, 7, 50])
@pytest.mark.parametrize("is_oldest_first", [True, False])
@pytest.mark.parametrize("kind", ["lasting", "transient", "quorum", "log", "priorities"])
async def test_pages_go_on_where_memory_ends(
    desk: Paged, kind: str, limit: int, is_oldest_first: bool
) -> None:
    arguments: dict[str, Any] = {
        "quorum": {"x-queue-type": "quorum"},
        "log": {"x-queue-type": "stream"},
        "priorities": {"x-max-priority": 3},
    }.get(kind, {})
    desk.queue(desk.me, is_durable=True, arguments=arguments)
    for number in range(20):
        desk.publish(desk.me, traits=Traits(is_persistent=kind == "lasting", priority=number % 5))
    desk.page_out(4)
    assert desk.count("q") == (4, 16)
    ids = list(range(1, 21)) if is_oldest_first else list(range(20, 0, -1))
    assert await desk.walk("q", limit, is_oldest_first=is_oldest_first) == ids
    assert await desk.walk("q", limit, is_oldest_first=is_oldest_first, states=[READY]) == ids
    page = await desk.ask(q.GetPage("q", limit=2))
    assert page.total_live == 20


@pytest.mark.parametrize("is_oldest_first", [True, False])
async def test_what_was_in_flight_when_memory_gave_up_is_shown_once(
    desk: Paged, is_oldest_first: bool
) -> None:
    desk.queue(desk.me, is_durable=True)
    for _ in range(12):
        desk.publish(desk.me, traits=LASTING)
    for _ in range(4):
        desk.do(c.TakeMessage(desk.me, "q"))
    for tag in (1, 2):  # 1 and 2 come back: memory keeps them, and gives up what is behind them
        desk.settle(desk.me, tag, Outcome.RELEASED)
    desk.page_out(1)  # of 2 as well, so that the store has 3 and 4 behind the first that it alone has
    assert desk.count("q") == (1, 9)
    page = await desk.ask(q.GetPage("q", limit=99, is_oldest_first=is_oldest_first))
    states = {row.message_id: row.state for row in page.rows}
    assert len(page.rows) == len(states) == 12
    assert {number for number, state in states.items() if state is IN_FLIGHT} == {3, 4}
    ready = await desk.walk("q", 3, is_oldest_first=is_oldest_first, states=[READY])
    assert sorted(ready) == [1, 2, *range(5, 13)]


async def test_pages_mix_what_lives_on_disk_with_what_has_ended(desk: Paged) -> None:
    desk.queue(desk.me, is_durable=True)
    for _ in range(6):
        desk.publish(desk.me, traits=LASTING)
        desk.do(c.TakeMessage(desk.me, "q", is_auto_settled=True))
        desk.publish(desk.me, traits=LASTING)
        desk.do(c.TakeMessage(desk.me, "q"))
    for tag in range(2, 13, 2):
        desk.settle(desk.me, tag, Outcome.RELEASED)
    desk.page_out(1)
    for limit in (1, 2, 5, 99):
        assert await desk.walk("q", limit) == list(range(12, 0, -1))
        assert await desk.walk("q", limit, states=[MessageState.DONE]) == [11, 9, 7, 5, 3, 1]


@pytest.mark.parametrize("is_oldest_first", [True, False])
async def test_a_page_that_takes_too_long_has_nothing_from_behind_where_it_came_to(
    desk: Paged, monkeypatch: pytest.MonkeyPatch, is_oldest_first: bool
) -> None:
    """What lives further on comes with a later page, and once."""
    monkeypatch.setattr(limits, "PAGE_SCAN_PAGES", 1)
    desk.queue(desk.me, is_durable=True)
    for _ in range(4):
        for _ in range(5):  # of these nobody wants to know
            desk.publish(desk.me, traits=LASTING)
        desk.publish(desk.me, traits=LASTING)
    for _ in range(24):
        desk.do(c.TakeMessage(desk.me, "q"))
    outcomes = {0: Outcome.RELEASED, 3: Outcome.REJECTED}
    for number in range(1, 25):
        desk.settle(desk.me, number, outcomes.get(number % 6, Outcome.ACCEPTED))
    wanted = [MessageState.READY, MessageState.DROPPED]
    seen = await desk.walk("q", 2, is_oldest_first=is_oldest_first, states=wanted)
    assert seen == (list(range(3, 25, 3)) if is_oldest_first else list(range(24, 0, -3)))


async def test_what_happens_between_question_and_answer_is_not_shown_wrongly(desk: Paged) -> None:
    """Memory has taken a page in, and handed it over, while the store was asked for it."""
    desk.queue(desk.me, is_durable=True)
    for _ in range(6):
        desk.publish(desk.me, traits=LASTING)
    desk.page_out(2)

    def purge() -> None:
        desk.link.between = lambda: None
        desk.do(c.PurgeQueue(desk.me, "q"))

    desk.link.between = purge
    page = await desk.ask(q.GetPage("q", states=[READY]))
    assert (page.rows, page.total_live) == ([], 0)


async def test_a_queue_that_memory_holds_asks_the_store_for_no_places(desk: Paged) -> None:
    desk.queue(desk.me, is_durable=True)
    desk.publish(desk.me, traits=LASTING)
    assert len((await desk.ask(q.GetPage("q", states=[READY]))).rows) == 1
    assert "places" not in desk.link.asked
    assert "page" not in desk.link.asked


async def test_a_damaged_message_is_shown_and_said_to_be(desk: Paged) -> None:
    desk.queue(desk.me, is_durable=True)
    for _ in range(4):
        desk.publish(desk.me, traits=LASTING, body=b"text")
    desk.page_out(1)
    desk.save()
    desk.damage("UPDATE message SET body = x'00' WHERE id=3")
    page = await desk.ask(q.GetPage("q"))
    assert [bool(row.problem) for row in page.rows] == [False, True, False, False]
    assert "damaged" in (await desk.ask(q.GetMessage("q", 3))).property_error


async def test_a_page_says_how_much_was_recorded_of_what_ended(tmp_path: Path) -> None:
    """Whether it is by a filter or not; what waits is all there, so that nothing need be said of it."""
    desk = Paged(tmp_path / "p.mqs")
    desk.me = desk.channel()
    desk.queue(desk.me)
    for one_in in (1, 4, 1):
        desk.projection.record_one_in(one_in, desk.engine.next_message_id, desk.now_us)
        for _ in range(8):
            desk.publish(desk.me, "q")
            desk.do(c.TakeMessage(desk.me, "q", True))
        desk.save()
    done = [MessageState.DONE]

    async def told(**options: Any) -> int:
        answer = desk.queries.answer(q.GetPage("q", **options))
        page = await answer if isinstance(answer, asyncio.Future) else answer
        return page.recorded_one_in

    assert await told(states=done) == 4
    assert await told(states=done, where="body != x") == 4
    assert await told(states=done, limit=4) == 1, "these are of the time when all was recorded again"
    assert await told(states=done, limit=4, is_oldest_first=True) == 1
    assert await told(states=done, after_id=17) == 4
    assert await told(states=[READY, IN_FLIGHT]) == 1
