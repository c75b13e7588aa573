"""Verbs by hand, which may be about messages that only the store has: it is asked for those first."""

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import EventBatch
from mqstudio.model.verbs import ActedReply, ByHand, Fetched, HandVerb, NotInHand
from mqstudio.server.steps import Steps, run
from mqstudio.store.opened import StoredPage

if TYPE_CHECKING:
    from mqstudio.server.broker import Broker

TRIES: Final = 5
"""How often the store is asked anew, when the queue has changed behind what memory has meanwhile."""


def answer(broker: "Broker", request: ByHand, now_us: int, batch: EventBatch) -> object:
    """The reply, or a future of it where the store must be asked. Raises: RefusedError."""
    reply = broker.engine.apply(request.command, now_us, batch)
    return run(_with_store(broker, request.command, reply)) if isinstance(reply, NotInHand) else reply


def _with_store(broker: "Broker", command: HandVerb, wanted: NotInHand) -> Steps[object]:
    for _ in range(TRIES):
        page: StoredPage = yield broker.store.read_entries(wanted.queue, wanted.ids)
        later = _not_read(wanted.ids, page)
        ids = tuple(each for each in command.ids if each not in set(later))
        fetched = Fetched(wanted.stamp, tuple(page.entries))
        reply, waiting = _turn(broker, replace(command, ids=ids, fetched=fetched))
        if isinstance(reply, NotInHand):
            wanted = reply
            continue
        assert isinstance(reply, ActedReply)
        yield waiting
        return replace(reply, later=later)
    raise RefusedError(
        Refusal.NOT_STORED,
        f"Queue '{wanted.queue.name}' changes faster than its messages can be read. Pause it, or try again.",
    )


def _turn(broker: "Broker", command: HandVerb) -> tuple[object, object]:
    """Do it in a turn of its own: the reply, and what to wait for before it is given."""
    batch, now_us = EventBatch(), broker.clock.now_us()
    waiting = None
    try:
        reply = broker.engine.apply(command, now_us, batch)
    finally:
        broker.record(batch)
        waiting = broker.commits.answer(None)  # before the turn ends: then it is nobody's
        broker.end_turn(now_us, batch)
    return reply, waiting


def _not_read(ids: tuple[int, ...], page: StoredPage) -> tuple[int, ...]:
    """Those behind the last that was read, if there was too much to read."""
    if page.is_last:
        return ()
    return ids[ids.index(page.entries[-1].message.id) + 1 :]
