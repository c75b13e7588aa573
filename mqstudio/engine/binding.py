"""Binding and unbinding: the rules by which exchanges lead to queues and to other exchanges."""

from typing import TYPE_CHECKING

from mqstudio.engine import counting, delaying
from mqstudio.engine.channel import Channel
from mqstudio.engine.exchanges.base import BindingError
from mqstudio.engine.queue import Queue
from mqstudio.engine.vhost import Binding, Exchange, VirtualHost, binding_key, find_exchange
from mqstudio.model.commands import Bind, Unbind
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import BindingAdded, BindingRemoved, EventBatch, ExchangeDeleted
from mqstudio.model.limits import BINDINGS_MAX
from mqstudio.model.topology import BindingSpec, DestinationKind

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def bind(engine: "Engine", command: Bind, now_us: int, events: EventBatch) -> None:
    """Add a binding; adding it twice changes nothing.

    Raises: RefusedError: DEFAULT_EXCHANGE, NO_SUCH_EXCHANGE, NO_SUCH_QUEUE, LOCKED…, INVALID_ARGUMENT.
    """
    channel = engine.channel(command.channel_id)
    vhost = channel.vhost
    refuse_default(command.exchange, vhost)
    spec = _spec(command)
    source = find_exchange(vhost, command.exchange)
    destination = _destination(engine, channel, spec)
    key = binding_key(spec)
    if key in source.outgoing:
        return
    if len(source.outgoing) >= BINDINGS_MAX:
        raise RefusedError(
            Refusal.TOO_MANY,
            f"Exchange '{command.exchange}' has {BINDINGS_MAX} bindings, the most it takes. Remove some.",
        )
    try:
        add(source, destination, spec)
    except ValueError as problem:
        facts: dict[str, object] = {"kind": "binding", "name": command.exchange, "vhost": vhost.name}
        if isinstance(problem, BindingError):
            facts |= {"attribute": problem.attribute, "received": problem.received}
        raise RefusedError(Refusal.INVALID_ARGUMENT, str(problem), **facts) from None
    events.note(BindingAdded(now_us, vhost.name, spec))


def add(source: Exchange, destination: Queue | Exchange, spec: BindingSpec) -> None:
    """Put a binding in. Raises: ValueError, saying why its exchange does not take it."""
    binding = Binding(source, destination, spec)
    source.index.add(binding)
    key = binding_key(spec)
    source.outgoing[key] = destination.incoming[key] = binding
    source.vhost.forget_routes()


def _spec(command: Bind | Unbind) -> BindingSpec:
    return BindingSpec(
        command.exchange,
        command.destination,
        command.routing_key,
        command.arguments,
        command.destination_kind,
    )


def _destination(engine: "Engine", channel: Channel, spec: BindingSpec) -> Queue | Exchange:
    if spec.destination_kind is DestinationKind.QUEUE:
        return engine.queue(channel, spec.destination)
    refuse_default(spec.destination, channel.vhost)
    return find_exchange(channel.vhost, spec.destination)


def unbind(engine: "Engine", command: Unbind, now_us: int, events: EventBatch) -> None:
    """Remove a binding. Raises: RefusedError: DEFAULT_EXCHANGE, LOCKED_BY_OTHER_CONNECTION."""
    channel = engine.channel(command.channel_id)
    vhost = channel.vhost
    refuse_default(command.exchange, vhost)
    source = vhost.exchanges.get(command.exchange)
    binding = source.outgoing.get(binding_key(_spec(command))) if source else None
    if binding is None:
        return
    if command.destination_kind is DestinationKind.QUEUE:
        engine.queue(channel, command.destination)  # only its owner may change what an exclusive one gets
    remove(engine, binding, now_us, events)


def remove(engine: "Engine", binding: Binding, now_us: int, events: EventBatch) -> None:
    """Take a binding out; an auto-delete exchange goes with the last one of which it is the source."""
    source, vhost = binding.source, binding.source.vhost
    counting.tell_hops(engine)
    key = binding_key(binding.spec)
    del source.outgoing[key]
    del binding.destination.incoming[key]
    source.index.remove(binding)
    vhost.forget_routes()
    events.note(BindingRemoved(now_us, vhost.name, binding.spec))
    if source.spec.is_auto_delete and not source.outgoing and not source.is_deleted:
        remove_exchange(engine, source, now_us, events)


def remove_exchange(engine: "Engine", exchange: Exchange, now_us: int, events: EventBatch) -> None:
    """Take an exchange out with all bindings from and to it."""
    exchange.is_deleted = True
    counting.tell_hops(engine)
    for binding in [*exchange.outgoing.values(), *exchange.incoming.values()]:
        if binding_key(binding.spec) in binding.source.outgoing:  # one from it to itself is in both
            remove(engine, binding, now_us, events)
    delaying.drop_held(engine, exchange, now_us, events)
    vhost = exchange.vhost
    del vhost.exchanges[exchange.spec.name]
    vhost.forget_routes()
    events.note(ExchangeDeleted(now_us, vhost.name, exchange.spec.name))


def refuse_default(name: str, vhost: VirtualHost) -> None:
    """Refuse to change the default exchange. Raises: RefusedError(DEFAULT_EXCHANGE)."""
    if not name:
        raise RefusedError(
            Refusal.DEFAULT_EXCHANGE,
            "The default exchange cannot be changed: it reaches every queue by its name.",
            kind="exchange",
            name=name,
            vhost=vhost.name,
        )
