"""Makes records of what the ledger has in bulk: where each message stands, what it says, what happened to it.

What inspectors are told is said in `describe`, event by event; here it is said once for all events that are
alike but for their time and message, and remembered: a million messages have few kinds of lives.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from msgspec.structs import replace

from mqstudio.exporters.base import Record
from mqstudio.model import limits
from mqstudio.model.delivery import DropReason
from mqstudio.model.message import Message, Properties
from mqstudio.model.rows import LifeStep, MessageRow, MessageState
from mqstudio.server import describe
from mqstudio.store import reader_rows
from mqstudio.store.kinds import Kind
from mqstudio.store.reader_bulk import Names, Told
from mqstudio.store.told import Step, events_of

ReadProperties = Callable[[Message], Properties]

ENDS: Final = frozenset({Kind.ACCEPTED, Kind.DROPPED, Kind.DEAD_LETTERED, Kind.PURGED})
HANDED_OVER: Final = frozenset(
    {Kind.DELIVERED, Kind.REDELIVERED, Kind.DELIVERED_SETTLED, Kind.REDELIVERED_SETTLED, Kind.READ}
)
HOLDS: Final = frozenset({Kind.DELIVERED, Kind.REDELIVERED})
AGAIN: Final = frozenset({Kind.REDELIVERED, Kind.REDELIVERED_SETTLED})
ARRIVES: Final = frozenset({Kind.ENQUEUED, Kind.REFUSED})
UNLIKE: Final = frozenset({Kind.DELAYED, Kind.DEAD_LETTERED})
"""Kinds of which no two events say the same."""

STATES: Final = {
    Kind.ACCEPTED: MessageState.DONE,
    Kind.DROPPED: MessageState.DROPPED,
    Kind.DEAD_LETTERED: MessageState.DEAD_LETTERED,
    Kind.PURGED: MessageState.PURGED,
}
LOST: Final = "broker_stopped"
UNROUTABLE: Final = "unroutable"


class RecordMaker:
    """Makes one record after another. began_us: when the broker did that has what is not on disk.

    held_since_us: what was handed over before is not held any more.
    """

    def __init__(
        self, connection: Any, read_properties: ReadProperties, began_us: int, held_since_us: int
    ) -> None:
        """Any: an open connection of the store's."""
        self._connection = connection
        self._read_properties = read_properties
        self.began_us = began_us
        self._held_since_us = held_since_us
        self.names = Names(connection)
        self._alike: dict[tuple[Any, ...], LifeStep] = {}  # Any: what events have in common
        self._routes: dict[tuple[int, ...], str] = {}
        self._said: dict[tuple[str, bytes], Properties] = {}

    def records(self, told: Told, *, has_properties: bool, has_life: bool) -> Iterator[Record]:
        """One message: a record for each queue that it was in, or one if no queue took it."""
        rows = self._rows(told)
        if not rows:
            return
        message = told.message
        life = self._life(told) if has_life else ()
        properties = self._properties(message) if has_properties else _SILENT
        for vhost, row in rows:
            yield Record(vhost, row, properties, message.body, message.format, life, message.past)

    def _properties(self, message: Message) -> Properties:
        key = (message.format, message.properties)
        found = self._said.get(key)
        if found is None:
            if len(self._said) >= _ALIKE_MAX:
                self._said.clear()
            found = self._said[key] = self._read_properties(message)
        return found

    # ---- where it stands

    def _rows(self, told: Told) -> list[tuple[str, MessageRow]]:
        queues = dict.fromkeys(place.queue_id for place in told.places)
        is_unroutable = False
        for step in told.steps:
            if step.queue_id is not None:
                queues[step.queue_id] = None
            elif step.kind in {Kind.UNROUTABLE, Kind.RETURNED}:
                is_unroutable = True
        if not queues:
            return [("", self._row(told, "", MessageState.DROPPED, UNROUTABLE))] if is_unroutable else []
        rows = []
        for queue_id in queues:
            vhost, name = self.names.queue(queue_id)
            row = self._row_in(told, queue_id, name)
            if row is not None:
                rows.append((vhost, row))
        return rows

    def _row_in(self, told: Told, queue_id: int, name: str) -> MessageRow | None:
        """Where it stands in a queue; None if that did not take it."""
        place = next((each for each in told.places if each.queue_id == queue_id), None)
        ending = delivered = last = None
        count = 0
        for step in told.steps:
            if step.queue_id != queue_id:
                continue
            kind = step.kind
            if kind in HANDED_OVER:
                delivered, count = step, count + 1
            if kind in ENDS:
                ending = step
            elif kind == Kind.RESTORED:
                ending = None
            if kind != Kind.REFUSED:
                last = step
        if place is not None:
            ending = None
            count = max(count, place.deliveries)
        if ending is not None:
            state, because = self._end(ending)
            return self._row(told, name, state, because, delivered, count, ended_at_us=ending.at_us)
        if place is None:
            if last is None:
                return None
            if told.message.published_at_us < self.began_us:
                return self._row(told, name, MessageState.DROPPED, LOST)
        is_held = last is not None and last.kind in HOLDS and last.at_us >= self._held_since_us
        if is_held:
            return self._row(told, name, MessageState.IN_FLIGHT, "", delivered, count)
        row = self._row(told, name, MessageState.READY, "")
        return replace(row, delivery_count=count, is_redelivered=count > 0) if count else row

    def _row(  # noqa: PLR0917  # what a row has
        self,
        told: Told,
        queue: str,
        state: MessageState,
        because: str,
        delivered: Step | None = None,
        count: int = 0,
        *,
        ended_at_us: int | None = None,
    ) -> MessageRow:
        message = told.message
        at_us = message.published_at_us
        holder, holder_id = "", None
        if delivered is not None:
            step = self._step(delivered, message)
            holder_id = step.connection_id
            holder = step.client or f"connection {holder_id}"
            if delivered.subscription_id is not None:
                holder = f"{holder} · {step.tag}"
        row = MessageRow(
            message.id,
            queue,
            state,
            message.exchange,
            message.routing_key,
            told.body_size,
            "",
            at_us,
            at_us,
            None if delivered is None else delivered.at_us,
            ended_at_us,
            holder,
            holder_id,
            count,
            delivered is not None and delivered.kind in AGAIN,
            because,
            self.names.name_of(message.publisher_id) if message.publisher_id else "",
            told.problem,
            priority=message.traits.priority,
        )
        deaths = message.past.deaths if message.past is not None else ()
        if not deaths:
            return row
        return replace(
            row,
            died_of=deaths[0].reason,
            died_in=deaths[0].queue,
            deaths=sum(death.count for death in deaths),
            died_first_us=min(death.at_us for death in deaths),
        )

    def _end(self, ending: Step) -> tuple[MessageState, str]:
        """How it left a queue, and why, as `describe` says it."""
        kind = Kind(ending.kind)
        if kind == Kind.ACCEPTED:
            return MessageState.DONE, "accepted"
        event = self._event(ending)
        return STATES[kind], describe.ENDINGS[type(event)][1](event)

    # ---- what happened to it

    def _life(self, told: Told) -> tuple[LifeStep, ...]:
        if told.message.past is None:
            return tuple(self._own_life(told))
        return (*self._earlier(told.message), *self._own_life(told))

    def _own_life(self, told: Told) -> list[LifeStep]:
        message = told.message
        by = self.names.name_of(message.publisher_id) if message.publisher_id else ""
        published = LifeStep(
            message.published_at_us,
            "published",
            "",
            f"by {by}" if by else "",
            message.id,
            0,
            message.exchange,
            message.routing_key,
            connection_id=message.publisher_id,
            client=by,
        )
        life = [published]
        is_routed = False
        for step in told.steps:
            if not is_routed and _is_arrival(step):
                is_routed = True
                life.append(self._routed(told, step))
            if step.kind in _KNOWN:
                life.append(self._step(step, message))
        return life

    def _routed(self, told: Told, first: Step) -> LifeStep:
        ids = tuple([step.queue_id or 0 for step in told.steps if _is_arrival(step)])
        says = self._routes.get(ids)
        if says is None:
            if len(self._routes) >= _ALIKE_MAX:
                self._routes.clear()
            says = "to " + ", ".join(self.names.queue(each)[1] for each in ids)
            self._routes[ids] = says
        return LifeStep(first.at_us, "routed", "", says, told.message.id)

    def _step(self, step: Step, message: Message) -> LifeStep:
        key = (step.kind, step.queue_id, step.channel_id, step.subscription_id, step.detail)
        found = self._alike.get(key)
        if found is None:
            found = describe.life_step(self._event(step), self.names.name_of)
            if len(self._alike) >= _ALIKE_MAX:
                self._alike.clear()
            if step.kind not in UNLIKE:
                self._alike[key] = found
        return LifeStep(
            step.at_us,
            found.what,
            found.queue,
            found.detail,
            message.id,
            found.successor_id,
            found.exchange,
            found.routing_key,
            found.reason,
            found.outcome,
            found.connection_id,
            found.client,
            found.channel,
            found.tag,
            step.delivery_tag or 0,
            found.vhost,
            found.is_auto_settled,
            found.forced_by,
        )

    def _event(self, step: Step) -> Any:  # Any: one of MessageEvent
        return events_of(_NOBODYS, [step], self.names.refs(step))[-1]

    def _earlier(self, message: Message) -> Iterator[LifeStep]:
        """What happened to the messages that this one was before, as far as the ledger remembers."""
        lives: list[Told] = []
        past = message.past
        while past is not None and len(lives) < limits.ANCESTORS_MAX:
            found = reader_rows.told(self._connection, past.parent_id)
            if found is None:
                break
            lives.insert(
                0, Told(found.message, found.body_size, found.kept_bytes, "", found.steps, found.places)
            )
            past = found.message.past
        for each in lives:
            yield from self._own_life(each)


_SILENT: Final = Properties()
_NOBODYS: Final = Message(0, b"", b"", "", "", 0, "", 0)
_ALIKE_MAX: Final = 4_096
_KNOWN: Final = frozenset(Kind)


def _is_arrival(step: Step) -> bool:
    """Whether it tells of a queue that the message was routed to."""
    if step.kind == Kind.DROPPED:
        return DropReason.CYCLE.value in step.detail
    return step.kind in ARRIVES
