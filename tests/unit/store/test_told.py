"""Why a delivery was released is told by the profile as it was by the engine."""

import msgspec
import pytest

from mqstudio.model import events as e
from mqstudio.model.delivery import Outcome, ReleaseCause
from mqstudio.model.message import Message, traits
from mqstudio.model.refs import ChannelRef, QueueRef
from mqstudio.store.projection import Projection
from mqstudio.store.told import Refs, Step, events_of

QUEUE, CHANNEL = QueueRef("/", "q", 1), ChannelRef(4, 3, 1)
MESSAGE = Message(5, b"x", b"", "", "q", 0, "hub", 1, traits=traits(is_persistent=True))


def _read_back(event: e.MessageSettled, *, detail: str | None = None) -> e.MessageSettled:
    """The event as its row tells it; with another detail, if one is given."""
    projection, batch = Projection(), e.EventBatch()
    batch.append(event)
    projection.note(batch)
    (row,) = projection.changes.section.events
    *facts, written = row[1:]
    step = msgspec.convert([*facts, detail or written or ""], Step)
    refs = Refs({1: ("/", "q")}, {4: (3, 1)})
    _, found = events_of(MESSAGE, [step], refs)
    assert isinstance(found, e.MessageSettled)
    return found


@pytest.mark.parametrize("cause", list(ReleaseCause))
def test_the_cause_of_a_release_is_kept(cause: ReleaseCause) -> None:
    event = e.MessageSettled(7, MESSAGE, QUEUE, CHANNEL, 9, Outcome.RELEASED, cause=cause)
    assert _read_back(event) == event


def test_who_forced_it_is_kept() -> None:
    event = e.MessageSettled(7, MESSAGE, QUEUE, CHANNEL, 9, Outcome.RELEASED, forced_by=8)
    assert _read_back(event) == event


@pytest.mark.parametrize("detail", ['{"cause":"of a later version"}', '{"cause":7}', "{"])
def test_a_cause_that_is_damaged_is_none(detail: str) -> None:
    """What else the row tells still counts."""
    event = e.MessageSettled(7, MESSAGE, QUEUE, CHANNEL, 9, Outcome.RELEASED)
    assert _read_back(event, detail=detail) == event
