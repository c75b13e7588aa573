"""Rates over time: asked for while somebody looks and something moves; bins, marks, figures."""

import pytest

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.histogram import Histogram
from mqstudio.model.rates import ScopeKind
from mqstudio.model.rows import RateHistory
from mqstudio.viewmodel.rate_scopes import ALL_QUEUES, of_client, of_queue
from mqstudio.viewmodel.rates import BINS_MAX, SPANS, Rates, latency
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import START_US, Clock, ListBroker, run_now

S = 1_000_000


class Looked:
    """Rates that somebody looks at: what they want is done at once."""

    def __init__(self, broker: ListBroker, workspace: Workspace) -> None:
        self.broker, self.workspace = broker, workspace
        self.rates = Rates(workspace)
        self.rates.wants_refresh.connect(self._on_wanted)
        self.drawn = 0
        self.rates.changed.connect(self._on_changed)

    def _on_wanted(self) -> None:
        run_now(self.rates.refresh())

    def _on_changed(self) -> None:
        self.drawn += 1

    def look(self) -> "Looked":
        self.broker.feed(self.workspace)
        self.rates.set_visible(True)
        return self

    def sample(self, seconds: float = 1.0) -> None:
        self.broker.clock.advance(seconds)
        self.broker.feed(self.workspace)

    @property
    def published(self) -> list[float]:
        return [each.per_s["published"] for each in self.rates.bins]


@pytest.fixture
def looked(broker: ListBroker, workspace: Workspace) -> Looked:
    return Looked(broker, workspace)


def steps(*ends: tuple[float, float], depth: int = 0, took_us: int = 2_000) -> RateHistory:
    """Steps of a second that end so many s after the start, with so many messages."""
    told = Histogram()
    told.add(took_us)
    zero, count = [0.0] * len(ends), len(ends)
    return RateHistory(
        [START_US + int(at * S) for at, _ in ends], [rate for _, rate in ends], zero, zero,
        [depth] * count, [S] * count, zero, zero, [0] * count,
        [told.pack()] * count, [b""] * count, [1] * count,
    )  # fmt: skip


def test_what_has_happened_is_asked_for_when_somebody_looks(looked: Looked) -> None:
    looked.broker.past = steps((-3, 7.0), (-2, 9.0))
    looked.broker.feed(looked.workspace)
    assert looked.broker.rates_asked == []
    looked.rates.set_visible(True)
    (asked,) = looked.broker.rates_asked
    assert (asked.queue, asked.kind, asked.step_us) == (None, None, S)
    assert len(looked.rates.bins) == 60
    assert looked.published[-5:] == [0.0, 7.0, 9.0, 0.0, 0.0]


def test_only_what_is_new_is_asked_for_again(looked: Looked) -> None:
    looked.broker.past = steps((-30, 5.0))
    looked.look()
    looked.broker.add_queue("q", 3)
    looked.broker.past = steps((1, 11.0))
    looked.sample()
    first, second = looked.broker.rates_asked
    assert second.since_us > first.since_us + 20 * S
    assert 5.0 in looked.published
    assert sum(looked.published) == pytest.approx(16.0, abs=0.1)


def test_where_nothing_moves_nothing_is_asked(looked: Looked) -> None:
    """The chart goes on all the same, by whole bins."""
    looked.look()
    for _ in range(8):
        looked.sample()
    asked = len(looked.broker.rates_asked)
    end_us = looked.rates.bins[-1].until_us
    for _ in range(10):
        looked.sample()
    assert len(looked.broker.rates_asked) == asked
    assert looked.rates.bins[-1].until_us == end_us + 10 * S
    assert len(looked.rates.bins) <= 61


def test_what_nobody_sees_asks_and_draws_nothing(looked: Looked) -> None:
    looked.look()
    looked.rates.set_visible(False)
    asked, drawn = len(looked.broker.rates_asked), looked.drawn
    looked.broker.add_queue("q", 5)
    for _ in range(5):
        looked.sample()
    assert (len(looked.broker.rates_asked), looked.drawn) == (asked, drawn)


def test_another_scope_starts_anew(looked: Looked) -> None:
    looked.broker.past = steps((-5, 5.0))
    looked.broker.add_queue("b")
    looked.look()
    looked.broker.past = steps()
    looked.rates.show(of_queue("/", "b"))
    assert looked.rates.title == "b" and looked.rates.scope == ("/", "b")
    assert sum(looked.published) == 0
    assert looked.broker.rates_asked[-1].queue == "b"
    looked.rates.show(of_client(looked.workspace, 4))
    asked = looked.broker.rates_asked[-1]
    assert (asked.queue, asked.kind, asked.id) == (None, ScopeKind.CLIENT, 4)
    assert looked.rates.scope is None


def test_a_queue_that_is_gone_has_no_rates_and_other_refusals_are_said(looked: Looked) -> None:
    looked.look()
    looked.broker.refusal = RefusedError(Refusal.NO_SUCH_QUEUE, "There is none.")
    looked.rates.show(of_queue("/", "gone"))
    assert looked.rates.problem == "" and sum(looked.published) == 0
    looked.broker.refusal = RefusedError(Refusal.NOT_STORED, "The disk is busy.")
    looked.rates.show(ALL_QUEUES)
    assert looked.rates.problem == "The disk is busy."
    looked.broker.refusal = None
    looked.rates.set_span(SPANS[1])
    assert looked.rates.problem == ""


def test_a_broker_that_is_gone_is_not_asked(looked: Looked) -> None:
    looked.look()
    looked.workspace.lose("gone")
    asked = len(looked.broker.rates_asked)
    run_now(looked.rates.refresh())
    looked.rates.set_span(SPANS[2])
    assert len(looked.broker.rates_asked) == asked


@pytest.mark.parametrize("span", SPANS)
def test_each_span_has_bins_enough_and_not_too_many(looked: Looked, span: object) -> None:
    looked.look()
    looked.rates.set_span(span)  # type: ignore[arg-type]  # a Span
    assert 60 <= len(looked.rates.bins) <= BINS_MAX
    from_us, until_us = looked.rates.times_us
    assert from_us <= looked.rates.bins[0].from_us and looked.rates.bins[-1].until_us <= until_us


def test_a_marked_time_can_be_looked_at_closely_and_left_again(looked: Looked) -> None:
    looked.look()
    looked.rates.set_span(SPANS[3])
    looked.rates.select(START_US - 600 * S, START_US - 500 * S)
    assert all(each.until_us > START_US - 600 * S for each in looked.rates.chosen_bins())
    looked.rates.zoom()
    assert looked.rates.selection is None
    assert looked.rates.times_us == (START_US - 600 * S, START_US - 500 * S)
    assert looked.rates.width_us == S and len(looked.rates.bins) == 100
    asked = len(looked.broker.rates_asked)
    looked.broker.add_queue("q", 4)
    looked.sample()
    assert len(looked.broker.rates_asked) == asked  # the past does not change
    looked.rates.go_on()
    assert looked.rates.times_us[1] >= looked.workspace.now_us()


def test_an_empty_mark_marks_nothing(looked: Looked) -> None:
    looked.look()
    looked.rates.select(5, 5)
    assert looked.rates.selection is None
    assert looked.rates.chosen_bins() == looked.rates.bins
    looked.rates.zoom()
    assert looked.rates.zoomed is None


def test_figures_are_of_the_last_second_that_is_known_and_levels_of_now(looked: Looked, clock: Clock) -> None:
    looked.broker.add_queue("q", 6)
    looked.broker.past = steps((-2, 3.0), (-1, 8.0))
    looked.look()
    current = looked.rates.current()
    assert current["published"] == pytest.approx(8.0, abs=0.01)
    assert (current["depth"], current["in_flight"]) == (6.0, 0.0)


def test_the_bin_under_way_shows_the_rate_of_what_is_known_of_it(looked: Looked) -> None:
    """Half an hour is not waited for."""
    looked.broker.past = steps(*((second, 4.0) for second in range(-1_800, 1)))
    looked.look()
    looked.rates.set_span(SPANS[6])
    known = looked.rates.known_bins()
    assert known[-1].until_us > START_US > known[-1].from_us
    assert known[-1].per_s["published"] == pytest.approx(4.0, rel=0.05)


def test_percentiles_are_of_what_is_marked(looked: Looked) -> None:
    looked.broker.past = steps((-9, 1.0), (-8, 1.0))
    looked.look()
    values, count, one_in = looked.rates.took("waits")
    assert count == 2 and one_in == 1
    assert values == [pytest.approx(2_000, rel=1 / 16)] * 3
    looked.rates.select(START_US - 5 * S, START_US)
    assert looked.rates.took("waits") == ([None, None, None], 0, 1)


def test_rows_for_a_spreadsheet(looked: Looked) -> None:
    looked.broker.past = steps((-9, 1.5), depth=4)
    looked.look()
    looked.rates.select(START_US - 10 * S, START_US - 8 * S)
    heads, *rows = looked.rates.as_rows()
    assert len(rows) == 2 and all(len(row) == len(heads) for row in rows)
    first = dict(zip(heads, rows[0], strict=True))
    assert first["published_per_s"] == "1.500"
    assert (first["depth"], first["wait_p50_us"], first["ack_p50_us"]) == ("4", "1983", "")


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0 ms"), (7, "7 µs"), (999, "999 µs"), (2_000, "2.0 ms"), (3_400_000, "3.4 s")]
)
def test_latencies_in_words(value: int, words: str) -> None:
    assert latency(value) == words
