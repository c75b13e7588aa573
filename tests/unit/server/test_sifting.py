"""Pages by a filter: what all pages together would show of it, wherever the messages are."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from mqstudio.model import commands as c
from mqstudio.model import limits
from mqstudio.model import queries as q
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.message import HUB_FORMAT, Header, Properties, encode_properties, traits
from mqstudio.model.rows import MessagePage, MessageRow, MessageState
from mqstudio.server.disk_queries import DiskQueries
from mqstudio.server.queries import Queries
from mqstudio.server.sampler import Sampler
from mqstudio.server.turns import GLANCE_BYTES
from mqstudio.store.memory import MemoryStore
from tests.support.driver import Driver
from tests.unit.server.test_pages import Paged
from tests.unit.server.test_queries import INFO

MESSAGES = 40


class Kept(Driver):
    """An engine with a ledger in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore(segment_events=16)
        self.queries = Queries(
            self.engine, self.store, Sampler(self.engine), {}, lambda: INFO, lambda: self.now_us
        )
        self.me = self.channel(self.connect("Ada"))

    async def ask(self, query: q.Query) -> Any:
        for batch in self.batches:
            self.store.append(batch)
        self.batches.clear()
        answer = self.queries.answer(query)
        return await answer if isinstance(answer, asyncio.Future) else answer


def on_disk(path: Path) -> Paged:
    """An engine with a profile, the time being the engine's."""
    desk = Paged(path)
    store: Any = DiskQueries(desk.link)
    desk.queries = Queries(desk.engine, store, Sampler(desk.engine), {}, lambda: INFO, lambda: desk.now_us)
    return desk


def fill(desk: Any, kind: str) -> None:
    """Messages of all states: done, rejected, requeued, in flight, ready; some were handed over before."""
    arguments = {"priorities": {"x-max-priority": 3}, "quorum": {"x-queue-type": "quorum"}}.get(kind, {})
    desk.queue(desk.me, is_durable=True, arguments=arguments)
    for number in range(MESSAGES):
        properties = Properties(headers=[Header("n", "int32", number)], type=f"t{number % 3}")
        desk.do(
            c.PublishMessage(
                desk.me, "", "q", encode_properties(properties), b'{"n": %d, "even": %s}'
                % (number, b"true" if number % 2 == 0 else b"false"), format=HUB_FORMAT,
                traits=traits(is_persistent=True, priority=number % 4),
            )
        )  # fmt: skip
    other = desk.channel(desk.connect("Bob"))
    for _ in range(12):
        desk.do(c.TakeMessage(other, "q"))
    for tag in range(1, 5):
        desk.settle(other, tag, Outcome.ACCEPTED)
    desk.settle(other, 5, Outcome.REJECTED)
    for tag in (6, 7):
        desk.settle(other, tag, Outcome.RELEASED)


async def walk(desk: Any, **options: Any) -> list[MessageRow]:
    rows: list[MessageRow] = []
    after_id = None
    for _ in range(1_000):
        page: MessagePage = await desk.ask(q.GetPage("q", after_id=after_id, **options))
        assert len(page.rows) <= options.get("limit", 200)
        rows += page.rows
        after_id = page.next_id
        if after_id is None:
            return rows
    raise AssertionError("it never ends")


FILTERS = {
    "body.n >= 10 and body.even == true": lambda n, row: n >= 10 and n % 2 == 0,
    "headers.n < 20": lambda n, row: n < 20,
    "state == ready": lambda n, row: row.state is MessageState.READY,
    "state == in_flight or body.n > 35": lambda n, row: row.state is MessageState.IN_FLIGHT or n > 35,
    "state in (done, dropped) and type == t1": lambda n, row: (
        row.state in {MessageState.DONE, MessageState.DROPPED} and n % 3 == 1
    ),
    "not (state == ready and body.even == true)": lambda n, row: (
        not (row.state is MessageState.READY and n % 2 == 0)
    ),
    "redelivered or headers.n == 39": lambda n, row: row.is_redelivered or n == 39,
    "deliveries > 0 and priority > 1": lambda n, row: row.delivery_count > 0 and n % 4 > 1,
    "held_by startswith Bob": lambda n, row: row.holder.startswith("Bob"),
    "publisher == Ada and reason == rejected": lambda n, row: row.ended_because == "rejected",
    "queue == q and key == q": lambda n, row: True,
    "nowhere": lambda n, row: False,
}


@pytest.mark.parametrize("limit", [3, 200])
@pytest.mark.parametrize("is_oldest_first", [True, False])
@pytest.mark.parametrize("home", ["memory", "disk", "paged", "priorities", "quorum"])
async def test_a_filter_finds_what_is_so_of_all_rows(
    tmp_path: Path, home: str, limit: int, is_oldest_first: bool
) -> None:
    """Each filter, against every row there is, page by page: nothing is missing, nothing is told twice."""
    desk: Any = Kept() if home == "memory" else on_disk(tmp_path / "p.mqs")
    fill(desk, home)
    if home not in {"memory", "disk"}:
        desk.page_out(4)
    order = {"is_oldest_first": is_oldest_first}
    everything = await walk(desk, **order)
    assert len(everything) == MESSAGES
    assert len({row.state for row in everything}) >= 4
    first = min(row.message_id for row in everything)
    for where, is_so in FILTERS.items():
        expected = [row for row in everything if is_so(row.message_id - first, row)]
        assert await walk(desk, where=where, limit=limit, **order) == expected, where
        ready = [row for row in expected if row.state is MessageState.READY]
        assert await walk(desk, where=where, limit=limit, states=[MessageState.READY], **order) == ready, (
            where
        )


async def test_a_page_takes_no_longer_than_a_moment_and_says_where_to_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without time it looks at one part of what there is, and others have their turn."""
    desk = Kept()
    desk.queue(desk.me)
    for _ in range(2_000):
        desk.publish(desk.me)
    monkeypatch.setattr(limits, "FILTER_PAGE_US", 0)
    monkeypatch.setattr(limits, "FILTER_TURN_US", 0)
    page = await desk.ask(q.GetPage("q", where="nowhere"))
    assert page.rows == []
    assert page.next_id is not None
    assert 0 < page.looked_at < 2_000
    assert page.total_live == 2_000
    looked_at = 0
    after_id = None
    while True:
        page = await desk.ask(q.GetPage("q", where="nowhere", after_id=after_id))
        looked_at += page.looked_at
        after_id = page.next_id
        if after_id is None:
            break
    assert looked_at == 2_000


@pytest.mark.parametrize(("body_bytes", "looked_at"), [(0, 16), (GLANCE_BYTES, 1)])
async def test_large_bodies_are_fewer_to_a_turn(
    monkeypatch: pytest.MonkeyPatch, body_bytes: int, looked_at: int
) -> None:
    """Reading one may take as long as a turn does."""
    desk = Kept()
    desk.queue(desk.me)
    for _ in range(40):
        desk.publish(desk.me, body=b" " * body_bytes)
    monkeypatch.setattr(limits, "FILTER_PAGE_US", 0)
    monkeypatch.setattr(limits, "FILTER_TURN_US", 0)
    page = await desk.ask(q.GetPage("q", where="nowhere", states=[MessageState.READY]))
    assert page.looked_at == looked_at


async def test_what_is_in_flight_is_looked_at_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others have theirs after each, if there is no time; all are looked at, each once."""
    desk = Kept()
    desk.queue(desk.me)
    for number in range(30):
        desk.publish(desk.me, body=b'{"n": %d}' % number)
        desk.do(c.TakeMessage(desk.me, "q"))
    monkeypatch.setattr(limits, "FILTER_TURN_US", 0)
    monkeypatch.setattr(limits, "FILTER_PAGE_US", 60_000_000)
    answer: Any = desk.queries.answer(
        q.GetPage("q", where="body.n >= 0", states=[MessageState.IN_FLIGHT], is_oldest_first=True)
    )
    turns = 0
    while not answer.done():
        turns += 1
        await asyncio.sleep(0)
    page = answer.result()
    assert turns >= 30
    assert [row.message_id for row in page.rows] == list(range(1, 31))
    assert page.looked_at == 30


async def test_what_changes_while_it_is_looked_for_is_told_as_it_is(tmp_path: Path) -> None:
    """A message that is taken meanwhile is in flight, and so is no longer meant by `state == ready`."""
    desk = on_disk(tmp_path / "p.mqs")
    desk.queue(desk.me, is_durable=True)
    for _ in range(20):
        desk.publish(desk.me, traits=traits(is_persistent=True))
    desk.page_out(4)
    other = desk.channel()

    def take() -> None:
        desk.link.between = lambda: None
        desk.do(c.TakeMessage(other, "q"))

    desk.link.between = take
    page = await desk.ask(q.GetPage("q", where="state == ready", is_oldest_first=True))
    assert [row.message_id for row in page.rows] == list(range(2, 21))


async def test_a_text_that_is_no_filter_is_refused() -> None:
    """With the sentence that the parser has for it."""
    desk = Kept()
    desk.queue(desk.me)
    with pytest.raises(RefusedError) as caught:
        await desk.ask(q.GetPage("q", where="state == redy"))
    assert caught.value.why is Refusal.INVALID_ARGUMENT
    assert caught.value.says.startswith("'redy' is no state.")


async def test_damaged_messages_can_be_sifted(tmp_path: Path) -> None:
    """What cannot be read has no fields; the rest of the file is looked through all the same."""
    desk = on_disk(tmp_path / "p.mqs")
    desk.queue(desk.me, is_durable=True)
    for number in range(10):
        desk.publish(desk.me, body=b'{"n": %d}' % number, traits=traits(is_persistent=True))
    desk.page_out(1)
    desk.save()
    desk.damage(
        "UPDATE message SET body='text', traits='{', past='[', routing_key=CAST(x'ff' AS TEXT) WHERE id=5"
    )
    rows = await walk(desk, where="body.n >= 0")
    assert [row.message_id for row in rows] == [10, 9, 8, 7, 6, 4, 3, 2, 1]


@pytest.mark.parametrize("is_oldest_first", [True, False])
async def test_a_search_goes_on_where_it_was_though_the_queue_moves(
    monkeypatch: pytest.MonkeyPatch, is_oldest_first: bool
) -> None:
    """Between its turns messages come and go; of those that stay none is missed, none is told twice."""
    desk = Kept()
    desk.queue(desk.me)
    for number in range(1_000):
        desk.publish(desk.me, body=b'{"n": %d}' % number)
    monkeypatch.setattr(limits, "FILTER_TURN_US", 0)
    monkeypatch.setattr(limits, "FILTER_PAGE_US", 60_000_000)
    page = desk.queries.answer(
        q.GetPage("q", limit=500, where="body.n > 100", is_oldest_first=is_oldest_first)
    )
    assert isinstance(page, asyncio.Future)
    other = desk.channel()
    moves = 0
    while not page.done():
        moves += 1
        desk.publish(desk.me, body=b'{"n": 0}')
        desk.do(c.TakeMessage(other, "q", is_auto_settled=True))
        await asyncio.sleep(0)
    assert moves > 20
    first = 102
    ids = [row.message_id for row in page.result().rows]
    there = [each for each in range(max(first, moves + 1), 1_001)]
    expected = there if is_oldest_first else there[::-1]
    assert [each for each in ids if each > moves] == expected[: len(ids)]
    assert len(ids) == 500
