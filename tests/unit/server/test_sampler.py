"""Samples: counters, levels, and what changed since a tick."""

from typing import Any

import pytest

from mqstudio.model import commands as c
from mqstudio.model import limits
from mqstudio.model.delivery import DropReason, Outcome
from mqstudio.model.rules import QueueKind
from mqstudio.model.samples import Sample
from mqstudio.server.sampler import Sampler
from tests.support.driver import Driver

TICK_US = limits.SAMPLE_INTERVAL_US


class Sampled(Driver):
    """A driver and its sampler."""

    def __init__(self) -> None:
        super().__init__()
        self.sampler = Sampler(self.engine)
        self.me = self.channel(self.connect("Ada"))

    def take(self) -> None:
        self.now_us += TICK_US
        self.sampler.take(self.now_us)

    def news(self) -> Sample:
        """What changed with one more tick."""
        before = self.sampler.tick
        self.take()
        return self.sampler.since(before)


def _names(sample: Sample) -> list[str]:
    return [queue.name for queue in sample.queues]


def test_a_sample_has_the_levels_and_counters_of_a_queue() -> None:
    s = Sampled()
    s.queue(s.me)
    for _ in range(6):
        s.publish(s.me, body=bytes(100_000))
    s.subscribe(s.me, credit=3)
    s.accept(s.me, 1)
    s.settle(s.me, 2, Outcome.RELEASED)
    s.settle(s.me, 3, Outcome.REJECTED)
    s.take()
    (queue,) = s.sampler.since(0).queues
    counters = queue.counters
    assert (queue.ready, queue.in_flight, queue.subscriptions) == (1, 3, 1)
    assert (counters.published, counters.settled, counters.returned, counters.dropped) == (6, 1, 1, 1)
    assert (counters.delivered, counters.redelivered) == (6, 1)
    totals = s.sampler.totals
    assert (totals.ready, totals.in_flight, totals.queues, totals.connections) == (1, 3, 1, 1)
    assert 4 * 100_000 <= totals.memory_bytes < 5 * 100_000


def test_only_what_changed_is_told() -> None:
    s = Sampled()
    for name in ("a", "b"):
        s.queue(s.me, name)
    assert _names(s.news()) == ["a", "b"]
    assert s.news() == Sample(s.now_us, s.sampler.totals)
    s.publish(s.me, "b")
    sample = s.news()
    assert _names(sample) == ["b"]
    assert [connection.published for connection in sample.connections] == [1]
    assert [exchange.published for exchange in sample.exchanges] == [1]


def test_whoever_slept_is_told_all_changes_since() -> None:
    s = Sampled()
    for name in ("a", "b", "c"):
        s.queue(s.me, name)
    s.take()
    seen = s.sampler.tick
    for name in ("a", "b", "a"):
        s.publish(s.me, name)
        s.take()
    assert {queue.name: queue.ready for queue in s.sampler.since(seen).queues} == {"a": 2, "b": 1}


def test_what_is_gone_is_told_once() -> None:
    s = Sampled()
    s.queue(s.me)
    s.do(c.DeclareExchange(s.me, "x"))
    other = s.connect()
    s.take()
    (queue,) = s.sampler.since(0).queues
    s.do(c.DeleteQueue(s.me, "q"))
    s.do(c.DeleteExchange(s.me, "x"))
    s.do(c.CloseConnection(other))
    sample = s.news()
    assert (sample.queues_gone, sample.exchanges_gone, sample.connections_gone) == (
        [queue.id],
        [("/", "x")],
        [other],
    )
    assert s.news().queues_gone == []
    assert s.sampler.since(0).queues_gone == []


def test_totals_never_shrink_when_a_queue_is_deleted() -> None:
    s = Sampled()
    s.queue(s.me)
    for _ in range(5):
        s.publish(s.me)
    s.subscribe(s.me, credit=3)
    s.accept(s.me, 1)
    s.settle(s.me, 2, Outcome.RELEASED)
    s.take()
    before = s.sampler.totals.counters
    s.do(c.DeleteQueue(s.me, "q"))
    s.take()
    after = s.sampler.totals.counters
    for name in before.__struct_fields__:
        assert getattr(after, name) >= getattr(before, name), name
    assert after.dropped == before.dropped + 4
    assert (s.sampler.totals.ready, s.sampler.totals.memory_bytes) == (0, 0)


def test_unroutable_messages_are_counted() -> None:
    s = Sampled()
    s.publish(s.me, "nowhere")
    s.take()
    counters = s.sampler.totals.counters
    assert (counters.published, counters.unroutable, counters.sent_back) == (1, 1, 0)
    s.publish(s.me, "nowhere", is_mandatory=True)
    s.do(c.DeclareExchange(s.me, "x", "headers"))
    s.publish(s.me, exchange="x", is_mandatory=True)
    s.take()
    counters = s.sampler.totals.counters
    assert (counters.published, counters.unroutable, counters.sent_back) == (3, 3, 2)


def test_routed_counts_places_that_publishes_came_to() -> None:
    """Not those of dead letters, nor of what came back from a bin."""
    s = Sampled()
    for name, kind in (("all", "topic"), ("dying", "fanout")):
        s.do(c.DeclareExchange(s.me, name, kind))
    s.queue(s.me, arguments={"x-dead-letter-exchange": "dying"})
    s.queue(s.me, "dead")
    for name in ("q", "dead"):
        s.do(c.Bind(s.me, "all", name, "#"))
    s.do(c.Bind(s.me, "dying", "dead", ""))
    s.publish(s.me, exchange="all")
    s.publish(s.me)
    s.take()
    assert s.sampler.totals.counters.routed == 3
    s.settle(s.me, s.do(c.TakeMessage(s.me, "q")).delivery_tag, Outcome.REJECTED)
    s.take()
    counters = s.sampler.totals.counters
    assert (counters.routed, counters.dead_lettered) == (3, 1)
    assert s.sampler.since(0).queues[1].counters.published == 2


def test_a_place_that_is_full_was_come_to_all_the_same() -> None:
    """A message was routed there, whether the queue takes it or not."""
    s = Sampled()
    s.do(c.DeclareExchange(s.me, "x", "fanout"))
    arguments = {"x-max-length": 0, "x-overflow": "reject-publish"}
    for name in ("full", "room"):
        s.queue(s.me, name, arguments=arguments if name == "full" else {})
        s.do(c.Bind(s.me, "x", name, ""))
    s.publish(s.me, exchange="x")
    s.publish(s.me, "full")
    s.take()
    assert s.sampler.totals.counters.routed == 3


def test_dead_letters_that_lead_nowhere_are_no_lost_publishes() -> None:
    """They died, with an exchange to go on by; nobody has published them."""
    s = Sampled()
    s.do(c.DeclareExchange(s.me, "nowhere", "fanout"))
    for name, exchange in (("some", "nowhere"), ("none", "not there"), ("plain", None)):
        s.queue(s.me, name, arguments={"x-dead-letter-exchange": exchange} if exchange else {})
        s.publish(s.me, name)
        s.settle(s.me, s.do(c.TakeMessage(s.me, name)).delivery_tag, Outcome.REJECTED)
    s.take()
    counters = s.sampler.totals.counters
    assert (counters.published, counters.unroutable, counters.dead_lettered) == (3, 0, 1)
    rejected = (QueueKind.CLASSIC, DropReason.REJECTED)
    assert s.engine.deaths == {(*rejected, True): 1, (*rejected, False): 2}


def test_kinds_of_queues_are_counted_apart() -> None:
    """But for classic ones, which are the rest; those that are gone stay counted."""
    s = Sampled()
    s.queue(s.me)
    for kind in ("quorum", "stream"):
        s.queue(s.me, kind, is_durable=True, arguments={"x-queue-type": kind})
    for name in ("q", "quorum", "quorum", "stream"):
        s.publish(s.me, name)
    s.take()
    assert {kind: each.published for kind, each in s.sampler.totals.of_kinds.items()} == {
        "quorum": 2,
        "stream": 1,
    }
    s.do(c.DeleteQueue(s.me, "quorum"))
    s.take()
    assert s.sampler.totals.of_kinds["quorum"].published == 2
    assert s.sampler.totals.counters.routed == 4


def test_a_take_that_finds_nothing_is_news() -> None:
    s = Sampled()
    s.queue(s.me)
    s.take()
    s.do(c.TakeMessage(s.me, "q"))
    (queue,) = s.news().queues
    assert queue.counters.empty_takes == 1


def test_a_connection_is_described() -> None:
    s = Sampled()
    s.queue(s.me)
    s.subscribe(s.me)
    s.publish(s.me)
    s.take()
    (ada,) = s.sampler.since(0).connections
    assert (ada.name, ada.protocol, ada.channels, ada.subscriptions) == ("Ada", "test", 1, 1)
    assert (ada.unacked, ada.published, ada.delivered) == (1, 1, 1)


def test_a_queue_declared_again_is_another_one() -> None:
    s = Sampled()
    s.queue(s.me)
    (first,) = s.news().queues
    s.do(c.DeleteQueue(s.me, "q"))
    s.queue(s.me)
    sample = s.news()
    assert sample.queues_gone == [first.id]
    assert [queue.id for queue in sample.queues] != [first.id]


def test_what_a_new_queue_got_before_its_first_sample_is_in_its_rates() -> None:
    s = Sampled()
    s.take()
    s.queue(s.me)
    for _ in range(5):
        s.publish(s.me)
    (queue,) = s.news().queues
    assert s.sampler.history(queue.id).rates().published_per_s[0] == pytest.approx(20, rel=0.01)


def test_a_history_goes_with_its_queue_and_rates_of_all_stay() -> None:
    s = Sampled()
    s.queue(s.me)
    (queue,) = s.news().queues
    s.publish(s.me)
    s.take()
    s.do(c.DeleteQueue(s.me, "q"))
    s.take()
    assert s.sampler.history(queue.id).rates().times_us == []
    assert len(s.sampler.history(None).rates().times_us) == 2


def test_the_least_active_queues_lose_their_history_first() -> None:
    s = Sampled()
    for number in range(limits.HISTORY_MAX_QUEUES + 1):
        s.queue(s.me, f"q{number}")
        if not number:
            s.take()
    s.take()
    ids: Any = {queue.name: queue.id for queue in s.sampler.since(0).queues}
    assert s.sampler.history(ids["q0"]).rates().times_us == []
    assert s.sampler.history(ids["q1"]).rates().times_us


def test_a_new_queues_history_has_what_came_before_its_first_sample() -> None:
    driver = Driver()
    sampler = Sampler(driver.engine)
    sampler.take(1_000_000)
    channel = driver.channel()
    driver.queue(channel)
    driver.publish(channel)
    sampler.take(1_250_000)
    (queue,) = sampler.since(1).queues
    assert sampler.history(queue.id).rates().published_per_s == [4.0]


def test_a_client_that_came_and_went_between_samples_is_an_arrival() -> None:
    driver = Driver()
    sampler = Sampler(driver.engine)
    sampler.take(1_000_000)
    gone = driver.connect("quick")
    driver.do(c.CloseConnection(gone))
    for batch in driver.batches:
        sampler.note(batch.notable)
    assert sampler.since(1).arrivals == [], "not before the sample that counts it"
    sampler.take(1_250_000)
    assert [(info.id, info.name) for info in sampler.since(1).arrivals] == [(gone, "quick")]
    assert sampler.since(1).connections == []
    assert sampler.since(2).arrivals == []
    assert [info.id for info in sampler.since(0).arrivals] == [gone], "who looks first hears of it too"


def test_only_so_many_arrivals_are_remembered() -> None:
    driver = Driver()
    sampler = Sampler(driver.engine)
    ids = [driver.connect() for _ in range(limits.ARRIVALS_MAX + 5)]
    for batch in driver.batches:
        sampler.note(batch.notable)
    sampler.take(1)
    assert [info.id for info in sampler.since(0).arrivals] == ids[5:]
