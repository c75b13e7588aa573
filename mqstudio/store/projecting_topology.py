"""From events to rows: everything but messages. `projection.py` has those, and what both stand on."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from mqstudio.model import events as e
from mqstudio.model.lending import QueueAltered
from mqstudio.model.topology import BindingSpec, DestinationKind
from mqstudio.store import spec_text
from mqstudio.store.changes import ROW_BYTES

if TYPE_CHECKING:
    from mqstudio.store.projection import Projection


def _exchange_declared(p: "Projection", event: e.ExchangeDeclared) -> None:
    if event.spec.is_durable:
        p.lasting.add(("exchange", event.vhost, event.spec.name))
        p.define("exchange", event.vhost, event.spec.name, event.spec)
    p.tell(event)


def _exchange_deleted(p: "Projection", event: e.ExchangeDeleted) -> None:
    was_lasting = ("exchange", event.vhost, event.name) in p.lasting
    p.lasting.discard(("exchange", event.vhost, event.name))
    p.undefine("exchange", event.vhost, event.name, was_lasting=was_lasting)
    p.tell(event)


def _queue_declared(p: "Projection", event: e.QueueDeclared) -> None:
    queue = event.queue
    p.has_keepers = p.has_keepers or queue.keeps_all
    p.changes.section.queues.append((queue.id, queue.vhost, queue.name, event.at_us))
    p.changes.rows += 1
    if queue.is_durable:
        p.lasting.add(("queue", queue.vhost, queue.name))
        p.define("queue", queue.vhost, queue.name, {"id": queue.id, "spec": event.spec})
    p.tell(event)


def _queue_altered(p: "Projection", event: QueueAltered) -> None:
    queue = event.queue
    if queue.is_durable:
        p.define("queue", queue.vhost, queue.name, {"id": queue.id, "spec": event.spec})
    p.tell(event)


def _queue_deleted(p: "Projection", event: e.QueueDeleted) -> None:
    queue = event.queue
    p.lasting.discard(("queue", queue.vhost, queue.name))
    if queue.is_durable:
        p.define("queue", queue.vhost, queue.name, None)
    if p.forget_paged(queue.id) or queue.is_durable:
        p.changes.do("forget_queue", queue.id, event.at_us)
    p.tell(event)


def _queue_purged(p: "Projection", event: e.QueuePurged) -> None:
    queue = event.queue
    if event.beyond is not None:
        p.changes.do(
            "purge_beyond",
            queue.id,
            bool(queue.max_priority),
            event.beyond,
            tuple(event.spared),
            event.bin_id,
            event.at_us,
        )
    if event.bin_id:
        size = sum(each.message.held_bytes for each in event.purged)
        p.changes.section.bins.append((event.bin_id, event.queue.id, event.at_us, event.count, size))
        p.changes.rows += 1
    p.tell(e.QueuePurged(event.at_us, queue, event.bin_id, event.count, ()))


def _bin_emptied(p: "Projection", event: e.BinEmptied) -> None:
    queue = event.queue
    if event.is_on_disk:
        needs = (queue.id, queue.is_durable, queue.keeps_all, queue.max_priority, event.at_us)
        p.changes.do("restore_bin", event.bin_id, *needs)
    else:
        p.changes.do("forget_bin", event.bin_id)
    p.tell(event)


def binding_name(binding: BindingSpec) -> str:
    """What a binding is called in the table of definitions: all that makes it the same."""
    kind = binding.destination_kind.value
    return spec_text.to_text(
        [binding.exchange, kind, binding.destination, binding.routing_key, binding.arguments]
    )


def _lasts(p: "Projection", vhost: str, binding: BindingSpec) -> bool:
    """Whether both ends of a binding survive a restart."""
    kind = "queue" if binding.destination_kind is DestinationKind.QUEUE else "exchange"
    source, destination = binding.exchange, binding.destination
    return p.is_lasting("exchange", vhost, source) and p.is_lasting(kind, vhost, destination)


def _binding_added(p: "Projection", event: e.BindingAdded) -> None:
    binding = event.binding
    if _lasts(p, event.vhost, binding):
        p.define("binding", event.vhost, binding_name(binding), binding)
    p.tell(event)


def _binding_removed(p: "Projection", event: e.BindingRemoved) -> None:
    was_lasting = _lasts(p, event.vhost, event.binding)
    p.undefine("binding", event.vhost, binding_name(event.binding), was_lasting=was_lasting)
    p.tell(event)


def _vhost_created(p: "Projection", event: e.VhostCreated) -> None:
    p.define("vhost", event.spec.name, "", event.spec)
    p.tell(event)


def _vhost_deleted(p: "Projection", event: e.VhostDeleted) -> None:
    p.lasting = {each for each in p.lasting if each[1] != event.name}
    p.changes.do("forget_vhost", event.name)
    p.tell(event)


def policy_name(name: str, *, is_operator: bool) -> str:
    """What a policy is called in the table of definitions."""
    return f"operator:{name}" if is_operator else f"user:{name}"


def _policy_put(p: "Projection", event: e.PolicyPut) -> None:
    policy = event.policy
    name = policy_name(policy.name, is_operator=policy.is_operator)
    p.define("policy", policy.vhost, name, policy)
    p.tell(event)


def _policy_deleted(p: "Projection", event: e.PolicyDeleted) -> None:
    p.define("policy", event.vhost, policy_name(event.name, is_operator=event.is_operator), None)
    p.tell(event)


def _connection_opened(p: "Projection", event: e.ConnectionOpened) -> None:
    info = event.info
    row = (info.id, info.name, event.at_us, spec_text.to_text(info))
    p.changes.section.connections.append(row)
    p.changes.rows += 1
    p.changes.size_bytes += 4 * ROW_BYTES


def _channel_opened(p: "Projection", event: e.ChannelOpened) -> None:
    channel = event.channel
    p.changes.section.channels.append((channel.id, channel.connection_id, channel.number))
    p.changes.rows += 1


def _subscription_opened(p: "Projection", event: e.SubscriptionOpened) -> None:
    ref = event.subscription
    row = (ref.id, ref.connection_id, ref.channel_number, ref.tag, event.queue.id)
    p.changes.section.subscriptions.append(row)
    p.changes.rows += 1
    p.tell(event)


def _told(p: "Projection", event: Any) -> None:  # Any: an event of which nothing but itself is kept
    p.tell(event)


TOPOLOGY: Final[dict[type, Callable[["Projection", Any], None]]] = {  # Any: each takes its own event
    e.ExchangeDeclared: _exchange_declared,
    e.ExchangeDeleted: _exchange_deleted,
    e.QueueDeclared: _queue_declared,
    QueueAltered: _queue_altered,
    e.QueueDeleted: _queue_deleted,
    e.QueuePurged: _queue_purged,
    e.BinEmptied: _bin_emptied,
    e.Intervened: _told,
    e.BindingAdded: _binding_added,
    e.BindingRemoved: _binding_removed,
    e.VhostCreated: _vhost_created,
    e.VhostDeleted: _vhost_deleted,
    e.PolicyPut: _policy_put,
    e.PolicyDeleted: _policy_deleted,
    e.ConnectionOpened: _connection_opened,
    e.ConnectionClosed: _told,
    e.ChannelOpened: _channel_opened,
    e.ChannelClosed: _told,
    e.SubscriptionOpened: _subscription_opened,
    e.SubscriptionClosed: _told,
    e.SubscriptionActivated: _told,
}
"""One function for each kind of event."""
