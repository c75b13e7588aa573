"""Rates of the past: from what the chronicle has in memory, and before that from the store."""

from collections.abc import Sequence

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.rates import TIERS, RateStep, Scope
from mqstudio.model.rows import RateHistory
from mqstudio.server.chronicle import Chronicle, fitting_tier
from mqstudio.server.steps import Steps
from mqstudio.store.base import Store

METRICS = {
    "published": "published_per_s",
    "delivered": "delivered_per_s",
    "settled": "settled_per_s",
    "redelivered": "redelivered_per_s",
    "unroutable": "unroutable_per_s",
    "depth": "depth",
    "in_flight": "in_flight",
    "waits": "waits",
    "holds": "holds",
}
"""What can be asked for → the list of a RateHistory that has it."""


def check_metrics(names: Sequence[str]) -> None:
    """Raises: RefusedError(INVALID_ARGUMENT) if one of them is none."""
    unknown = [name for name in names if name not in METRICS]
    if unknown:
        says = f"There is no metric {unknown[0]!r:.40}; there are {', '.join(METRICS)}."
        raise RefusedError(Refusal.INVALID_ARGUMENT, says)


def recall(
    chronicle: Chronicle,
    store: Store,
    scopes: Sequence[Scope],
    step_us: int,
    times_us: tuple[int, int],
) -> Steps[list[RateStep]]:
    """Steps about so long within these times, oldest first.

    scopes: one at least; the thing itself comes last, before it those that had its name. Where the longer
    and the shorter steps meet, each moment is told of once.
    """
    since_us, until_us = times_us
    first = fitting_tier(step_us, until_us - since_us)
    found: list[RateStep] = []
    start_us = until_us
    for place in range(first, len(TIERS)):
        if start_us > since_us:
            found = behind(chronicle.steps(scopes[-1], place, since_us, until_us), found, start_us)
            start_us = min(start_us, chronicle.begins_us(scopes[-1], place))
    kind, ids = scopes[-1].kind, [scope.id for scope in scopes]
    for place in range(max(1, first), len(TIERS)):
        if start_us > since_us:
            kept = yield store.rates(kind, ids, TIERS[place].step_us, since_us, start_us)
            found = behind(kept, found, start_us)
            start_us = min(start_us, kept[0].at_us - kept[0].length_us) if kept else start_us
    return found


def behind(older: list[RateStep], newer: list[RateStep], start_us: int) -> list[RateStep]:
    """Longer steps of what was before `start_us`, then the shorter ones that they do not cover."""
    head = [step for step in older if step.at_us - step.length_us < start_us]
    if not head:
        return newer
    return head + [step for step in newer if step.at_us > head[-1].at_us]


def as_history(steps: Sequence[RateStep], metrics: Sequence[str]) -> RateHistory:
    """Steps as lists, of these metrics only ([]: all)."""

    def per_s(name: str) -> list[float]:
        return [getattr(step, name) * 1e6 / max(step.length_us, 1) for step in steps]

    lists: dict[str, list[float]] = {}
    for name, place in METRICS.items():
        if metrics and name not in metrics:
            lists[place] = []
        else:
            is_rate = place.endswith("_per_s")
            lists[place] = per_s(name) if is_rate else [getattr(step, name) for step in steps]
    return RateHistory(
        times_us=[step.at_us for step in steps],
        lengths_us=[step.length_us for step in steps],
        one_in=[step.one_in for step in steps],
        **lists,  # type: ignore[arg-type]  # by name
    )
