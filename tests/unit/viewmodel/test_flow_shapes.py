"""Edges of a flow: wider with what passes, bent to their nodes, found near where they are drawn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqstudio.viewmodel.flow_layout import NODE_HEIGHT, NODE_WIDTH, Place
from mqstudio.viewmodel.flow_shapes import THINNEST, WIDEST, curve, distance_to, is_near, point_at, width_of

rates = st.floats(0, 1e9, allow_nan=False)
places = st.builds(Place, st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))


@given(rates, rates)
def test_more_is_wider_and_never_too_wide(one: float, other: float) -> None:
    assert THINNEST <= width_of(one) <= WIDEST + 1e-9
    assert (width_of(one) <= width_of(other)) or one >= other


def test_a_little_is_seen_and_tenfold_is_seen_to_be_more() -> None:
    assert width_of(0.1) > width_of(0) + 0.5
    assert width_of(10_000) > width_of(1_000) + 1 > width_of(100) + 2


@given(places, places)
def test_edges_begin_and_end_at_their_nodes(source: Place, target: Place) -> None:
    line = curve(source, target)
    for place, (x, y) in ((source, line[0]), (target, line[3])):
        assert y == pytest.approx(place.y + NODE_HEIGHT / 2)
        assert x == pytest.approx(place.x) or x == pytest.approx(place.x + NODE_WIDTH)
    assert point_at(line, 0.0) == pytest.approx(line[0]) and point_at(line, 1.0) == pytest.approx(line[3])


@given(places, places, st.floats(0, 1), st.floats(-30, 30))
def test_what_is_near_is_not_passed_over(source: Place, target: Place, share: float, off: float) -> None:
    line = curve(source, target)
    x, y = point_at(line, share)
    assert is_near(line, x, y + off, 31.0)
    assert not is_near(line, x, y + 1e6, 31.0)


def test_distances() -> None:
    line = curve(Place(0, 0), Place(400, 200))
    x, y = point_at(line, 0.3)
    assert distance_to(line, x, y) < 2
    assert distance_to(line, x, y + 50) > 15
    still = ((0.0, 0.0),) * 4
    assert distance_to(still, 3, 4) == pytest.approx(5)  # type: ignore[arg-type]  # four points
