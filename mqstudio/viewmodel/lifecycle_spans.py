"""How long a message waited in a queue and was held there; also in a log, where many hold it at once."""

from collections.abc import Sequence

from msgspec.structs import replace

from mqstudio.exporters.base import Record
from mqstudio.exporters.spans import Hold, Spans, Wait, spans_of
from mqstudio.model.lifecycle import LifePart
from mqstudio.model.message import Properties
from mqstudio.model.rows import LifeStep, MessageRow
from mqstudio.viewmodel.lifecycle_words import who

Delivery = tuple[int, int, int]
"""Connection, channel and delivery tag."""


def spans_in(part: LifePart, row: MessageRow, steps: Sequence[LifeStep]) -> Spans:
    """The spans of a message in one queue, in order."""
    if _is_shared(steps):
        return _of_log(steps)
    return spans_of(Record(part.vhost, row, Properties(), b"", "", tuple(steps)))


def _is_shared(steps: Sequence[LifeStep]) -> bool:
    """Whether it was handed over to one while another had it: only logs do that."""
    open_now: set[Delivery] = set()
    for step in steps:
        if step.what == "delivered":
            if open_now:
                return True
            open_now.add(_delivery(step))
        elif step.what != "routed":
            open_now.clear()
    return False


def _delivery(step: LifeStep) -> Delivery:
    return step.connection_id, step.channel, step.delivery_tag


def _of_log(steps: Sequence[LifeStep]) -> Spans:
    """It waits for its first reader; each holds it until that one is done with it."""
    waits: list[Wait] = []
    holds: list[Hold] = []
    open_at: dict[Delivery, int] = {}
    for step in steps:
        if step.what == "enqueued":
            waits.append(Wait(step.at_us, None))
        elif step.what == "delivered":
            if waits and waits[-1].until_us is None:
                waits[-1] = replace(waits[-1], until_us=step.at_us)
            open_at[_delivery(step)] = len(holds)
            holds.append(Hold(step.at_us, None, who(step), ""))
        elif step.what == "settled":
            place = open_at.pop(_delivery(step), None)
            if place is not None:
                holds[place] = replace(holds[place], until_us=step.at_us, outcome=step.outcome)
    return Spans(tuple(waits), tuple(holds))
