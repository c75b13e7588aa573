"""What a profile must hold, worked out from events in the plainest way: the second opinion on the store.

It knows nothing of rows, commits or sections: it is told the events of what is durable, in order, and keeps
what a restart is to find.
"""

from dataclasses import dataclass, field

from mqstudio.model import events as e
from mqstudio.model.delivery import Outcome
from mqstudio.model.message import Message
from mqstudio.model.places import position_of
from mqstudio.model.policies import Policy
from mqstudio.model.refs import QueueRef
from mqstudio.model.restored import PageEntry, RestoredState
from mqstudio.model.topology import BindingSpec, DestinationKind, ExchangeSpec, QueueSpec


@dataclass
class ShadowQueue:
    """A queue that lasts: its messages by id, each with how often it was handed over, and its offset."""

    ref: QueueRef
    spec: QueueSpec
    places: dict[int, tuple[Message, int, int | None]] = field(default_factory=dict)
    next_offset: int = 0

    def entries(self) -> list[PageEntry]:
        """Its messages in order."""
        entries = [
            PageEntry(position_of(self.ref, message) if offset is None else offset, message, deliveries)
            for message, deliveries, offset in self.places.values()
        ]
        return sorted(entries, key=lambda each: each.position)


@dataclass
class Shadow:
    """Everything that lasts. `labels`: of messages, by id.

    is_live: keep what does not last as well, so that it shows what the broker has just now.
    """

    is_live: bool = False
    queues: dict[int, ShadowQueue] = field(default_factory=dict)
    exchanges: dict[tuple[str, str], ExchangeSpec] = field(default_factory=dict)
    bindings: dict[tuple[str, str], BindingSpec] = field(default_factory=dict)
    policies: dict[tuple[str, str, bool], Policy] = field(default_factory=dict)
    vhosts: set[str] = field(default_factory=set)
    held: dict[int, tuple[str, str, int]] = field(default_factory=dict)
    bins: dict[int, dict[int, int]] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)

    # ---- events

    def note(self, event: e.Event, label: str = "") -> None:  # one case each
        """Take what has happened. `label`: of the message it happened to."""
        if isinstance(event, e.MessagePublished):
            past = event.message.past
            if past is not None and past.delay_us is not None:
                self.held.pop(past.parent_id, None)
            self.labels[event.message.id] = label
        elif isinstance(event, e.MessageEnqueued):
            self._put(event.queue, event.message, 0, event.offset)
        elif isinstance(event, e.MessageRestored):
            self._put(event.queue, event.message, event.deliveries, None)
        elif isinstance(event, e.MessageDelivered):
            is_read = event.notes is not None and event.notes.offset is not None
            if not event.is_auto_settled and not is_read:
                self._count(event.queue, event.message)
        elif isinstance(event, e.MessageSettled):
            if event.outcome is Outcome.ACCEPTED and not event.stays:
                self._take(event.queue, event.message)
        elif isinstance(event, e.MessageDropped | e.MessageDeadLettered):
            self._take(event.queue, event.message)
        elif isinstance(event, e.MessagePurged):
            self._take(event.queue, event.message)
            if event.bin_id:
                self.bins.setdefault(event.bin_id, {})[event.message.id] = event.deliveries
        elif isinstance(event, e.BinEmptied):
            self.bins.pop(event.bin_id, None)
        elif isinstance(event, e.MessageDelayed):
            self.held[event.message.id] = (event.vhost, event.exchange, event.until_us)
        elif isinstance(event, e.MessageUnroutable):
            self.held.pop(event.message.id, None)
        else:
            self._note_topology(event)

    def _note_topology(self, event: e.Event) -> None:  # one case each
        if isinstance(event, e.QueueDeclared):
            if event.queue.is_durable or self.is_live:
                self.queues[event.queue.id] = ShadowQueue(event.queue, event.spec)
        elif isinstance(event, e.QueuePurged):
            if event.beyond is not None:
                self._purge_beyond(event, event.beyond)
        elif isinstance(event, e.QueueDeleted):
            self.queues.pop(event.queue.id, None)
            self._unbind(event.queue.vhost, DestinationKind.QUEUE, event.queue.name)
        elif isinstance(event, e.ExchangeDeclared):
            if event.spec.is_durable:
                self.exchanges[event.vhost, event.spec.name] = event.spec
        elif isinstance(event, e.ExchangeDeleted):
            self.exchanges.pop((event.vhost, event.name), None)
            self._unbind(event.vhost, DestinationKind.EXCHANGE, event.name)
        elif isinstance(event, e.BindingAdded):
            if self._lasts(event.vhost, event.binding):
                self.bindings[event.vhost, _binding_key(event.binding)] = event.binding
        elif isinstance(event, e.BindingRemoved):
            self.bindings.pop((event.vhost, _binding_key(event.binding)), None)
        elif isinstance(event, e.PolicyPut):
            policy = event.policy
            self.policies[policy.vhost, policy.name, policy.is_operator] = policy
        elif isinstance(event, e.PolicyDeleted):
            self.policies.pop((event.vhost, event.name, event.is_operator), None)
        elif isinstance(event, e.VhostCreated):
            self.vhosts.add(event.spec.name)
        elif isinstance(event, e.VhostDeleted):
            self._forget_vhost(event.name)

    def _forget_vhost(self, name: str) -> None:
        self.vhosts.discard(name)
        for table in (self.exchanges, self.bindings, self.policies):
            for key in [key for key in table if key[0] == name]:
                del table[key]  # type: ignore[arg-type]  # a key of the table it came from
        self.queues = {id: queue for id, queue in self.queues.items() if queue.ref.vhost != name}
        self.held = {id: held for id, held in self.held.items() if held[0] != name}

    def _lasts(self, vhost: str, binding: BindingSpec) -> bool:
        if (vhost, binding.exchange) not in self.exchanges:
            return False
        if binding.destination_kind is DestinationKind.EXCHANGE:
            return (vhost, binding.destination) in self.exchanges
        return any(
            queue.ref.vhost == vhost and queue.ref.name == binding.destination
            for queue in self.queues.values()
        )

    def _unbind(self, vhost: str, kind: DestinationKind, name: str) -> None:
        for key, binding in list(self.bindings.items()):
            is_end = binding.destination_kind is kind and binding.destination == name
            is_source = kind is DestinationKind.EXCHANGE and binding.exchange == name
            if key[0] == vhost and (is_end or is_source):
                del self.bindings[key]

    def _put(self, ref: QueueRef, message: Message, deliveries: int, offset: int | None) -> None:
        queue = self.queues.get(ref.id)
        if queue is not None and (self.is_live or ref.keeps_all or message.traits.is_persistent):
            queue.places[message.id] = (message, deliveries, offset)
            if offset is not None:
                queue.next_offset = offset + 1

    def _count(self, ref: QueueRef, message: Message) -> None:
        queue = self.queues.get(ref.id)
        if queue is not None and message.id in queue.places:
            _, deliveries, offset = queue.places[message.id]
            queue.places[message.id] = (message, deliveries + 1, offset)

    def _take(self, ref: QueueRef, message: Message) -> None:
        queue = self.queues.get(ref.id)
        if queue is not None:
            queue.places.pop(message.id, None)

    def _purge_beyond(self, event: e.QueuePurged, beyond: int) -> None:
        queue = self.queues.get(event.queue.id)
        if queue is None:
            return
        for entry in queue.entries():
            message = entry.message
            if entry.position > beyond and message.id not in event.spared:
                del queue.places[message.id]
                if event.bin_id:
                    self.bins.setdefault(event.bin_id, {})[message.id] = entry.deliveries

    def copy(self, *, is_live: bool) -> "Shadow":
        """The same, apart."""
        queues = {
            id: ShadowQueue(each.ref, each.spec, dict(each.places), each.next_offset)
            for id, each in self.queues.items()
        }
        bins = {id: dict(each) for id, each in self.bins.items()}
        return Shadow(
            is_live,
            queues,
            dict(self.exchanges),
            dict(self.bindings),
            dict(self.policies),
            set(self.vhosts),
            dict(self.held),
            bins,
            dict(self.labels),
        )

    # ---- comparing

    def differences(self, state: RestoredState) -> list[str]:
        """What a restart found otherwise than it should."""
        found = {each.ref.id: each for each in state.queues}
        wrongs = _differ("queues", sorted(found), sorted(self.queues))
        for id in sorted(found.keys() & self.queues.keys()):
            shadow, queue = self.queues[id], found[id]
            name = f"queue {shadow.ref.name} ({id})"
            wrongs += _differ(f"{name}: ref", queue.ref, shadow.ref)
            wrongs += _differ(f"{name}: spec", queue.spec, shadow.spec)
            if shadow.places and shadow.next_offset:
                wrongs += _differ(f"{name}: next offset", queue.next_offset, shadow.next_offset)
            expected = shadow.entries()
            wrongs += _differ(f"{name}: count", len(queue.entries) + queue.on_disk, len(expected))
            wrongs += _differ_entries(name, list(queue.entries), expected)
        return wrongs + self._differences_of_topology(state)

    def _differences_of_topology(self, state: RestoredState) -> list[str]:
        exchanges = {(each.vhost, each.spec.name): each.spec for each in state.exchanges}
        bindings = {(each.vhost, _binding_key(each.spec)): each.spec for each in state.bindings}
        policies = {(each.vhost, each.name, each.is_operator): each for each in state.policies}
        held = {each.message.id: (each.vhost, each.exchange, each.until_us) for each in state.held}
        return [
            *_differ("exchanges", exchanges, self.exchanges),
            *_differ("bindings", bindings, self.bindings),
            *_differ("policies", policies, self.policies),
            *_differ("virtual hosts", {each.name for each in state.vhosts}, self.vhosts),
            *_differ("held", held, self.held),
        ]


def _binding_key(binding: BindingSpec) -> str:
    kind = binding.destination_kind.value
    return f"{binding.exchange}>{kind}>{binding.destination}>{binding.routing_key}>{binding.arguments}"


def _differ(what: str, found: object, expected: object) -> list[str]:
    return [] if found == expected else [f"{what}: found {found}, expected {expected}"]


def _differ_entries(name: str, found: list[PageEntry], expected: list[PageEntry]) -> list[str]:
    """Of a long queue only the first page is found (of a log the last)."""
    if expected[: len(found)] == found or expected[len(expected) - len(found) :] == found:
        return []
    ids = [each.message.id for each in found], [each.message.id for each in expected]
    if ids[0] != ids[1]:
        return [f"{name}: found messages {ids[0]}, expected {ids[1]}"]
    return [
        f"{name}: message {one.message.id}: found {_short(one)}, expected {_short(other)}"
        for one, other in zip(found, expected, strict=True)
        if one != other
    ]


def _short(entry: PageEntry) -> str:
    message = entry.message
    return (
        f"place {entry.position}, {entry.deliveries} deliveries, {len(message.body)} bytes, {message.traits}"
    )
