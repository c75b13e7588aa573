"""A life as spans: waiting in a queue, being with a consumer, and how each ended: what traces are made of."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from mqstudio.exporters.base import Record
from mqstudio.model.rows import LifeStep

GOOD: Final = "accepted"
DELIVERED: Final = "delivered"
ENTERS: Final = frozenset({"enqueued", "requeued", "restored"})
ENDS: Final = frozenset({"settled", "dropped", "dead_lettered", "purged"})


class Wait(Struct, frozen=True):
    """From when to when a message waited in a queue. `until_us` None: it still does."""

    from_us: int
    until_us: int | None


class Hold(Struct, frozen=True):
    """From when to when a consumer had it, who that was, and how it ended: "" if it still has it."""

    from_us: int
    until_us: int | None
    holder: str
    outcome: str

    @property
    def is_good(self) -> bool:
        """Whether it ended as its consumer wished, or is not over."""
        return self.outcome in ("", GOOD)


class Spans(Struct, frozen=True):
    """The spans of one message in its queue, in order."""

    waits: tuple[Wait, ...]
    holds: tuple[Hold, ...]


def spans_of(record: Record) -> Spans:
    """Read a life; without one, what the row tells."""
    queue, message_id = record.row.queue, record.row.message_id
    steps = [
        step for step in record.life if step.queue == queue and step.message_id in (0, message_id)
    ] or _from_row(record)
    waits: list[Wait] = []
    holds: list[Hold] = []
    waits_since: int | None = None
    held: LifeStep | None = None
    for step in sorted(steps, key=lambda each: each.at_us):
        if step.what not in ENTERS | ENDS and step.what != DELIVERED:
            continue
        if held is not None:
            holds.append(Hold(held.at_us, step.at_us, _holder(held), _outcome(step)))
        elif waits_since is not None:
            waits.append(Wait(waits_since, step.at_us))
        held = step if step.what == DELIVERED else None
        waits_since = step.at_us if step.what in ENTERS else None
    if held is not None:
        holds.append(Hold(held.at_us, None, _holder(held), ""))
    elif waits_since is not None:
        waits.append(Wait(waits_since, None))
    return Spans(tuple(waits), tuple(holds))


def _holder(step: LifeStep) -> str:
    return step.detail.removeprefix("to ").partition(" (")[0] or "a consumer"


def _outcome(step: LifeStep) -> str:
    """How it ended: the first word of what is told, or what happened."""
    return step.reason or step.detail.partition(" ")[0] or step.what


def _from_row(record: Record) -> Sequence[LifeStep]:
    row = record.row
    told = (
        ("enqueued", row.enqueued_at_us or row.published_at_us, ""),
        ("delivered", row.delivered_at_us, row.holder),
        ("settled", row.ended_at_us, row.ended_because),
    )
    return [LifeStep(at_us, what, row.queue, detail) for what, at_us, detail in told if at_us is not None]
