"""One message whole: where it stands, what it says of itself, a part of its body, and its life."""

from collections.abc import Callable, Mapping

from mqstudio.engine import browse
from mqstudio.engine.engine import Engine
from mqstudio.engine.queue import Queue
from mqstudio.model import limits
from mqstudio.model.delivery import DropReason
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import MessageEvent, MessageRefused, MessageUnroutable
from mqstudio.model.message import Message, Past
from mqstudio.model.queries import GetMessage
from mqstudio.model.rows import MessageDetail, MessageRow
from mqstudio.protocols.base import WireProtocol
from mqstudio.server import describe
from mqstudio.server.describe import Namer
from mqstudio.server.pages import Live, ready_row
from mqstudio.server.reading import properties_of
from mqstudio.server.steps import Steps
from mqstudio.store.base import Life, Store

LOST = DropReason.BROKER_STOPPED.value
"""Why a message ended that was only in the memory of a broker before this one."""

TRIES = 3
"""How often a message is looked for that has left the engine's hands while the store was asked."""


class Details:
    """Puts messages together. `began_us`: when this broker did."""

    def __init__(
        self,
        engine: Engine,
        store: Store,
        protocols: Mapping[str, WireProtocol],
        began_us: Callable[[], int],
    ) -> None:
        self._engine = engine
        self._store = store
        self._protocols = protocols
        self._began_us = began_us

    def message(
        self, query: GetMessage, queue_ids: list[int], find_queue: Callable[[], Queue | None]
    ) -> Steps[MessageDetail]:
        """What is known of a message of a queue. Raises: RefusedError(NO_SUCH_MESSAGE)."""
        for _ in range(TRIES):
            life: Life = yield self._store.life(query.message_id)
            found = self._in_hand(find_queue(), query.message_id, _nameless)
            past = found[1].past if found else life.events[0].message.past if life.events else None
            earlier = yield from self._earlier(past)
            names: dict[int, str] = yield self._store.connection_names(
                self._ids([*earlier, *life.events], find_queue(), query.message_id)
            )

            def name_of(connection_id: int, names: dict[int, str] = names) -> str:
                return names.get(connection_id, "")

            found = self._in_hand(find_queue(), query.message_id, name_of)
            row = found[0] if found else self._elsewhere(query.queue, queue_ids, find_queue(), life, name_of)
            if row is not None:
                break
        else:
            raise _unknown(query)
        message = found[1] if found else life.events[0].message
        start = max(0, query.body_offset)
        length = limits.BODY_HEAD_BYTES if query.body_limit is None else max(0, query.body_limit)
        body: bytes = message.body[start : start + length]
        kept_bytes = len(message.body)
        if not found and life.kept_bytes is not None:
            body, kept_bytes = (yield self._store.body(query.message_id, start, length)), life.kept_bytes
        properties, problem = properties_of(message, self._protocols)
        if row.problem:
            problem = f"The file is damaged: {row.problem}. {problem}".rstrip()
        told = [describe.life_step(event, name_of) for event in (*earlier, *life.events)]
        return MessageDetail(
            row,
            properties,
            body,
            start,
            message.format,
            problem,
            told,
            message.past,
            None if kept_bytes >= row.size_bytes else kept_bytes,
        )

    def unqueued(self, query: GetMessage) -> Steps[MessageDetail]:
        """What is known of a message that no queue took. Raises: RefusedError(NO_SUCH_MESSAGE)."""
        life: Life = yield self._store.life(query.message_id)
        if not life.events:
            raise _unknown(query)
        message = life.events[0].message
        earlier = yield from self._earlier(message.past)
        events = [*earlier, *life.events]
        names: dict[int, str] = yield self._store.connection_names(self._ids(events, None, query.message_id))

        def name_of(connection_id: int) -> str:
            return names.get(connection_id, "")

        ends = [event for event in life.events if isinstance(event, MessageUnroutable | MessageRefused)]
        if ends:
            row = describe.lost_row("", life, name_of, describe.what(ends[-1]))
        else:
            row = describe.ready_row(message, "", name_of, deliveries=0)
        start = max(0, query.body_offset)
        length = limits.BODY_HEAD_BYTES if query.body_limit is None else max(0, query.body_limit)
        body: bytes = message.body[start : start + length]
        if life.kept_bytes is not None:
            body = yield self._store.body(query.message_id, start, length)
        properties, problem = properties_of(message, self._protocols)
        told = [describe.life_step(event, name_of) for event in events]
        kept = None if life.kept_bytes in {None, row.size_bytes} else life.kept_bytes
        return MessageDetail(row, properties, body, start, message.format, problem, told, message.past, kept)

    def _earlier(self, past: Past | None) -> Steps[list[MessageEvent]]:
        """The events of the messages that this one was before, as far as the ledger remembers."""
        lives: list[list[MessageEvent]] = []
        while past is not None and len(lives) < limits.ANCESTORS_MAX:
            before: Life = yield self._store.life(past.parent_id)
            if not before.events:
                break
            lives.insert(0, before.events)
            past = before.events[0].message.past
        return [event for each in lives for event in each]

    def _ids(self, events: list[MessageEvent], queue: Queue | None, message_id: int) -> set[int]:
        """The connections whose names are needed."""
        ids = set(describe.connection_ids(events))
        ids.update(event.message.publisher_id for event in events)
        if queue is not None:
            ready = browse.find_ready(queue, message_id)
            ids.update([ready.publisher_id] if ready is not None else [])
            held = Live(self._engine, queue).held(message_id)
            if held is not None:
                ids |= {held.event.message.publisher_id, held.event.channel.connection_id}
        return ids

    def _in_hand(
        self, queue: Queue | None, message_id: int, name_of: Namer
    ) -> tuple[MessageRow, Message] | None:
        """A message that the engine has."""
        if queue is None:
            return None
        ready = browse.find_ready(queue, message_id)
        if ready is not None:
            return ready_row(queue, ready, name_of), ready
        held = Live(self._engine, queue).held(message_id)
        if held is None:
            return None
        return describe.in_flight_row(held, name_of), held.event.message

    def _elsewhere(
        self, name: str, queue_ids: list[int], queue: Queue | None, life: Life, name_of: Namer
    ) -> MessageRow | None:
        """A message that waits in the store, or has ended, or was lost."""
        live = Live(self._engine, queue)
        for waiting in life.waiting:
            if live.is_waiting(waiting):
                return describe.waiting_row(waiting, name, name_of)
        return describe.ended_row(name, life, queue_ids, name_of) or self.lost(name, queue_ids, life, name_of)

    def lost(self, name: str, queue_ids: list[int], life: Life, name_of: Namer) -> MessageRow | None:
        """A message that a broker before this one had in memory only."""
        was_here = any(describe.event_queue_id(event) in queue_ids for event in life.events)
        is_old = bool(life.events) and life.events[0].message.published_at_us < self._began_us()
        return describe.lost_row(name, life, name_of, LOST) if was_here and is_old else None


def _unknown(query: GetMessage) -> RefusedError:
    return RefusedError(
        Refusal.NO_SUCH_MESSAGE,
        f"Message {query.message_id} is not in queue '{query.queue}', and the ledger, which keeps "
        "only the latest events, has no record of it there.",
    )


def _nameless(_: int) -> str:
    return ""
