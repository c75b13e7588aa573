"""From events to rows: one function for each kind of event.

Runs in the broker, once per event, so each function does as little as it can. What the ledger keeps of a
message and what a restart needs are told apart here: a *place* is state and must not be lost, the rest is
the ledger's. A message has a durable place if its queue survives the broker and keeps it; other messages
have one only where a queue was too long for memory.

The ledger has all messages, as long as the disk keeps up. When it does not, of those messages that would not
survive a restart anyway it records only one in n; which ones is told by their id, so that a recorded life is
a whole one.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from mqstudio.model import events as e
from mqstudio.model import limits
from mqstudio.model.message import Message
from mqstudio.model.refs import QueueRef
from mqstudio.model.restored import RestoredState
from mqstudio.store import spec_text
from mqstudio.store.changes import ROW_BYTES, Changes, Row
from mqstudio.store.kinds import SETTLED, Kind
from mqstudio.store.projecting_topology import TOPOLOGY

MASKS_MAX: Final = 64
"""Changes of the recording rate that are remembered; messages older than that go by the oldest of them."""


class Projection:
    """Turns events into `changes`, which the journal takes away when it is time.

    lasting: what survives a restart, as (kind, vhost, name) of exchanges and queues; bindings do if both
    their ends do. ever_present: names of exchanges that each virtual host begins with.
    """

    def __init__(self, ever_present: Iterable[str] = (), body_cap: int = limits.LEDGER_BODY_BYTES) -> None:
        self.changes = Changes()
        self.lasting: set[tuple[str, str, str]] = set()
        self.ever_present = frozenset(ever_present)
        self._body_cap = body_cap
        self._mask = 0
        self._mask_since = 0
        self._masks: list[tuple[int, int]] = []
        self._paged_queues: set[int] = set()
        self.has_keepers = False
        """Whether there may be queues that keep messages which are not persistent."""

    # ---- what of it is recorded

    @property
    def one_in(self) -> int:
        """Of transient messages, one in so many is recorded."""
        return self._mask + 1

    @property
    def has_thinned(self) -> bool:
        """Whether there may be messages that were not recorded."""
        return bool(self._masks)

    def record_one_in(self, n: int, first_id: int, now_us: int) -> None:
        """From message `first_id` on, record one transient message in n, a power of two."""
        self._masks.append((self._mask_since, self._mask))
        del self._masks[:-MASKS_MAX]
        self._mask, self._mask_since = n - 1, first_id
        told = f'{{"one_in":{n},"first_id":{first_id}}}'
        self.changes.section.broker_events.append((now_us, "recording_changed", told))
        self.changes.rows += 1

    def is_recorded(self, message: Message) -> bool:
        """Whether the ledger has this message. Hot: asked for each event."""
        if message.traits.is_persistent:
            return True
        message_id = message.id
        if message_id >= self._mask_since:
            return not message_id & self._mask
        for since, mask in reversed(self._masks):
            if message_id >= since:
                return not message_id & mask
        return not message_id & self._masks[0][1]

    # ---- events

    def note(self, batch: e.EventBatch) -> None:
        """Take the events of one turn."""
        functions = FUNCTIONS
        noted: Iterable[e.Event] = batch
        if self._mask and not (self._paged_queues or self.has_keepers or _pages_out(batch)):
            noted = self._worth_noting(batch)
        for event in noted:
            function = functions.get(type(event))
            if function is not None:
                function(self, event)

    def _worth_noting(self, batch: Iterable[e.Event]) -> list[e.Event]:
        """Leave out the daily life of messages that are neither kept nor recorded.

        They may be a million events a second: asking a function about each would take longer than the rest.
        """
        mask, since, daily = self._mask, self._mask_since, DAILY
        return [
            event
            for event in batch
            if type(event) not in daily
            or not (message := event.message).id & mask  # type: ignore[union-attr]  # DAILY have one
            or message.traits.is_persistent
            or message.id < since
            or message.past is not None
        ]

    def add_event(
        self, message: Message, at_us: int, kind: int, queue: QueueRef | None, detail: str | None = None
    ) -> None:
        """A ledger event that no channel had a hand in."""
        if message.traits.is_persistent or self.is_recorded(message):
            queue_id = queue.id if queue is not None else None
            self.changes.section.events.append(
                (message.id, at_us, int(kind), queue_id, None, None, None, detail)
            )
            self.changes.rows += 1

    def has_place(self, queue: QueueRef, message: Message) -> bool:
        """Whether a message's place in a queue is on disk."""
        return (queue.is_durable and (queue.keeps_all or message.traits.is_persistent)) or (
            queue.id in self._paged_queues
        )

    def page_out(self, queue: QueueRef, message: Message, deliveries: int) -> None:
        """A message that memory gives up must be on disk, whether it would survive a restart or not."""
        self._paged_queues.add(queue.id)
        if not (queue.is_durable and (queue.keeps_all or message.traits.is_persistent)):
            self.put_place(queue, message, None, deliveries, is_durable=False)

    def forget_paged(self, queue_id: int) -> bool:
        """A queue is gone; whether it had places for want of memory only."""
        was_paged = queue_id in self._paged_queues
        self._paged_queues.discard(queue_id)
        return was_paged

    def note_whole(self, queue_id: int) -> None:
        """All of a queue is in memory again: places that would not last anyway are of no use any more."""
        if self.forget_paged(queue_id):
            self.changes.do("forget_transient", queue_id)

    def put_place(
        self,
        queue: QueueRef,
        message: Message,
        offset: int | None,
        deliveries: int = 0,
        *,
        is_durable: bool = True,
    ) -> None:
        """A message has a place that the disk knows of."""
        changes = self.changes
        if not message.traits.is_persistent and (
            not self.is_recorded(message) or len(message.body) > self._body_cap
        ):
            self.add_late_message(message)
        priority = min(message.traits.priority, queue.max_priority) if queue.max_priority else 0
        row = (priority, offset, deliveries, len(message.body), is_durable)
        places = changes.section.new_places if is_durable else changes.section.put_places
        places[queue.id, message.id] = row
        changes.rows += 1
        changes.state_rows += 1

    def add_late_message(self, message: Message) -> None:
        """A message that the ledger has passed over is needed on disk after all."""
        late = self.changes.section.late_messages
        if message.id not in late:
            late[message.id] = _message_row(message, message.body)
            self.changes.rows += 1
            self.changes.size_bytes += len(message.body) + len(message.properties) + ROW_BYTES

    def give_up_place(self, queue: QueueRef, message: Message) -> None:
        """A message leaves its queue for good."""
        if (queue.is_durable and (queue.keeps_all or message.traits.is_persistent)) or (
            queue.id in self._paged_queues
        ):
            changes = self.changes
            section, key = changes.section, (queue.id, message.id)
            if section.new_places.pop(key, None) is None:
                section.put_places.pop(key, None)
                section.changed_places.pop(key, None)
                section.gone_places[key] = None
            changes.rows += 1
            changes.state_rows += 1

    def define(self, kind: str, vhost: str, name: str, spec: object) -> None:
        """Something that survives a restart exists, or is gone (`spec` is None)."""
        self.define_text(kind, vhost, name, None if spec is None else spec_text.to_text(spec))

    def define_text(self, kind: str, vhost: str, name: str, text: str | None) -> None:
        """As `define`, already written."""
        self.changes.section.definitions[kind, vhost, name] = text
        self.changes.rows += 1
        self.changes.state_rows += 1

    def undefine(self, kind: str, vhost: str, name: str, *, was_lasting: bool) -> None:
        """Something is gone; only if it would have survived a restart anybody waits for it."""
        self.changes.section.definitions[kind, vhost, name] = None
        self.changes.rows += 1
        self.changes.state_rows += was_lasting

    def tell(self, event: Any) -> None:  # Any: any event that is not a message's
        """Add an event of the broker to the ledger."""
        changes = self.changes
        tag = type(event).__struct_config__.tag
        told = spec_text.to_text(event)
        changes.section.broker_events.append((event.at_us, tag, told))
        changes.rows += 1
        changes.size_bytes += len(told)

    def recall(self, state: RestoredState) -> None:
        """What survived the restart before is there, and survives the next."""
        self.lasting |= {("exchange", each.vhost, each.spec.name) for each in state.exchanges}
        self.lasting |= {("queue", each.ref.vhost, each.ref.name) for each in state.queues}
        self._paged_queues |= {each.ref.id for each in state.queues if each.on_disk}
        self.has_keepers = any(each.ref.keeps_all for each in state.queues)

    def is_lasting(self, kind: str, vhost: str, name: str) -> bool:
        """Whether a queue or exchange survives a restart."""
        if (kind, vhost, name) in self.lasting:
            return True
        return kind == "exchange" and (not name or name in self.ever_present)


def _pages_out(batch: e.EventBatch) -> bool:
    return any(type(event) is e.MessagesPagedOut for event in batch.notable)


def _message_row(message: Message, body: bytes) -> Row:
    return (
        message.id,
        message.published_at_us,
        message.publisher_id,
        message.exchange,
        message.routing_key,
        message.format,
        message.properties,
        spec_text.traits_text(message.traits),
        spec_text.past_text(message.past),
        body,
        len(message.body),
    )


# ---- messages


def _published(p: Projection, event: e.MessagePublished) -> None:
    message = event.message
    past = message.past
    if past is not None and past.delay_us is not None:
        p.changes.section.gone_held.append(past.parent_id)  # harmless where a dead letter tells of its delay
        p.changes.rows += 1
    if not (message.traits.is_persistent or p.is_recorded(message)):
        return
    body = message.body
    if len(body) > p._body_cap and not message.traits.is_persistent:
        body = body[: p._body_cap]
    changes = p.changes
    changes.section.messages.append(_message_row(message, body))
    changes.rows += 1
    changes.size_bytes += len(body) + len(message.properties) + 4 * ROW_BYTES


def _enqueued(p: Projection, event: e.MessageEnqueued) -> None:
    message, queue = event.message, event.queue
    if queue.is_durable and (queue.keeps_all or message.traits.is_persistent):
        p.put_place(queue, message, event.offset)
        if event.offset is not None:
            p.changes.section.log_ends[queue.id] = event.offset + 1
    elif event.is_paged:
        p.page_out(queue, message, 0)
    if message.traits.is_persistent or p.is_recorded(message):
        changes = p.changes
        detail = None if event.offset is None else f'{{"offset":{event.offset}}}'
        changes.section.events.append((message.id, event.at_us, 1, queue.id, None, None, None, detail))
        changes.rows += 1


def _delivered(p: Projection, event: e.MessageDelivered) -> None:
    message, queue, notes = event.message, event.queue, event.notes
    is_recorded = message.traits.is_persistent or p.is_recorded(message)
    is_read = notes is not None and notes.offset is not None
    if not (event.is_auto_settled or is_read) and p.has_place(queue, message):
        p.changes.section.add_delivery((queue.id, message.id))
        p.changes.rows += 1
        p.changes.state_rows += event.is_redelivered  # who gets it waits until it is counted
    if not is_recorded:
        return
    kind: int = (3 if event.is_redelivered else 2) + (2 if event.is_auto_settled else 0)
    detail = None
    if notes is not None:
        kind = int(Kind.READ) if is_read else kind
        detail = spec_text.to_text(notes)
    subscription = event.subscription
    changes = p.changes
    changes.section.events.append(
        (
            message.id,
            event.at_us,
            kind,
            queue.id,
            event.channel.id,
            subscription.id if subscription is not None else None,
            event.delivery_tag,
            detail,
        )
    )
    changes.rows += 1


def _settled(p: Projection, event: e.MessageSettled) -> None:
    message, queue = event.message, event.queue
    kind = SETTLED[event.outcome]
    if kind == 6:
        if event.stays:
            kind = int(Kind.READ_ACCEPTED)  # an index has those of kind 6: they have ended
        else:
            p.give_up_place(queue, message)
    if message.traits.is_persistent or p.is_recorded(message):
        changes = p.changes
        detail = '{"stays":true}' if event.stays else None
        if event.forced_by is not None:
            detail = f'{{"forced_by":{event.forced_by}}}'
        elif event.cause:
            detail = f'{{"cause":"{event.cause.value}"}}'
        changes.section.events.append(
            (message.id, event.at_us, kind, queue.id, event.channel.id, None, event.delivery_tag, detail)
        )
        changes.rows += 1


def _requeued(p: Projection, event: e.MessageRequeued) -> None:
    if event.is_paged:
        p.page_out(event.queue, event.message, event.deliveries)
    detail = f'{{"deliveries":{event.deliveries}}}' if event.deliveries else None
    p.add_event(event.message, event.at_us, Kind.REQUEUED, event.queue, detail)


def _paged_out(p: Projection, event: e.MessagesPagedOut) -> None:
    for entry in event.entries:
        p.page_out(event.queue, entry.message, entry.deliveries)


def _unroutable(p: Projection, event: e.MessageUnroutable) -> None:
    message = event.message
    if message.traits.delay_us is not None:
        p.changes.section.gone_held.append(message.id)
        p.changes.rows += 1
    kind = Kind.RETURNED if event.was_returned else Kind.UNROUTABLE
    p.add_event(message, event.at_us, kind, None)


def _dropped(p: Projection, event: e.MessageDropped) -> None:
    p.give_up_place(event.queue, event.message)
    p.add_event(event.message, event.at_us, Kind.DROPPED, event.queue, f'{{"reason":"{event.reason.value}"}}')


def _dead_lettered(p: Projection, event: e.MessageDeadLettered) -> None:
    p.give_up_place(event.queue, event.message)
    detail = spec_text.to_text(
        {"reason": event.reason.value, "exchange": event.exchange, "successor_id": event.successor_id}
    )
    p.add_event(event.message, event.at_us, Kind.DEAD_LETTERED, event.queue, detail)


def _refused(p: Projection, event: e.MessageRefused) -> None:
    p.add_event(event.message, event.at_us, Kind.REFUSED, event.queue)


def _delayed(p: Projection, event: e.MessageDelayed) -> None:
    message, changes = event.message, p.changes
    if not p.is_recorded(message):
        p.add_late_message(message)
    changes.section.held[message.id] = (event.vhost, event.exchange, event.until_us)
    changes.rows += 1
    changes.state_rows += 1
    detail = {"until_us": event.until_us, "vhost": event.vhost, "exchange": event.exchange}
    p.add_event(message, event.at_us, Kind.DELAYED, None, spec_text.to_text(detail))


def _purged(p: Projection, event: e.MessagePurged) -> None:
    message, changes = event.message, p.changes
    p.give_up_place(event.queue, message)
    if event.bin_id:
        if not p.has_place(event.queue, message) and not p.is_recorded(message):
            p.add_late_message(message)
        changes.section.binned.append((event.bin_id, message.id, event.deliveries))
        changes.rows += 1
    p.add_event(event.message, event.at_us, Kind.PURGED, event.queue, _bin_detail(event))


def _moved(p: Projection, event: e.MessageMoved) -> None:
    p.give_up_place(event.queue, event.message)
    detail = {"successor_id": event.successor_id, "how": event.how, "to": list(event.to)}
    p.add_event(event.message, event.at_us, Kind.PURGED, event.queue, spec_text.to_text(detail))


def _restored(p: Projection, event: e.MessageRestored) -> None:
    message, queue = event.message, event.queue
    if p.is_recorded(message):
        p.add_late_message(message)  # it was at its end, so that it may be forgotten
    if queue.is_durable and (queue.keeps_all or message.traits.is_persistent):
        p.put_place(queue, message, None, event.deliveries)
    elif event.is_paged:
        p.page_out(queue, message, event.deliveries)
    p.add_event(event.message, event.at_us, Kind.RESTORED, queue, _bin_detail(event))


def _bin_detail(event: e.MessagePurged | e.MessageRestored) -> str:
    deliveries = f',"deliveries":{event.deliveries}' if event.deliveries else ""
    return f'{{"bin_id":{event.bin_id}{deliveries}}}'


DAILY: Final = frozenset(
    {e.MessagePublished, e.MessageRouted, e.MessageEnqueued, e.MessageDelivered, e.MessageSettled}
)
"""What happens to every message, and is worth nothing if it is neither kept nor recorded."""

FUNCTIONS: Final[dict[type, Callable[[Projection, Any], None]]] = {  # Any: each takes its own event
    **TOPOLOGY,
    e.MessagePublished: _published,
    e.MessageEnqueued: _enqueued,
    e.MessageDelivered: _delivered,
    e.MessageSettled: _settled,
    e.MessageRequeued: _requeued,
    e.MessageUnroutable: _unroutable,
    e.MessageDropped: _dropped,
    e.MessageDeadLettered: _dead_lettered,
    e.MessageRefused: _refused,
    e.MessageDelayed: _delayed,
    e.MessagesPagedOut: _paged_out,
    e.MessagePurged: _purged,
    e.MessageRestored: _restored,
    e.MessageMoved: _moved,
}
"""All that is kept. A route needs no row: it is what the message was enqueued in, refused by or dropped
from."""
