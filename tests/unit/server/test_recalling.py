"""Rates of the past: longer steps of older times, then the shorter ones, each moment once."""

from collections.abc import Sequence

import pytest

from mqstudio.model.errors import RefusedError
from mqstudio.model.rates import SECOND_US, TOTAL, RateStep, Scope, ScopeKind
from mqstudio.server.chronicle import Chronicle
from mqstudio.server.latencies import Latencies
from mqstudio.server.recalling import as_history, behind, check_metrics, recall
from mqstudio.server.steps import run
from mqstudio.store.memory import MemoryStore
from tests.support.driver import new_engine


def step(at_us: int, length_us: int, **more: int) -> RateStep:
    return RateStep(at_us=at_us, length_us=length_us, **more)


def test_each_moment_is_told_of_once() -> None:
    older = [step(10, 10), step(20, 10), step(30, 10)]
    newer = [step(16, 1), step(21, 1), step(22, 1), step(31, 1)]
    told = behind(older, newer, 15)
    assert [(each.at_us, each.length_us) for each in told] == [(10, 10), (20, 10), (21, 1), (22, 1), (31, 1)]
    assert behind(older, [], 40) == older
    assert behind([], newer, 15) == newer


def test_what_the_shorter_steps_have_is_theirs() -> None:
    """A longer step under way, which begins after them, takes nothing from them."""
    newer = [step(16, 1), step(17, 1)]
    assert behind([step(17, 7)], newer, 10) == newer


def test_rates_are_per_second() -> None:
    history = as_history([step(2_000_000, 2_000_000, published=10, depth=7)], [])
    assert (history.published_per_s, history.depth, history.times_us) == ([5.0], [7], [2_000_000])


def test_only_what_is_asked_for_is_filled() -> None:
    history = as_history([step(1, 1, published=1)], ["depth"])
    assert history.published_per_s == []
    assert history.depth == [0]


def test_an_unknown_metric_is_refused() -> None:
    check_metrics(["depth", "published"])
    with pytest.raises(RefusedError, match="no metric 'speed'"):
        check_metrics(["depth", "speed"])


# ---- from memory, then from the store

NOW_US = 10_000 * SECOND_US


class OldStore(MemoryStore):
    """Has steps of what was before this broker."""

    def __init__(self, *steps: tuple[int, RateStep]) -> None:
        super().__init__()
        self._steps = steps
        self.asked: list[tuple[int, int, int]] = []

    def rates(
        self, kind: ScopeKind, ids: Sequence[int], step_us: int, since_us: int, until_us: int
    ) -> list[RateStep]:
        self.asked.append((step_us // SECOND_US, since_us, until_us))
        return [s for length, s in self._steps if length == step_us and since_us < s.at_us <= until_us]


def _chronicle(*seconds: int) -> Chronicle:
    """Memory with one message in each of these seconds."""
    chronicle = Chronicle(new_engine(), Latencies())
    for second in seconds:
        chronicle._add(TOTAL, step(second * SECOND_US, SECOND_US, published=1))
    return chronicle


def _recall(chronicle: Chronicle, store: MemoryStore, since: int, until: int) -> list[RateStep]:
    times = (since * SECOND_US, until * SECOND_US)
    steps = run(recall(chronicle, store, [Scope(ScopeKind.QUEUE, 3), TOTAL], SECOND_US, times))
    assert isinstance(steps, list)
    return steps


def test_what_memory_has_the_store_is_not_asked_for() -> None:
    store = OldStore()
    chronicle = _chronicle(*range(9_000, 9_010))
    assert len(_recall(chronicle, store, 9_004, 9_010)) == 5
    assert store.asked == []


def test_what_moves_on_after_a_rest_is_told_by_the_second() -> None:
    """The longer step under way begins before it; that is no reason to tell of that instead."""
    chronicle = _chronicle(9_001, 9_002, 9_007, 9_008)
    told = _recall(chronicle, OldStore(), 9_003, 9_009)
    assert [each.at_us // SECOND_US for each in told] == [9_007, 9_008]


def test_what_was_before_the_broker_comes_from_the_store() -> None:
    old = [(10, 8_900), (10, 8_910), (60, 8_880), (60, 8_940)]
    steps = [(n * SECOND_US, step(at * SECOND_US, n * SECOND_US, published=n)) for n, at in old]
    store = OldStore(*steps)
    told = _recall(_chronicle(9_000, 9_001), store, 8_000, 9_009)
    assert [(each.at_us // SECOND_US, each.published) for each in told] == [
        (8_880, 60), (8_900, 10), (8_910, 10), (9_000, 1), (9_001, 1),
    ]  # fmt: skip
    assert [asked[0] for asked in store.asked] == [10, 60]


def test_no_message_is_told_of_twice_where_tiers_meet() -> None:
    """By the second for the last hour, by ten before: together all of them, once."""
    chronicle = _chronicle(*range(1, 5_001))
    told = _recall(chronicle, OldStore(), 0, 5_000)
    assert sum(each.published for each in told) == 5_000
    assert {each.length_us // SECOND_US for each in told} == {1, 10}
