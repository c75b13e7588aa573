"""Rates of the past: longer steps of older times, then the shorter ones, each moment once."""

import pytest

from mqstudio.model.errors import RefusedError
from mqstudio.model.rates import RateStep
from mqstudio.server.recalling import as_history, behind, check_metrics


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
