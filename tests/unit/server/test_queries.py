"""Queries: pages that merge the engine's live messages with the ledger's ended ones, and the rest."""

from typing import Any

import pytest

from mqstudio.model import commands as c
from mqstudio.model import limits
from mqstudio.model import queries as q
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.message import HUB_FORMAT, Properties, encode_properties
from mqstudio.model.rows import BrokerInfo, MessageRow, MessageState
from mqstudio.server.queries import Queries
from mqstudio.server.sampler import Sampler
from mqstudio.store.memory import MemoryStore
from tests.support.driver import Driver
from tests.support.peers import ScriptedProtocol

INFO = BrokerInfo("0.1.0", 4711, "default", 5, [])
ENDED = [MessageState.DONE, MessageState.DROPPED, MessageState.PURGED]


class Desk(Driver):
    """A driver whose events go to a ledger, and queries about both."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        super().__init__()
        self.store = store or MemoryStore(segment_events=16)
        self.sampler = Sampler(self.engine)
        protocols = {"test": ScriptedProtocol()}
        self.queries = Queries(self.engine, self.store, self.sampler, protocols, lambda: INFO)
        self.me = self.channel(self.connect("Ada"))
        self.queue(self.me)

    def ask(self, query: q.Query) -> Any:
        for batch in self.batches:
            self.store.append(batch)
        self.batches.clear()
        return self.queries.answer(query)

    def rows(self, **options: Any) -> list[MessageRow]:
        rows: list[MessageRow] = self.ask(q.GetPage("q", **options)).rows
        return rows

    def ids(self, **options: Any) -> list[int]:
        return [row.message_id for row in self.rows(**options)]

    def publish_many(self, count: int) -> None:
        for _ in range(count):
            self.publish(self.me)

    def purge(self) -> int:
        bin_id: int = self.do(c.PurgeQueue(self.me, "q")).bin_id
        return bin_id

    def undo(self, bin_id: int) -> None:
        contents = self.ask_bin(bin_id)
        self.do(c.RestoreMessages(self.me, "q", bin_id, contents))

    def ask_bin(self, bin_id: int) -> list[c.RestoredMessage]:
        self.ask(q.ListBins())
        kept = self.store.bin(bin_id)
        assert kept is not None
        return kept.messages


def _mixed() -> Desk:
    """1 done, 2 dropped, 3 purged, 4 in flight, 5 and 6 ready."""
    desk = Desk()
    desk.publish_many(3)
    for _ in range(2):
        desk.do(c.TakeMessage(desk.me, "q"))
    desk.accept(desk.me, 1)
    desk.settle(desk.me, 2, Outcome.REJECTED)
    desk.purge()
    desk.publish_many(3)
    desk.do(c.TakeMessage(desk.me, "q"))
    return desk


def _walk(desk: Desk, limit: int, **options: Any) -> list[int]:
    """All ids, page by page to the end."""
    seen: list[int] = []
    after_id = None
    while True:
        page = desk.ask(q.GetPage("q", limit=limit, after_id=after_id, **options))
        assert len(page.rows) <= limit
        seen += [row.message_id for row in page.rows]
        after_id = page.next_id
        if after_id is None:
            return seen


# ---- pages


def test_a_page_merges_live_and_ended_messages_newest_first() -> None:
    rows = _mixed().rows()
    assert [(row.message_id, str(row.state)) for row in rows] == [
        (6, "ready"),
        (5, "ready"),
        (4, "in_flight"),
        (3, "purged"),
        (2, "dropped"),
        (1, "done"),
    ]


def test_a_page_oldest_first_has_the_same_rows_turned_round() -> None:
    desk = _mixed()
    assert desk.rows(is_oldest_first=True) == desk.rows()[::-1]


@pytest.mark.parametrize(
    ("state", "ids"),
    [
        (MessageState.READY, [6, 5]),
        (MessageState.IN_FLIGHT, [4]),
        (MessageState.PURGED, [3]),
        (MessageState.DROPPED, [2]),
        (MessageState.DONE, [1]),
    ],
)
def test_a_page_of_one_state(state: MessageState, ids: list[int]) -> None:
    assert _mixed().ids(states=[state]) == ids


def test_a_page_of_several_states() -> None:
    assert _mixed().ids(states=[MessageState.READY, MessageState.DONE]) == [6, 5, 1]


def test_the_total_counts_live_messages_whatever_is_asked_for() -> None:
    assert _mixed().ask(q.GetPage("q", limit=1, states=[MessageState.DONE])).total_live == 3


@pytest.mark.parametrize("limit", range(1, 8))
@pytest.mark.parametrize("is_oldest_first", [False, True])
def test_pages_follow_each_other_without_gap_or_double(limit: int, is_oldest_first: bool) -> None:
    ids = list(range(1, 7))
    expected = ids if is_oldest_first else ids[::-1]
    assert _walk(_mixed(), limit, is_oldest_first=is_oldest_first) == expected


def test_a_page_goes_on_behind_a_message_that_is_gone_from_view() -> None:
    desk = _mixed()
    assert desk.ids(after_id=4, states=[MessageState.READY], is_oldest_first=True) == [5, 6]
    assert desk.ids(after_id=4, limit=2) == [3, 2]


def test_a_limit_is_kept_within_bounds() -> None:
    desk = Desk()
    desk.publish_many(limits.PAGE_MAX_ROWS + 1)
    assert len(desk.rows(limit=10**6)) == limits.PAGE_MAX_ROWS
    assert len(desk.rows(limit=-1)) == 1


def test_a_restored_message_is_live_and_not_ended() -> None:
    desk = Desk()
    desk.publish_many(2)
    desk.undo(desk.purge())
    assert [(row.message_id, row.state) for row in desk.rows()] == [(2, "ready"), (1, "ready")]
    assert desk.ids(states=ENDED) == []
    desk.do(c.TakeMessage(desk.me, "q"))
    assert desk.ids(states=ENDED) == []
    desk.accept(desk.me, 1)
    assert desk.ids(states=ENDED) == [1]


def test_restored_messages_do_not_hide_ended_ones_behind_them() -> None:
    desk = Desk()
    desk.publish_many(2)
    desk.purge()
    desk.publish_many(2)
    desk.undo(desk.purge())
    assert desk.ids(states=[MessageState.PURGED], limit=2) == [2, 1]


def test_a_released_message_is_ready_again_and_counted_once() -> None:
    desk = Desk()
    desk.publish_many(1)
    desk.do(c.TakeMessage(desk.me, "q"))
    desk.settle(desk.me, 1, Outcome.RELEASED)
    (row,) = desk.rows()
    assert (row.state, row.is_redelivered) == ("ready", True)


def test_a_message_in_two_queues_has_a_state_in_each() -> None:
    desk = Desk()
    desk.do(c.DeclareExchange(desk.me, "both", "fanout"))
    for name in ("q", "r"):
        desk.queue(desk.me, name)
        desk.do(c.Bind(desk.me, "both", name))
    desk.publish(desk.me, exchange="both")
    desk.do(c.TakeMessage(desk.me, "q", is_auto_settled=True))
    assert [row.state for row in desk.rows()] == ["done"]
    assert [row.state for row in desk.ask(q.GetPage("r")).rows] == ["ready"]


def test_a_queue_that_is_gone_still_shows_what_it_had() -> None:
    desk = Desk()
    desk.publish_many(1)
    desk.do(c.DeleteQueue(desk.me, "q"))
    page = desk.ask(q.GetPage("q"))
    assert [(row.state, row.ended_because) for row in page.rows] == [("dropped", "queue_deleted")]
    assert page.total_live == 0
    desk.queue(desk.me)
    desk.publish_many(1)
    assert [row.state for row in desk.rows()] == ["ready", "dropped"]


def test_an_unknown_queue_is_refused() -> None:
    with pytest.raises(RefusedError, match="There is no queue 'none'") as refused:
        Desk().ask(q.GetPage("none"))
    assert refused.value.why is Refusal.NO_SUCH_QUEUE


def test_an_unknown_virtual_host_is_refused() -> None:
    with pytest.raises(RefusedError) as refused:
        Desk().ask(q.GetPage("q", vhost="none"))
    assert refused.value.why is Refusal.NO_SUCH_VHOST


@pytest.mark.parametrize("is_oldest_first", [False, True])
def test_a_search_that_takes_too_long_says_where_to_go_on(is_oldest_first: bool) -> None:
    """Few purged messages among many done ones are found without stopping the broker for long."""
    desk = Desk(MemoryStore())
    scanned = limits.PAGE_MAX_ROWS * limits.PAGE_SCAN_PAGES
    first = desk.publish(desk.me)
    desk.purge()
    desk.publish_many(scanned)
    for _ in range(scanned):
        desk.do(c.TakeMessage(desk.me, "q", is_auto_settled=True))
    last = desk.publish(desk.me)
    desk.purge()
    wanted = {"states": [MessageState.PURGED], "is_oldest_first": is_oldest_first}
    page = desk.ask(q.GetPage("q", **wanted))  # type: ignore[arg-type]  # fields of GetPage
    assert [row.message_id for row in page.rows] == [first if is_oldest_first else last]
    assert page.is_partial
    assert desk.ids(after_id=page.next_id, **wanted) == [last if is_oldest_first else first]


def test_a_long_queue_is_paged_without_reading_its_whole_ledger() -> None:
    store = _CountingStore()
    desk = Desk(store)
    desk.publish_many(3 * limits.PAGE_MAX_ROWS)
    assert len(desk.rows(limit=200)) == 200
    assert store.pages == 1


class _CountingStore(MemoryStore):
    pages = 0

    def page(self, *args: Any, **options: Any) -> Any:
        self.pages += 1
        return super().page(*args, **options)


# ---- one message


def test_a_message_is_shown_with_its_life() -> None:
    desk = Desk()
    desk.publish(desk.me, body=b"Hello")
    desk.subscribe(desk.me)
    desk.settle(desk.me, 1, Outcome.RELEASED)
    detail = desk.ask(q.GetMessage("q", 1))
    assert detail.row.state is MessageState.IN_FLIGHT
    assert detail.row.holder == "Ada · t"
    assert detail.body == b"Hello"
    assert [(step.what, step.detail) for step in detail.life] == [
        ("published", "by Ada"),
        ("routed", "to q"),
        ("enqueued", ""),
        ("delivered", "to Ada · t"),
        ("settled", "released"),
        ("requeued", "back to its place"),
        ("delivered", "to Ada · t (again)"),
    ]
    assert [step.at_us for step in detail.life] == sorted(step.at_us for step in detail.life)


def test_an_ended_message_is_found_in_the_ledger() -> None:
    desk = _mixed()
    states = [desk.ask(q.GetMessage("q", number)).row.state for number in range(1, 7)]
    assert states == ["done", "dropped", "purged", "in_flight", "ready", "ready"]
    assert desk.rows()[::-1] == [desk.ask(q.GetMessage("q", number)).row for number in range(1, 7)]


@pytest.mark.parametrize(
    ("offset", "limit", "body"),
    [(0, None, b"0123456789"), (3, 4, b"3456"), (8, 100, b"89"), (99, 5, b""), (-5, 2, b"01"), (0, -1, b"")],
)
def test_a_part_of_a_body(offset: int, limit: int | None, body: bytes) -> None:
    desk = Desk()
    desk.publish(desk.me, body=b"0123456789")
    detail = desk.ask(q.GetMessage("q", 1, body_offset=offset, body_limit=limit))
    assert (detail.body, detail.row.size_bytes) == (body, 10)


def test_a_large_body_is_shown_by_its_head() -> None:
    desk = Desk()
    desk.publish(desk.me, body=bytes(limits.BODY_HEAD_BYTES + 1))
    assert len(desk.ask(q.GetMessage("q", 1)).body) == limits.BODY_HEAD_BYTES


@pytest.mark.parametrize("message_id", [0, 7, -1])
def test_an_unknown_message_is_refused(message_id: int) -> None:
    with pytest.raises(RefusedError) as refused:
        _mixed().ask(q.GetMessage("q", message_id))
    assert refused.value.why is Refusal.NO_SUCH_MESSAGE


def test_a_message_of_another_queue_is_refused() -> None:
    desk = _mixed()
    desk.queue(desk.me, "r")
    with pytest.raises(RefusedError):
        desk.ask(q.GetMessage("r", 6))


@pytest.mark.parametrize(
    ("given", "kind", "properties", "problem"),
    [
        (b"note", "", Properties(type="note"), ""),
        (encode_properties(Properties(app_id="a")), HUB_FORMAT, Properties(app_id="a"), ""),
        (b"broken", "", Properties(), "These properties cannot be read as test: they are broken"),
        (b"\xff", HUB_FORMAT, Properties(), "These properties cannot be read as hub"),
        (b"", "unheard_of", Properties(), "These properties cannot be read as unheard_of"),
    ],
)
def test_properties_are_read_or_the_problem_is_told(
    given: bytes, kind: str, properties: Properties, problem: str
) -> None:
    desk = Desk()
    desk.do(c.PublishMessage(desk.me, "", "q", given, b"", format=kind))
    detail = desk.ask(q.GetMessage("q", 1))
    assert detail.properties == properties
    assert detail.property_error.startswith(problem)
    assert bool(detail.property_error) == bool(problem)


# ---- the rest


def test_where_a_message_would_go() -> None:
    desk = Desk()
    desk.do(c.DeclareExchange(desk.me, "x", "topic"))
    desk.do(c.Bind(desk.me, "x", "q", "a.#"))
    ask = desk.ask
    assert ask(q.PreviewRoute("x", "a.b")).queues == ["q"]
    assert ask(q.PreviewRoute("", "q")).queues == ["q"]
    assert ask(q.PreviewRoute("x", "b")).problem == "No binding of 'x' matches 'b'."
    assert ask(q.PreviewRoute("", "none")).problem == "There is no queue 'none'."
    assert "'none'" in ask(q.PreviewRoute("none", "")).problem
    assert desk.engine.published == 0


def test_the_topology_names_everything_and_its_bindings() -> None:
    desk = Desk()
    desk.do(c.DeclareExchange(desk.me, "x", "fanout", is_durable=True))
    for key in ("k", "l"):
        desk.do(c.Bind(desk.me, "x", "q", key))
    desk.do(c.Unbind(desk.me, "x", "q", "l"))
    desk.publish_many(2)
    desk.do(c.TakeMessage(desk.me, "q"))
    topology = desk.ask(q.GetTopology())
    exchanges = {row.spec.name: row for row in topology.exchanges}
    assert set(exchanges) == {"", "x"}
    assert exchanges["x"].spec.is_durable
    (row,) = topology.queues
    assert (row.spec.name, row.vhost, row.ready, row.in_flight, row.subscriptions) == ("q", "/", 1, 1, 0)
    assert [(binding.exchange, binding.routing_key) for binding in row.bindings] == [("x", "k")]
    assert exchanges["x"].bindings == row.bindings


def test_bins_are_listed_newest_first() -> None:
    desk = Desk()
    for count in (1, 2):
        desk.publish_many(count)
        desk.purge()
    rows = desk.ask(q.ListBins())
    assert [(row.queue, row.count) for row in rows] == [("q", 2), ("q", 1)]
    assert rows[0].purged_at_us > rows[1].purged_at_us


def test_rates_of_a_queue_of_all_and_of_what_is_gone() -> None:
    desk = Desk()
    for second in range(1, 3):
        desk.publish_many(5)
        desk.sampler.take(second * 1_000_000)
    assert desk.ask(q.GetHistory("q")).published_per_s[-1] == 5
    assert desk.ask(q.GetHistory()).depth == [10]
    desk.do(c.DeleteQueue(desk.me, "q"))
    assert desk.ask(q.GetHistory("q")).times_us == []
    with pytest.raises(RefusedError):
        desk.ask(q.GetHistory("none"))


def test_the_broker_is_described() -> None:
    assert Desk().ask(q.GetInfo()) == INFO


def test_a_dead_letter_tells_what_it_was_before() -> None:
    """Its life begins with those of the messages it was; each step says whose it is and what came of it."""
    desk = Desk()
    desk.queue(desk.me, "dead")
    desk.queue(
        desk.me, "orders", arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}
    )
    first = desk.publish(desk.me, "orders", b"x")
    desk.do(c.TakeMessage(desk.me, "orders"))
    desk.settle(desk.me, 1, Outcome.REJECTED)
    (row,) = desk.ask(q.GetPage("dead")).rows
    detail = desk.ask(q.GetMessage("dead", row.message_id))
    assert detail.past.parent_id == first
    assert (detail.life[0].what, detail.life[0].message_id) == ("published", first)
    (death,) = [step for step in detail.life if step.what == "dead_lettered"]
    assert (death.queue, death.successor_id, death.reason) == ("orders", row.message_id, "rejected")
    assert detail.life[-1].message_id == row.message_id
    (left,) = desk.ask(q.GetPage("orders")).rows
    assert left.state is MessageState.DEAD_LETTERED


def test_ancestors_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that died a thousand times tells of its last lives."""
    monkeypatch.setattr(limits, "ANCESTORS_MAX", 3)
    desk = Desk()
    desk.queue(desk.me, "loop", arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "loop"})
    desk.publish(desk.me, "loop")
    for tag in range(1, 8):
        desk.do(c.TakeMessage(desk.me, "loop"))
        desk.settle(desk.me, tag, Outcome.REJECTED)
    (row, *_) = desk.ask(q.GetPage("loop", states=[MessageState.READY])).rows
    detail = desk.ask(q.GetMessage("loop", row.message_id))
    assert len({step.message_id for step in detail.life}) == 4
    assert detail.past.deaths[0].count == 7


def test_the_topology_names_the_kinds_of_exchange_there_are() -> None:
    """Forms and the management API offer these, and no list of their own."""
    desk = Desk()
    assert desk.ask(q.GetTopology()).exchange_kinds == sorted(desk.engine.kinds)
