"""What is asked of a replay, in words of the engine; what is wrong is said at its field."""

import pytest
from msgspec.structs import replace

from mqstudio.client.replay_values import Target, TargetKind, Wishes
from mqstudio.viewmodel.replay_form import (
    SLIDER_STEPS,
    ReplayForm,
    problem_of,
    speed_at,
    speed_says,
    step_at,
    target_says,
    wishes_of,
)

FORM = ReplayForm()


def test_as_it_comes_it_is_a_faithful_replay() -> None:
    assert problem_of(FORM) is None
    assert wishes_of(FORM) == Wishes()


def test_fields_are_wishes() -> None:
    form = ReplayForm(
        TargetKind.QUEUE, "other", 10.0, has_gaps=False, keeps_key_order=True, has_own_ids=False,
        is_stepping=True, is_changing=True, patch="$.a = 1", key="x", is_marked=False, may_loop=True,
        failures="0",
    )  # fmt: skip
    assert wishes_of(form) == Wishes(
        Target(TargetKind.QUEUE, "other"), None, True, True, "$.a = 1", "x", 0.0, False, True, 0, True
    )
    not_changing = wishes_of(replace(form, is_changing=False, target=TargetKind.ORIGINAL))
    assert (not_changing.patch, not_changing.key, not_changing.target) == ("", "", Target())


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"target": TargetKind.QUEUE}, "name"),
        ({"is_changing": True, "patch": "$.total ="}, "patch"),
        ({"failures": "many"}, "failures"),
    ],
)
def test_what_is_wrong_is_said_where(fields: dict[str, object], field: str) -> None:
    problem = problem_of(replace(FORM, **fields))
    assert problem is not None
    assert (problem.field, bool(problem.says)) == (field, True)


def test_the_slider_reaches_every_speed_and_means_round_ones() -> None:
    assert [speed_at(step) for step in (0, 99, 100, 103, 200, SLIDER_STEPS)] == [0.1, 1, 1, 1, 10, 100]
    speeds = [speed_at(step) for step in range(SLIDER_STEPS + 1)]
    assert speeds == sorted(speeds)
    assert all(speed_at(step_at(speed)) == speed for speed in (0.1, 0.5, 1, 2.5, 10, 100))
    assert speed_says(FORM) == "1×"
    assert speed_says(replace(FORM, has_gaps=False)) == "max"


def test_where_it_goes_in_words() -> None:
    assert target_says(replace(FORM, target=TargetKind.EXCHANGE, name="shop")) == "exchange shop"
