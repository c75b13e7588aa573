"""Where messages stand now: in which queues, in whose hands, or how they ended there."""

from collections.abc import Iterator

from mqstudio.engine import browse
from mqstudio.engine.engine import Engine
from mqstudio.model.events import MessageRefused, MessageUnroutable
from mqstudio.model.refs import QueueRef
from mqstudio.model.rows import MessageRow
from mqstudio.server import describe
from mqstudio.server.describe import Namer
from mqstudio.server.details import LOST
from mqstudio.server.pages import Live, ready_in_hand
from mqstudio.store.base import Life


class Standing:
    """Makes rows of lives, one for each queue that a message was in. began_us: when this broker did."""

    def __init__(self, engine: Engine, began_us: int, name_of: Namer) -> None:
        self._engine = engine
        self._began_us = began_us
        self.name_of = name_of
        self._live: dict[int, Live] = {}

    def queues(self, life: Life) -> list[QueueRef]:
        """The queues that a life tells of, in order."""
        queues: dict[int, QueueRef] = {each.queue.id: each.queue for each in life.waiting}
        for event in life.events:
            queue = getattr(event, "queue", None)
            if queue is not None and not isinstance(event, MessageRefused):
                queues[queue.id] = queue
        return list(queues.values())

    def nowhere(self, life: Life) -> list[MessageRow]:
        """A message that no queue took. One that is delayed is found where it goes, when it does."""
        ends = [each for each in life.events if isinstance(each, MessageUnroutable | MessageRefused)]
        return [describe.lost_row("", life, self.name_of, describe.what(ends[-1]))] if ends else []

    def row(self, life: Life, ref: QueueRef) -> MessageRow | None:
        """How it stands in one queue."""
        vhost = self._engine.vhosts.get(ref.vhost)
        queue = vhost.queues.get(ref.name) if vhost is not None else None
        if queue is not None and queue.ref.id != ref.id:
            queue = None
        if queue is not None:
            live = self._live.get(ref.id) or self._live.setdefault(ref.id, Live(self._engine, queue))
            held = live.held(life.message_id)
            if held is not None:
                return describe.in_flight_row(held, self.name_of)
            row = ready_in_hand(queue, life.message_id, self.name_of)
            if row is not None:
                return row
            for waiting in life.waiting:
                if live.is_waiting(waiting):
                    return describe.waiting_row(waiting, ref.name, self.name_of)
        ended = describe.ended_row(ref.name, life, [ref.id], self.name_of)
        if ended is not None or not life.events:
            return ended
        if life.events[0].message.published_at_us < self._began_us:
            return describe.lost_row(ref.name, life, self.name_of, LOST)
        return None


def in_hands(engine: Engine, message_id: int) -> Iterator[QueueRef]:
    """The queues that have a message in memory; logs are not looked into."""
    for vhost in engine.vhosts.values():
        for queue in vhost.queues.values():
            if not queue.is_log and browse.find_ready(queue, message_id) is not None:
                yield queue.ref
    for channel in engine.channels.values():
        for delivery in channel.deliveries.values():
            if delivery.event.message.id == message_id:
                yield delivery.queue.ref
