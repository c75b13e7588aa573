"""The witness: writes down what happened, as clients and as the store must see it.

Of each message it keeps a label, since a broker that forgot a message in a crash gives its id to another one.
"""

from collections import Counter

from mqstudio.model import events as e
from mqstudio.model.delivery import Outcome
from mqstudio.model.message import Message
from mqstudio.model.refs import QueueRef
from mqstudio.model.restored import RestoredState
from tests.crash.checker import (
    Acknowledged,
    Attempted,
    Confirmed,
    Crashed,
    Delivered,
    Happening,
    Left,
    Removed,
    Returned,
    Settled,
)
from tests.crash.shadow import Shadow

Told = tuple[e.Event, str]
"""An event, and the label of its message."""

Pair = tuple[str, str]
"""Labels of a queue and of a message."""


class Witness:
    """history: for the checker. durable: what must be on disk. live: what the broker has, safe or not."""

    def __init__(self) -> None:
        self.history: list[Happening] = []
        self.durable = Shadow()
        self.live = Shadow(is_live=True)
        self.wrongs: list[str] = []
        self.epoch = 1
        self.seen: Counter[Pair] = Counter()
        """How often clients saw a message that they were to settle."""
        self._labels: dict[int, str] = {}
        self._queues: dict[int, str] = {}
        self._collected: list[Told] = []
        self._sent: dict[int, list[Told]] = {}
        self._on_their_way: Counter[Pair] = Counter()
        self._safe_when_seen: set[Pair] = set()

    # ---- what happens

    def note(self, batch: list[e.Event]) -> None:
        """The events of one turn."""
        for event in batch:
            message = getattr(event, "message", None)
            if isinstance(event, e.MessagePublished):
                self._labels[event.message.id] = f"{self.epoch}.{event.message.id}"
            elif isinstance(event, e.QueueDeclared):
                queue = event.queue
                self._queues[queue.id] = f"{queue.vhost}:{queue.name}@{self.epoch}.{queue.id}"
            label = self._labels[message.id] if isinstance(message, Message) else ""
            self.live.note(event, label)
            self._collected.append((event, label))
            self._tell(event, label)

    def _tell(self, event: e.Event, label: str) -> None:
        told = self.history.append
        if isinstance(event, e.MessageEnqueued):
            told(Attempted(self.queue(event.queue), label, _line(event), _lasts(event.queue, event.message)))
        elif isinstance(event, e.MessageSettled):
            if event.outcome is Outcome.ACCEPTED and not event.stays:
                told(Acknowledged(self.queue(event.queue), label))
        elif isinstance(event, e.MessageDropped | e.MessageDeadLettered | e.MessagePurged):
            told(Removed(self.queue(event.queue), label))
        elif isinstance(event, e.MessageRequeued | e.MessageRestored):
            told(Returned(self.queue(event.queue), label))
        elif isinstance(event, e.QueueDeleted) or (
            isinstance(event, e.QueuePurged) and event.beyond is not None
        ):
            self._tell_of_beyond(event)

    def _tell_of_beyond(self, event: e.QueuePurged | e.QueueDeleted) -> None:
        """What only the store had went without an event of its own."""
        for other, label in self._collected_and_sent():
            if isinstance(other, e.MessageEnqueued) and other.queue == event.queue:
                self._gone_unless_live(event.queue, other.message.id, label)
        shadow = self.durable.queues.get(event.queue.id)
        for id in shadow.places if shadow is not None else ():
            self._gone_unless_live(event.queue, id, self.durable.labels[id])

    def _gone_unless_live(self, queue: QueueRef, message_id: int, label: str) -> None:
        live = self.live.queues.get(queue.id)
        if live is None or message_id not in live.places:
            self.history.append(Removed(self.queue(queue), label))

    def _collected_and_sent(self) -> list[Told]:
        return [*(told for part in self._sent.values() for told in part), *self._collected]

    def queue(self, ref: QueueRef) -> str:
        """A queue's label."""
        return self._queues.get(ref.id, ref.name)

    def posted(self, event: e.MessageDelivered) -> None:
        """A delivery is on its way to a client."""
        self._on_their_way[self._pair(event)] += 1

    def lost_on_the_way(self, event: e.MessageDelivered) -> None:
        """The client has gone meanwhile."""
        pair = self._pair(event)
        self._on_their_way[pair] -= 1
        self._safe_when_seen.discard(pair)

    def delivered(self, event: e.MessageDelivered) -> None:
        """A client has a message."""
        if event.notes is not None and event.notes.offset is not None:
            return  # logs are read by many, again and again
        pair = self._pair(event)
        self._on_their_way[pair] -= 1
        self.seen[pair] += not event.is_auto_settled
        before = event.notes.returns if event.notes is not None else 0
        consumer = str(event.channel.connection_id)
        self.history.append(Delivered(*pair, event.is_redelivered, before, consumer))
        if pair in self._safe_when_seen:
            self._safe_when_seen.discard(pair)
            self.history.append(Settled(*pair))

    def _pair(self, event: e.MessageDelivered) -> Pair:
        return self.queue(event.queue), self._labels[event.message.id]

    # ---- commits

    def cut(self, number: int) -> None:
        """All that was noted so far is to be in this commit."""
        self._sent[number] = self._collected
        self._collected = []

    def confirmed(self, number: int) -> None:
        """Clients are told that a commit is safe."""
        for event, label in self._sent[number]:
            if isinstance(event, e.MessageEnqueued):
                self.history.append(Confirmed(self.queue(event.queue), label))

    def is_durable(self, number: int) -> None:
        """A commit is on disk: what ended in it is not to be seen again."""
        for event, label in self._sent.pop(number):
            self.durable.note(event, label)
            if isinstance(event, e.MessageSettled):
                ended = event.outcome is Outcome.ACCEPTED and not event.stays
            else:
                ended = isinstance(event, e.MessageDropped | e.MessageDeadLettered | e.MessagePurged)
            if not ended:
                continue
            assert isinstance(
                event, e.MessageSettled | e.MessageDropped | e.MessageDeadLettered | e.MessagePurged
            )
            pair = self.queue(event.queue), label
            if self._is_back(event.queue, event.message):
                continue
            if self._on_their_way[pair] > 0:
                self._safe_when_seen.add(pair)
            else:
                self.history.append(Settled(*pair))

    def _is_back(self, queue: QueueRef, message: Message) -> bool:
        """Whether a message was brought back, though that is not safe yet."""
        live = self.live.queues.get(queue.id)
        return live is not None and message.id in live.places

    # ---- ends and beginnings

    def stopped(self, last_commit: int, state: RestoredState) -> None:
        """The broker has ended, and this is what the file has."""
        for number in sorted(self._sent):
            if number <= last_commit:
                self.is_durable(number)
        for event, label in self._collected_and_sent():
            if isinstance(event, e.MessageRestored):  # undone
                self.history.append(Removed(self.queue(event.queue), label))
        self._collected, self._sent = [], {}
        self.wrongs += self.durable.differences(state)
        self._check_counters(state)
        self.history.append(Crashed())
        self.epoch += 1
        self._on_their_way.clear()
        self._safe_when_seen.clear()
        self._labels = dict(self.durable.labels)
        self._queues = {id: self._queues[id] for id in self.durable.queues}
        self.live = self.durable.copy(is_live=True)

    def _check_counters(self, state: RestoredState) -> None:
        """All hand-overs but the first, which may not have been told of in time, are on disk."""
        for queue in state.queues:
            for entry in queue.entries:
                label = self.durable.labels.get(entry.message.id)
                if label is None or queue.first_offset or queue.next_offset:
                    continue
                pair = self.queue(queue.ref), label
                if entry.deliveries < self.seen[pair] - 1:
                    self.wrongs.append(f"{pair}: seen {self.seen[pair]} times, on disk {entry.deliveries}")

    def ended(self, state: RestoredState) -> None:
        """What is there when everything is over."""
        for queue in state.queues:
            for entry in queue.entries:
                label = self._labels.get(entry.message.id, f"?{entry.message.id}")
                self.history.append(Left(self.queue(queue.ref), label))


def _lasts(queue: QueueRef, message: Message) -> bool:
    return queue.is_durable and (queue.keeps_all or message.traits.is_persistent)


def _line(event: e.MessageEnqueued) -> str:
    if not event.queue.max_priority:
        return ""
    return str(min(event.message.traits.priority, event.queue.max_priority))
