"""Lifecycles: what a message was and became, where it stands, how it was routed, and what is not known."""

from typing import Any

import pytest

from mqstudio.model import commands as c
from mqstudio.model import limits
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import EventBatch
from mqstudio.model.lifecycle import Lifecycle
from mqstudio.model.message import traits
from mqstudio.model.queries import GetLifecycle
from mqstudio.model.rows import BrokerInfo, MessageState
from mqstudio.server.queries import Queries
from mqstudio.server.sampler import Sampler
from mqstudio.store.memory import MemoryStore
from tests.support.driver import Driver

INFO = BrokerInfo("1", 1, "test", 0, [])


class Desk(Driver):
    """An engine, what it has told its store and its sampler, and somebody who asks."""

    def __init__(self, **store: Any) -> None:
        super().__init__()
        self.store = MemoryStore(**store)
        self.sampler = Sampler(self.engine)
        self.queries = Queries(self.engine, self.store, self.sampler, {}, lambda: INFO, lambda: self.now_us)
        self.me = self.channel(self.connect("Ada"))

    def flush(self) -> None:
        """The store and the sampler hear of what has happened."""
        for batch in self.batches:
            self.store.append(batch)
            for event in batch.notable:
                self.sampler.remembered.note(event)
        self.batches.clear()

    def ask(self, message_id: int) -> Lifecycle:
        self.flush()
        answer = self.queries.answer(GetLifecycle(message_id))
        assert isinstance(answer, Lifecycle)
        return answer

    def wait(self, ms: float) -> None:
        count = len(self.all_events)
        super().wait(ms)
        batch = EventBatch()
        batch.extend(self.all_events[count:])
        self.batches.append(batch)

    def shop(self) -> None:
        """A topic exchange with three queues, one of which has dead letters."""
        self.do(c.DeclareExchange(self.me, "orders.ex", "topic"))
        dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}
        self.queue(self.me, "orders", arguments=dead)
        for name in ("audit", "us", "dead"):
            self.queue(self.me, name)
        for queue, key in (("orders", "eu.*"), ("audit", "#"), ("us", "us.*")):
            self.do(c.Bind(self.me, "orders.ex", queue, key))


def test_a_dead_letter_and_what_it_was_are_one_lifecycle_from_both_ends() -> None:
    desk = Desk()
    desk.shop()
    desk.publish(desk.me, "eu.new", b"{}", "orders.ex")
    desk.do(c.TakeMessage(desk.me, "orders"))
    desk.settle(desk.me, 1, Outcome.RELEASED)
    desk.do(c.TakeMessage(desk.me, "orders"))
    desk.settle(desk.me, 2, Outcome.REJECTED)
    told = desk.ask(1)
    assert [(part.message_id, part.parent_id) for part in told.parts] == [(1, 0), (2, 1)]
    first, second = told.parts
    assert [(row.queue, row.state) for row in first.rows] == [
        ("orders", MessageState.DEAD_LETTERED),
        ("audit", MessageState.READY),
    ]
    assert [(row.queue, row.state) for row in second.rows] == [("dead", MessageState.READY)]
    assert [step.what for step in first.steps if step.queue == "orders"] == [
        "enqueued", "delivered", "settled", "requeued", "delivered", "settled", "dead_lettered",
    ]  # fmt: skip
    assert desk.ask(2).parts == told.parts
    assert desk.ask(2).own.message_id == 2


def test_it_says_which_bindings_matched_and_why_the_others_did_not() -> None:
    desk = Desk()
    desk.shop()
    desk.publish(desk.me, "eu.new", exchange="orders.ex")
    (passed,) = desk.ask(1).own.passed
    assert (passed.exchange, passed.kind, passed.doubt) == ("orders.ex", "topic", "")
    assert [(b.binding.destination, b.is_matching) for b in passed.bindings] == [
        ("orders", True),
        ("audit", True),
        ("us", False),
    ]
    assert passed.bindings[2].why == 'key "eu.new" does not match "us.*": word 1 is "eu", not "us"'


def test_bindings_are_those_of_then_not_of_now() -> None:
    desk = Desk()
    desk.shop()
    desk.publish(desk.me, "eu.new", exchange="orders.ex")
    desk.do(c.Unbind(desk.me, "orders.ex", "audit", "#"))
    desk.do(c.Bind(desk.me, "orders.ex", "us", "eu.#"))
    (passed,) = desk.ask(1).own.passed
    assert passed.doubt == ""
    assert [(b.binding.destination, b.is_matching, b.was_removed) for b in passed.bindings] == [
        ("orders", True, False),
        ("audit", True, True),
        ("us", False, False),
    ]


def test_it_says_so_where_bindings_of_then_are_not_remembered() -> None:
    desk = Desk()
    desk.shop()
    desk.publish(desk.me, "eu.new", exchange="orders.ex")
    desk.ask(1)
    desk.sampler.remembered._full_since_us = desk.now_us + 1
    assert "not remembered" in desk.ask(1).own.passed[0].doubt
    desk.do(c.DeleteExchange(desk.me, "orders.ex"))
    (passed,) = desk.ask(1).own.passed
    assert (passed.kind, passed.doubt) == ("", "The exchange is gone, and its bindings.")


def test_the_way_goes_on_through_exchanges_and_to_the_alternate() -> None:
    desk = Desk()
    desk.queue(desk.me, "last")
    desk.do(c.DeclareExchange(desk.me, "rest", "fanout"))
    desk.do(c.DeclareExchange(desk.me, "first", "direct", arguments={"alternate-exchange": "rest"}))
    desk.do(c.Bind(desk.me, "first", "last", "right"))
    desk.do(c.Bind(desk.me, "rest", "last"))
    desk.publish(desk.me, "Right", exchange="first")
    one, two = desk.ask(1).own.passed
    assert one.doubt == "It handed on to its alternate, 'rest'."
    assert one.bindings[0].why == 'key "Right" is not "right": they differ in capitals'
    assert (two.exchange, two.bindings[0].is_matching) == ("rest", True)


def test_a_delayed_message_is_followed_to_the_one_it_became() -> None:
    desk = Desk()
    desk.queue(desk.me, "q")
    desk.do(c.DeclareExchange(desk.me, "later", "x-delayed-message", arguments={"x-delayed-type": "fanout"}))
    desk.do(c.Bind(desk.me, "later", "q"))
    desk.publish(desk.me, exchange="later", traits=traits(delay_us=5_000))
    assert [part.message_id for part in desk.ask(1).parts] == [1]
    desk.wait(10)
    told = desk.ask(1)
    assert [(part.message_id, part.parent_id) for part in told.parts] == [(1, 0), (2, 1)]
    assert told.parts[1].rows[0].queue == "q"


def test_the_default_exchange_leads_to_the_queue_that_the_key_names() -> None:
    desk = Desk()
    desk.queue(desk.me, "orders")
    desk.publish(desk.me, "orders")
    desk.publish(desk.me, "Orders")
    (asked,) = desk.ask(1).own.passed[0].bindings
    assert (asked.binding.destination, asked.is_matching) == ("orders", True)
    (asked,) = desk.ask(2).own.passed[0].bindings
    assert asked.why == 'there was no queue of this name; there is "orders": they differ in capitals'


def test_a_message_that_no_queue_took_has_a_lifecycle() -> None:
    desk = Desk()
    desk.shop()
    desk.publish(desk.me, "apac.new", exchange="orders.ex")
    desk.do(c.Unbind(desk.me, "orders.ex", "audit", "#"))
    desk.publish(desk.me, "apac.new", exchange="orders.ex")
    told = desk.ask(2).own
    assert [row.ended_because for row in told.rows] == ["unroutable"]
    assert {b.is_matching for b in told.passed[0].bindings} == {False}


def test_what_the_ledger_forgot_is_said() -> None:
    desk = Desk(max_events=60, segment_events=20)
    desk.queue(desk.me, "q")
    desk.publish(desk.me)
    desk.ask(1)
    for _ in range(40):
        desk.publish(desk.me)
    own = desk.ask(1).own
    assert (own.is_unrecorded, own.is_trimmed) == (True, False)
    assert [row.state for row in own.rows] == [MessageState.READY]
    desk.do(c.TakeMessage(desk.me, "q"))
    own = desk.ask(1).own
    assert (own.is_unrecorded, own.is_trimmed) == (False, True)
    assert [row.state for row in own.rows] == [MessageState.IN_FLIGHT]


def test_only_the_latest_events_of_many_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LIFECYCLE_EVENTS", 20)
    desk = Desk()
    desk.queue(desk.me, "q")
    desk.publish(desk.me)
    for tag in range(1, 31):
        desk.do(c.TakeMessage(desk.me, "q"))
        desk.settle(desk.me, tag, Outcome.RELEASED)
    own = desk.ask(1).own
    assert (len(own.steps), own.left_out) == (20, 3 + 90 - 20)


def test_a_message_nobody_knows_is_refused_and_why_that_may_be() -> None:
    desk = Desk()
    with pytest.raises(RefusedError) as refused:
        desk.ask(99)
    assert refused.value.why is Refusal.NO_SUCH_MESSAGE
    assert "one in" not in refused.value.says
    desk.sampler.recorded_one_in = 8
    with pytest.raises(RefusedError, match="records one in 8 now"):
        desk.ask(99)
