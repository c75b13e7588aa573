"""A naive disk that obeys the events of an engine, and a driver that pages with it, late and in any order.

The disk has a row for each message that waits or is held, if the message lasts or was paged: like a store it
knows nothing of what is in flight but what events tell.
"""

from typing import Any

from msgspec.structs import replace

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.delivery import Outcome
from mqstudio.model.message import Message
from mqstudio.model.places import PageEntry, position_of
from mqstudio.model.refs import QueueRef
from mqstudio.model.replies import PageWanted
from mqstudio.model.verbs import Fetched, NotInHand
from tests.support.driver import Driver


class Disk:
    """Rows by queue id and message id; what bins hold; all checked as they come."""

    def __init__(self) -> None:
        self.rows: dict[int, dict[int, PageEntry]] = {}
        self.bins: dict[int, list[PageEntry]] = {}
        self.deleted: list[tuple[str, Message]] = []
        """What has gone with its queue, and was not in memory."""

    def of(self, queue: QueueRef) -> dict[int, PageEntry]:
        return self.rows.setdefault(queue.id, {})

    def note(self, batch: list[e.Event]) -> None:
        for event in batch:
            function = FUNCTIONS.get(type(event))
            if function is not None:
                function(self, event)

    def read(self, wanted: PageWanted) -> c.PageIn:
        behind = sorted(
            (
                row
                for row in self.of(wanted.queue).values()
                if row.position > wanted.after and row.message.published_at_us >= (wanted.since_us or 0)
            ),
            key=lambda row: row.position,
        )
        page, size = [], 0
        for row in behind[: wanted.limit]:
            size += len(row.message.body)
            if page and size > wanted.most_bytes:
                break
            page.append(row)
        return c.PageIn(wanted.queue, wanted.number, page, len(page) == len(behind))

    # ---- events

    def put(
        self, queue: QueueRef, message: Message, deliveries: int, offset: int | None = None, *, is_paged: bool
    ) -> None:
        rows = self.of(queue)
        if is_paged or message.id in rows or is_lasting(queue, message):
            position = position_of(queue, message) if offset is None else offset
            rows[message.id] = PageEntry(position, message, deliveries)

    def enqueued(self, event: e.MessageEnqueued) -> None:
        assert event.message.id not in self.of(event.queue)
        self.put(event.queue, event.message, 0, event.offset, is_paged=event.is_paged)

    def requeued(self, event: e.MessageRequeued) -> None:
        self.put(event.queue, event.message, event.deliveries, is_paged=event.is_paged)

    def restored(self, event: e.MessageRestored) -> None:
        assert event.message.id not in self.of(event.queue)
        self.put(event.queue, event.message, event.deliveries, is_paged=event.is_paged)

    def paged_out(self, event: e.MessagesPagedOut) -> None:
        positions = [entry.position for entry in event.entries]
        assert positions == sorted(positions)
        for entry in event.entries:
            self.of(event.queue)[entry.message.id] = entry

    def delivered(self, event: e.MessageDelivered) -> None:
        row = self.of(event.queue).get(event.message.id)
        if row is not None and not (event.notes and event.notes.offset is not None):
            self.of(event.queue)[event.message.id] = replace(row, deliveries=row.deliveries + 1)

    def settled(self, event: e.MessageSettled) -> None:
        if event.outcome is Outcome.ACCEPTED and not event.stays:
            self.gone(event)

    def gone(self, event: Any) -> None:  # Any: each event of a message that leaves a queue
        self.of(event.queue).pop(event.message.id, None)

    def purged(self, event: e.MessagePurged) -> None:
        position = position_of(event.queue, event.message)
        self.bins.setdefault(event.bin_id, []).append(PageEntry(position, event.message, event.deliveries))
        self.gone(event)

    def queue_purged(self, event: e.QueuePurged) -> None:
        taken = self.beyond(event.queue, event.beyond, event.spared)
        assert len(taken) == event.beyond_count
        for row in taken:
            del self.of(event.queue)[row.message.id]
        bin_ = self.bins.setdefault(event.bin_id, [])
        bin_ += taken
        assert len(bin_) == event.count or not event.bin_id

    def queue_deleted(self, event: e.QueueDeleted) -> None:
        rows = list(self.rows.pop(event.queue.id, {}).values())
        assert len(rows) == event.beyond_count, "what was in memory was dropped before"
        self.deleted += [(event.queue.name, row.message) for row in rows]

    def bin_emptied(self, event: e.BinEmptied) -> None:
        rows = self.bins.pop(event.bin_id)
        assert len(rows) == event.count
        if event.is_on_disk:
            self.of(event.queue).update({row.message.id: row for row in rows})

    def beyond(self, queue: QueueRef, horizon: int | None, spared: tuple[int, ...]) -> list[PageEntry]:
        """What a purge takes that is not in memory."""
        if horizon is None:
            return []
        rows = self.of(queue).values()
        return [row for row in rows if row.position > horizon and row.message.id not in spared]


def is_lasting(queue: QueueRef, message: Message) -> bool:
    return queue.is_durable and (queue.keeps_all or message.traits.is_persistent)


FUNCTIONS: dict[type, Any] = {
    e.MessageEnqueued: Disk.enqueued,
    e.MessageRequeued: Disk.requeued,
    e.MessageRestored: Disk.restored,
    e.MessagesPagedOut: Disk.paged_out,
    e.MessageDelivered: Disk.delivered,
    e.MessageSettled: Disk.settled,
    e.MessageDropped: Disk.gone,
    e.MessageDeadLettered: Disk.gone,
    e.MessagePurged: Disk.purged,
    e.MessageMoved: Disk.gone,
    e.QueuePurged: Disk.queue_purged,
    e.QueueDeleted: Disk.queue_deleted,
    e.BinEmptied: Disk.bin_emptied,
}


class PagedDriver(Driver):
    """A driver whose engine pages: pages are asked for, read and answered when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.disk = Disk()
        self.wanted: list[PageWanted] = []
        self.answers: list[c.PageIn] = []
        self.miscounted: list[e.QueueMiscounted] = []

    def do(self, command: Any) -> Any:
        try:
            return super().do(command)
        finally:
            self.note(self.batches[-1])

    def note(self, batch: e.EventBatch) -> None:
        self.disk.note(batch)
        self.miscounted += [event for event in batch if isinstance(event, e.QueueMiscounted)]

    def by_hand(self, command: Any) -> Any:
        """Do a verb; what only the disk has is brought when it is asked for."""
        reply = self.do(command)
        if isinstance(reply, NotInHand):
            rows = self.disk.of(reply.queue)
            found = tuple(rows[each] for each in reply.ids if each in rows)
            reply = self.do(replace(command, fetched=Fetched(reply.stamp, found)))
        return reply

    def is_calm(self) -> bool:
        """Whether no page is wanted or on its way."""
        engine = self.engine
        return not (self.wanted or self.answers or engine.wanting or engine.wanting_heads)

    def ask(self) -> None:
        self.wanted += self.engine.take_wanting()

    def read(self, which: int) -> None:
        if self.wanted:
            self.answers.append(self.disk.read(self.wanted.pop(which % len(self.wanted))))

    def next_answer(self, which: int) -> c.PageIn | None:
        return self.answers.pop(which % len(self.answers)) if self.answers else None

    def ready(self, name: str = "q") -> list[int]:
        """Ids of all that are ready, in memory or not, first first."""
        queue = self.engine.vhosts["/"].queues[name]
        in_hand = [message.id for message in queue.ready]
        return [*in_hand, *(row.message.id for row in self.rows_beyond(name))]

    def rows_beyond(self, name: str) -> list[PageEntry]:
        """What of a queue is ready and not in memory, by the disk and by who holds what."""
        queue = self.engine.vhosts["/"].queues[name]
        if queue.beyond is None:
            return []
        held = {
            d.event.message.id for ch in self.engine.channels.values() for d in ch.held() if d.queue is queue
        }
        held.update(message.id for message in queue.ready)
        rows = [row for row in self.disk.of(queue.ref).values() if row.position > queue.beyond.horizon]
        return sorted((row for row in rows if row.message.id not in held), key=lambda row: row.position)
