"""How wide an edge is, which way it bends, and how far a point is from it; without a window."""

import math
from typing import Final

from mqstudio.viewmodel.flow_layout import NODE_HEIGHT, NODE_WIDTH, Place

THINNEST: Final = 1.0
WIDEST: Final = 14.0
_FULL_PER_S: Final = 50_000.0
"""The rate at which an edge is widest; below, each tenfold is a step of the same width."""

Point = tuple[float, float]
Curve = tuple[Point, Point, Point, Point]
"""A cubic curve: where it begins, two points that it bends to, where it ends."""

_STEPS: Final = 24


def width_of(per_s: float) -> float:
    """How wide the edge of a rate is: 1 at rest, wider with the logarithm, never more than the widest."""
    if per_s <= 0:
        return THINNEST
    share = math.log1p(per_s) / math.log1p(_FULL_PER_S)
    return THINNEST + 0.8 + (WIDEST - THINNEST - 0.8) * min(1.0, share)


def curve(source: Place, target: Place) -> Curve:
    """From a node's side to another's: rightwards where the target is further right, else round below."""
    ay, dy = source.y + NODE_HEIGHT / 2, target.y + NODE_HEIGHT / 2
    if target.x >= source.x + NODE_WIDTH:
        ax, dx = source.x + NODE_WIDTH, target.x
        bend = max(40.0, (dx - ax) * 0.5)
        return (ax, ay), (ax + bend, ay), (dx - bend, dy), (dx, dy)
    if target.x + NODE_WIDTH <= source.x:
        ax, dx = source.x, target.x + NODE_WIDTH
        bend = max(40.0, (ax - dx) * 0.5)
        return (ax, ay), (ax - bend, ay), (dx + bend, dy), (dx, dy)
    right = max(source.x, target.x) + NODE_WIDTH
    bow = right + 46.0 + min(60.0, abs(dy - ay) * 0.12)
    return (source.x + NODE_WIDTH, ay), (bow, ay), (bow, dy), (target.x + NODE_WIDTH, dy)


def point_at(line: Curve, share: float) -> Point:
    """The point of a curve after a share of it."""
    a, b, c, d = line
    rest = 1.0 - share
    weights = (rest**3, 3 * rest**2 * share, 3 * rest * share**2, share**3)
    return (
        sum(weight * each[0] for weight, each in zip(weights, (a, b, c, d), strict=True)),
        sum(weight * each[1] for weight, each in zip(weights, (a, b, c, d), strict=True)),
    )


def is_near(line: Curve, x: float, y: float, within: float) -> bool:
    """Whether a point may be that near to a curve: it lies within the points that the curve bends to."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = line
    return (
        min(ax, bx, cx, dx) - within <= x <= max(ax, bx, cx, dx) + within
        and min(ay, by, cy, dy) - within <= y <= max(ay, by, cy, dy) + within
    )


def distance_to(line: Curve, x: float, y: float) -> float:
    """How far a point is from a curve, as nearly as a finger needs it."""
    before = line[0]
    nearest = math.inf
    for step in range(1, _STEPS + 1):
        after = point_at(line, step / _STEPS)
        nearest = min(nearest, _to_stretch(before, after, x, y))
        before = after
    return nearest


def _to_stretch(one: Point, other: Point, x: float, y: float) -> float:
    dx, dy = other[0] - one[0], other[1] - one[1]
    length = dx * dx + dy * dy
    share = 0.0 if length == 0 else max(0.0, min(1.0, ((x - one[0]) * dx + (y - one[1]) * dy) / length))
    return math.hypot(x - one[0] - share * dx, y - one[1] - share * dy)
