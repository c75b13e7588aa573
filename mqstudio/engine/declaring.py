"""Declaring and deleting exchanges, queues and bindings."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mqstudio.engine import browse
from mqstudio.engine.channel import Channel
from mqstudio.engine.exchanges.base import ExchangeKind
from mqstudio.engine.queue import Queue
from mqstudio.engine.vhost import Binding, Exchange, VirtualHost, find_exchange
from mqstudio.model.commands import (
    BindQueue,
    DeclareExchange,
    DeclareQueue,
    DeleteExchange,
    DeleteQueue,
    UnbindQueue,
)
from mqstudio.model.delivery import DropReason
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import (
    BindingAdded,
    BindingRemoved,
    EventBatch,
    ExchangeDeclared,
    ExchangeDeleted,
    MessageDropped,
    QueueDeclared,
    QueueDeleted,
)
from mqstudio.model.limits import EXCHANGES_MAX, QUEUES_MAX
from mqstudio.model.refs import QueueRef
from mqstudio.model.replies import CountReply, QueueStatus
from mqstudio.model.samples import Counters
from mqstudio.model.topology import BindingSpec, ExchangeSpec, QueueSpec

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine

COMPARED_ARGUMENTS: Mapping[str, Any] = {"x-queue-type": "classic"}
"""Queue arguments that must be equal in every declaration, with what their absence means. Others are
kept for show and not compared, as clients expect."""


def new_vhost(
    name: str, kinds: Mapping[str, ExchangeKind], predeclared: Sequence[ExchangeSpec]
) -> VirtualHost:
    """A virtual host with the exchanges that are always there."""
    vhost = VirtualHost(name)
    for spec in (ExchangeSpec("", "direct", is_durable=True), *predeclared):
        vhost.exchanges[spec.name] = Exchange(spec, kinds[spec.kind], is_system=True)
    return vhost


def declare_exchange(engine: "Engine", command: DeclareExchange, now_us: int, events: EventBatch) -> None:
    """Make an exchange.

    Raises: RefusedError: DEFAULT_EXCHANGE, NO_SUCH_EXCHANGE (passive), UNKNOWN_EXCHANGE_KIND,
            DECLARED_DIFFERENTLY.
    """
    vhost = engine.channel(command.channel_id).connection.vhost
    _refuse_default(command.name, vhost)
    existing = vhost.exchanges.get(command.name)
    if command.is_passive:
        find_exchange(vhost, command.name)
        return
    kind = engine.kinds.get(command.kind)
    if kind is None:
        raise RefusedError(
            Refusal.UNKNOWN_EXCHANGE_KIND,
            f"There is no exchange type '{command.kind}'. Known: {', '.join(sorted(engine.kinds))}.",
            kind="exchange",
            name=command.kind,
            vhost=vhost.name,
        )
    spec = ExchangeSpec(
        command.name,
        command.kind,
        command.is_durable,
        command.is_auto_delete,
        command.is_internal,
        command.arguments,
    )
    if existing is not None:
        old = existing.spec
        facts = {"kind": "exchange", "name": command.name, "vhost": vhost.name}
        _compare(facts, "type", spec.kind, old.kind)
        _compare(facts, "durable", spec.is_durable, old.is_durable)
        _compare(facts, "auto_delete", spec.is_auto_delete, old.is_auto_delete)
        _compare(facts, "internal", spec.is_internal, old.is_internal)
        return
    if len(vhost.exchanges) >= EXCHANGES_MAX:
        raise RefusedError(
            Refusal.TOO_MANY, f"There are {EXCHANGES_MAX} exchanges, the most we take. Delete some."
        )
    vhost.exchanges[command.name] = Exchange(spec, kind, is_system=False)
    events.note(ExchangeDeclared(now_us, vhost.name, spec))


def delete_exchange(engine: "Engine", command: DeleteExchange, now_us: int, events: EventBatch) -> None:
    """Delete an exchange. Raises: RefusedError: DEFAULT_EXCHANGE, SYSTEM_EXCHANGE, EXCHANGE_IN_USE."""
    vhost = engine.channel(command.channel_id).connection.vhost
    _refuse_default(command.name, vhost)
    exchange = vhost.exchanges.get(command.name)
    if exchange is None:
        return
    facts = {"kind": "exchange", "name": command.name, "vhost": vhost.name}
    if exchange.is_system:
        raise RefusedError(
            Refusal.SYSTEM_EXCHANGE, f"Exchange '{command.name}' is always there and stays.", **facts
        )
    if command.if_unused and exchange.bindings_by_key:
        raise RefusedError(
            Refusal.EXCHANGE_IN_USE,
            f"Exchange '{command.name}' still has bindings. Unbind them, or delete it without if-unused.",
            **facts,
        )
    _remove_exchange(vhost, exchange, now_us, events)


def _remove_exchange(vhost: VirtualHost, exchange: Exchange, now_us: int, events: EventBatch) -> None:
    for binding in exchange.bindings():
        binding.queue.bound.discard((exchange.spec.name, binding.spec.routing_key))
        events.note(BindingRemoved(now_us, vhost.name, binding.spec))
    del vhost.exchanges[exchange.spec.name]
    events.note(ExchangeDeleted(now_us, vhost.name, exchange.spec.name))


def declare_queue(engine: "Engine", command: DeclareQueue, now_us: int, events: EventBatch) -> QueueStatus:
    """Make a queue, or meet an equal one.

    Raises: RefusedError: NO_SUCH_QUEUE (passive), LOCKED_BY_OTHER_CONNECTION, DECLARED_DIFFERENTLY.
    """
    channel = engine.channel(command.channel_id)
    vhost = channel.connection.vhost
    if command.is_passive or command.name in vhost.queues:
        queue = engine.queue(channel, command.name)
        if not command.is_passive:
            _compare_queue(queue, command, vhost)
    else:
        queue = _make_queue(engine, channel, command, now_us, events)
    return QueueStatus(command.name, len(queue.ready), len(queue.subscriptions))


def _make_queue(
    engine: "Engine", channel: Channel, command: DeclareQueue, now_us: int, events: EventBatch
) -> Queue:
    vhost = channel.connection.vhost
    if not command.name:
        raise RefusedError(Refusal.INVALID_ARGUMENT, "A queue needs a name. Give one.", kind="queue")
    if len(vhost.queues) >= QUEUES_MAX:
        raise RefusedError(Refusal.TOO_MANY, f"There are {QUEUES_MAX} queues, the most we take. Delete some.")
    spec = QueueSpec(
        command.name,
        command.is_durable,
        command.is_exclusive,
        command.is_auto_delete,
        command.arguments,
    )
    owner = channel.connection if command.is_exclusive else None
    queue = Queue(QueueRef(vhost.name, command.name, engine.next_queue_id), spec, owner)
    engine.next_queue_id += 1
    vhost.queues[command.name] = queue
    if owner is not None:
        owner.owned_queues[queue.ref.id] = queue
    default = BindingSpec("", command.name, command.name)
    vhost.exchanges[""].add(Binding(queue, default, is_implicit=True))
    events.note(QueueDeclared(now_us, queue.ref, spec, owner.info.id if owner else None))
    return queue


def _compare_queue(queue: Queue, command: DeclareQueue, vhost: VirtualHost) -> None:
    old = queue.spec
    facts = {"kind": "queue", "name": old.name, "vhost": vhost.name}
    if command.is_exclusive != old.is_exclusive:
        raise RefusedError(
            Refusal.LOCKED_BY_OTHER_CONNECTION,
            f"Queue '{old.name}' exists and is {'' if old.is_exclusive else 'not '}exclusive. "
            "Declare it the same way, or choose another name.",
            **facts,
        )
    _compare(facts, "durable", command.is_durable, old.is_durable)
    _compare(facts, "auto_delete", command.is_auto_delete, old.is_auto_delete)
    for argument, absent in COMPARED_ARGUMENTS.items():
        received = command.arguments.get(argument, absent)
        _compare(facts, argument, received, old.arguments.get(argument, absent))


def _compare(facts: dict[str, str], attribute: str, received: Any, current: Any) -> None:
    """Any: booleans, or whatever values declarations carry."""
    if received != current:
        raise RefusedError(
            Refusal.DECLARED_DIFFERENTLY,
            f"The {facts['kind']} '{facts['name']}' exists with {attribute} = {current}, this declaration "
            f"says {received}. Declare it the same way, or delete it first.",
            **facts,
            attribute=attribute,
            received=received,
            current=current,
        )


def delete_queue(engine: "Engine", command: DeleteQueue, now_us: int, events: EventBatch) -> CountReply:
    """Delete a queue. Raises: RefusedError: LOCKED_BY_OTHER_CONNECTION, QUEUE_IN_USE, QUEUE_NOT_EMPTY."""
    channel = engine.channel(command.channel_id)
    if command.name not in channel.connection.vhost.queues:
        return CountReply(0)
    queue = engine.queue(channel, command.name)
    facts = {"kind": "queue", "name": command.name, "vhost": queue.ref.vhost}
    if command.if_unused and queue.subscriptions:
        raise RefusedError(
            Refusal.QUEUE_IN_USE, f"Queue '{command.name}' still has consumers. Cancel them first.", **facts
        )
    if command.if_empty and queue.ready:
        raise RefusedError(
            Refusal.QUEUE_NOT_EMPTY,
            f"Queue '{command.name}' still has {len(queue.ready)} messages. Purge it first.",
            **facts,
        )
    count = len(queue.ready)
    remove_queue(engine, queue, "deleted", now_us, events)
    return CountReply(count)


def remove_queue(engine: "Engine", queue: Queue, reason: str, now_us: int, events: EventBatch) -> None:
    """Take a queue out of the broker with its bindings, subscriptions and messages."""
    from mqstudio.engine.subscribing import end_subscription  # noqa: PLC0415  # the two need each other

    vhost = engine.vhosts[queue.ref.vhost]
    queue.is_deleted = True
    for subscription in list(queue.subscriptions):
        end_subscription(engine, subscription, now_us, events, by_broker=True)
    for exchange_name, key in sorted(queue.bound):
        exchange = vhost.exchanges.get(exchange_name)
        if exchange is not None:
            removed = exchange.remove_queue(queue, key)
            for spec in removed:
                events.note(BindingRemoved(now_us, vhost.name, spec))
            _auto_delete(vhost, exchange, now_us, events, had_binding=bool(removed))
    lost = [*queue.ready, *(d.event.message for d in browse.open_deliveries(engine, queue))]
    for message in lost:
        events.append(MessageDropped(now_us, message, queue.ref, DropReason.QUEUE_DELETED))
    queue.dropped += len(lost)
    events.held_bytes += queue.bytes_held
    queue.ready.clear()
    if queue.owner is not None:
        queue.owner.owned_queues.pop(queue.ref.id, None)
    del vhost.queues[queue.ref.name]
    engine.retired = _add(engine.retired, queue)
    events.note(QueueDeleted(now_us, queue.ref, reason))


def _add(old: Counters, queue: Queue) -> Counters:
    return Counters(
        old.published + queue.published,
        old.delivered + queue.delivered,
        old.settled + queue.settled,
        old.redelivered + queue.redeliveries,
        old.returned + queue.returned,
        old.dropped + queue.dropped,
        0,
    )


def bind_queue(engine: "Engine", command: BindQueue, now_us: int, events: EventBatch) -> None:
    """Add a binding. Raises: RefusedError: DEFAULT_EXCHANGE, NO_SUCH_EXCHANGE, NO_SUCH_QUEUE, LOCKED….

    Binding twice changes nothing.
    """
    channel = engine.channel(command.channel_id)
    vhost = channel.connection.vhost
    _refuse_default(command.exchange, vhost)
    queue = engine.queue(channel, command.queue)
    exchange = find_exchange(vhost, command.exchange)
    spec = BindingSpec(command.exchange, command.queue, command.routing_key, command.arguments)
    if exchange.add(Binding(queue, spec)):
        events.note(BindingAdded(now_us, vhost.name, spec))


def unbind_queue(engine: "Engine", command: UnbindQueue, now_us: int, events: EventBatch) -> None:
    """Remove a binding. Raises: RefusedError: DEFAULT_EXCHANGE, LOCKED_BY_OTHER_CONNECTION."""
    channel = engine.channel(command.channel_id)
    vhost = channel.connection.vhost
    _refuse_default(command.exchange, vhost)
    exchange = vhost.exchanges.get(command.exchange)
    if exchange is None or command.queue not in vhost.queues:
        return
    queue = engine.queue(channel, command.queue)
    spec = exchange.remove(queue, command.routing_key, command.arguments)
    if spec is not None:
        events.note(BindingRemoved(now_us, vhost.name, spec))
        _auto_delete(vhost, exchange, now_us, events, had_binding=True)


def _auto_delete(
    vhost: VirtualHost, exchange: Exchange, now_us: int, events: EventBatch, *, had_binding: bool
) -> None:
    """An auto-delete exchange goes with the last of its bindings, if it ever had one."""
    if exchange.spec.is_auto_delete and had_binding and not exchange.bindings_by_key:
        _remove_exchange(vhost, exchange, now_us, events)


def _refuse_default(name: str, vhost: VirtualHost) -> None:
    if not name:
        raise RefusedError(
            Refusal.DEFAULT_EXCHANGE,
            "The default exchange cannot be changed: it reaches every queue by its name.",
            kind="exchange",
            name=name,
            vhost=vhost.name,
        )
