"""The rates of the last week: by the second, then coarser, without losing a message; and within bounds."""

import pytest

from mqstudio.model import limits
from mqstudio.model.commands import DeleteQueue
from mqstudio.model.delivery import Outcome
from mqstudio.model.histogram import Histogram
from mqstudio.model.rates import SECOND_US, TIERS, TOTAL, RateStep, Scope, ScopeKind
from mqstudio.server import chronicle as module
from mqstudio.server.chronicle import NEVER_US, Chronicle, fitting_tier
from mqstudio.server.sampler import Sampler
from tests.support.driver import Driver

TICK_US = limits.SAMPLE_INTERVAL_US
FOREVER = 2**62


class Watched(Driver):
    """A driver with its sampler, which has the chronicle."""

    def __init__(self) -> None:
        super().__init__()
        self.now_us = 1_000 * SECOND_US
        self.sampler = Sampler(self.engine)
        self.connection = self.connect("Ada")
        self.me = self.channel(self.connection)
        self.chronicle.begin(self.now_us)
        self._noted = len(self.batches)

    @property
    def chronicle(self) -> Chronicle:
        return self.sampler.chronicle

    def tick(self, count: int = 4) -> None:
        """Samples are taken; four make a second."""
        for _ in range(count):
            for batch in self.batches:
                self.sampler.latencies.note(batch)
            self.batches.clear()
            self.now_us = (self.now_us // TICK_US + 1) * TICK_US
            self.sampler.take(self.now_us)

    def rest(self, seconds: float) -> None:
        """Time passes in which nothing happens: only its last second is looked at."""
        self.now_us += int((seconds - 1) * SECOND_US)
        self.tick()

    def steps(self, scope: Scope = TOTAL, place: int = 0) -> list[RateStep]:
        return self.chronicle.steps(scope, place, 0, FOREVER)

    @property
    def q(self) -> Scope:
        return Scope(ScopeKind.QUEUE, self.engine.vhosts["/"].queues["q"].ref.id)


def test_a_second_of_everything_is_told_of_all_it_concerns() -> None:
    w = Watched()
    w.queue(w.me)
    w.subscribe(w.me, credit=3)
    for _ in range(4):
        w.publish(w.me)
    w.publish(w.me, "nowhere")
    w.accept(w.me, 1)
    w.settle(w.me, 2, Outcome.RELEASED)
    w.tick()
    (total,), (queue,) = w.steps(), w.steps(w.q)
    assert (total.published, total.delivered, total.settled, total.redelivered) == (5, 5, 1, 1)
    assert (total.unroutable, total.depth, total.in_flight) == (1, 3, 3)
    assert (queue.published, queue.delivered, queue.settled, queue.depth) == (4, 5, 1, 3)
    (client,) = w.steps(Scope(ScopeKind.CLIENT, w.connection))
    assert (client.published, client.delivered, client.settled) == (5, 5, 1)
    assert (client.redelivered, client.unroutable, client.in_flight) == (1, 1, 3)
    ids = [each.ref.id for each in w.engine.channels[w.me].subscriptions.values()]
    (consumer,) = w.steps(Scope(ScopeKind.CONSUMER, ids[0]))
    assert (consumer.delivered, consumer.settled, consumer.redelivered, consumer.in_flight) == (5, 1, 1, 3)
    assert 0.7 * SECOND_US <= total.length_us <= 1.3 * SECOND_US


def test_waits_and_holds_are_in_the_step_in_which_they_ended() -> None:
    w = Watched()
    w.queue(w.me)
    w.publish(w.me)
    w.tick()
    w.now_us += 2 * SECOND_US
    w.subscribe(w.me)
    w.now_us += 500
    w.accept(w.me, 1)
    w.tick()
    last = w.steps(w.q)[-1]
    assert Histogram.of([last.waits]).percentile(0.5) == pytest.approx(3_000_000, rel=0.1)
    assert Histogram.of([last.holds]).percentile(0.5) == pytest.approx(510, rel=0.1)
    assert w.chronicle.recent_holds(w.q, w.now_us) == last.holds
    assert w.chronicle.recent_holds(w.q, w.now_us + 300 * SECOND_US) == b""


def test_what_rests_has_no_steps() -> None:
    w = Watched()
    w.queue(w.me)
    w.publish(w.me)
    w.tick()
    before = len(w.steps()), len(w.steps(w.q))
    w.tick(40)
    assert (len(w.steps()), len(w.steps(w.q))) == before


def test_longer_steps_are_sums_of_shorter_ones() -> None:
    """Whatever the rhythm, each tier tells of each message once."""
    w = Watched()
    w.queue(w.me)
    w.subscribe(w.me)
    tag = 0
    for second in range(130):
        for _ in range(second % 4):
            w.publish(w.me)
            tag += 1
            w.accept(w.me, tag)
        w.tick()
    for scope in (TOTAL, w.q):
        for place in range(len(TIERS)):
            steps = w.steps(scope, place)
            assert sum(step.published for step in steps) == tag
            assert sum(step.settled for step in steps) == tag
            assert sum(Histogram.of([step.holds]).total for step in steps) == tag
            ends = [step.at_us for step in steps]
            assert ends == sorted(set(ends))
    tens = w.steps(TOTAL, 1)
    assert all(step.length_us <= 11 * SECOND_US for step in tens)
    assert len(tens) == pytest.approx(13, abs=1)


def test_each_tier_forgets_what_is_too_old_for_it() -> None:
    w = Watched()
    w.queue(w.me)
    for _ in range(3):
        w.publish(w.me)
        w.rest(3_000)
    assert len(w.steps(TOTAL, 0)) == 2
    assert sum(step.published for step in w.steps(TOTAL, 1)) == 3
    w.rest(86_400)
    w.publish(w.me)
    w.tick()
    assert sum(step.published for step in w.steps(TOTAL, 1)) == 1
    assert sum(step.published for step in w.steps(TOTAL, 2)) == 4
    assert w.chronicle.begins_us(TOTAL, 0) > w.now_us - 2 * SECOND_US
    assert w.chronicle.begins_us(TOTAL, 2) < w.now_us - 86_400 * SECOND_US
    assert w.chronicle.begins_us(Scope(ScopeKind.QUEUE, 999), 0) == NEVER_US


def test_what_was_counted_before_the_broker_began_is_not_of_this_time() -> None:
    w = Watched()
    w.queue(w.me)
    for _ in range(5):
        w.publish(w.me)
    w.chronicle.begin(w.now_us)
    w.publish(w.me)
    w.tick()
    assert [step.published for step in w.steps()] == [1]
    assert [step.published for step in w.steps(w.q)] == [1]


def test_whole_steps_are_given_to_the_store_once_and_the_rest_at_the_end() -> None:
    w = Watched()
    w.queue(w.me)
    w.publish(w.me)
    w.tick()
    assert w.chronicle.take_whole() == []
    w.rest(12)  # the ten seconds are over, though nothing has happened
    w.tick(8)
    whole = w.chronicle.take_whole()
    assert {(scope.kind, step_us) for scope, step_us, _ in whole} == {
        (kind, 10 * SECOND_US) for kind in (ScopeKind.TOTAL, ScopeKind.QUEUE, ScopeKind.CLIENT)
    }
    assert all(step.published == 1 for _, _, step in whole)
    assert w.chronicle.take_whole() == []
    last = w.chronicle.take_whole(is_last=True)
    assert {step_us for _, step_us, _ in last} == {60 * SECOND_US}
    assert w.chronicle.take_whole(is_last=True) == []


def test_of_very_many_the_liveliest_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RATE_SCOPES_WRITTEN", 3)
    w = Watched()
    for number in range(6):
        w.queue(w.me, f"q{number}")
        for _ in range(number + 1):
            w.publish(w.me, f"q{number}")
    w.tick()
    kept = {scope for scope, _, _ in w.chronicle.take_whole(is_last=True)}
    busiest = Scope(ScopeKind.QUEUE, w.engine.vhosts["/"].queues["q5"].ref.id)
    assert kept == {TOTAL, Scope(ScopeKind.CLIENT, w.connection), busiest}


def test_memory_is_bounded_in_things_and_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RATE_SCOPES_MAX", 4)
    w = Watched()
    for number in range(8):
        w.queue(w.me, f"q{number}")
        w.publish(w.me, f"q{number}")
        w.tick()
    tracks = w.chronicle._tracks
    assert len(tracks) == 4 and TOTAL in tracks
    assert w.chronicle._steps == sum(map(len, tracks.values()))
    monkeypatch.setattr(module, "RATE_STEPS_MAX", 30)
    for _ in range(60):
        w.publish(w.me, "q7")
        w.tick()
    assert w.chronicle._steps <= 30
    assert w.chronicle._steps == sum(map(len, tracks.values()))
    assert w.steps()[-1].published == 1


def test_what_is_gone_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RATE_SCOPES_MAX", 2)
    w = Watched()
    for number in range(6):
        w.queue(w.me, f"q{number}", is_auto_delete=True)
        w.publish(w.me, f"q{number}")
    w.tick()
    assert len(w.chronicle._before) >= 7
    for number in range(6):
        w.do(DeleteQueue(w.me, f"q{number}"))
    w.rest(11)
    assert all(scope.kind is not ScopeKind.QUEUE for scope in w.chronicle._before)


def test_steps_are_about_as_fine_as_asked_for() -> None:
    for place, tier in enumerate(TIERS):
        assert fitting_tier(tier.step_us, tier.step_us) == place
    assert fitting_tier(1, 1) == 0
    assert fitting_tier(59 * SECOND_US, SECOND_US) == 1


def test_a_longer_time_has_no_shorter_steps() -> None:
    week_us = 7 * 86_400 * SECOND_US
    places = [fitting_tier(1, length_us) for length_us in (1, week_us // 100, week_us)]
    steps = [TIERS[place].step_us for place in places]
    assert steps == sorted(steps)
    for place, length_us in zip(places, (1, week_us // 100, week_us), strict=True):
        assert length_us / TIERS[place].step_us <= limits.RATE_ANSWER_STEPS
