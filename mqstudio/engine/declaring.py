"""Declaring and deleting exchanges and queues."""

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from mqstudio.engine import binding, enqueueing, policies, removing
from mqstudio.engine.channel import Channel, Connection
from mqstudio.engine.queue import Queue
from mqstudio.engine.vhost import Exchange, VirtualHost, find_exchange
from mqstudio.model.arguments import (
    EXCHANGE_ARGUMENTS,
    ArgumentError,
    asked_kind,
    check,
    check_queue,
    differing,
    queue_kind,
    queue_rules,
    with_default_kind,
)
from mqstudio.model.commands import DeclareExchange, DeclareQueue, DeleteExchange, DeleteQueue
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import EventBatch, ExchangeDeclared, QueueDeclared
from mqstudio.model.lending import AlterQueue, QueueAltered
from mqstudio.model.limits import EXCHANGES_MAX, QUEUES_MAX
from mqstudio.model.refs import QueueRef
from mqstudio.model.replies import CountReply, QueueStatus
from mqstudio.model.rules import QueueKind
from mqstudio.model.topology import Arguments, ExchangeSpec, QueueSpec

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def declare_exchange(engine: "Engine", command: DeclareExchange, now_us: int, events: EventBatch) -> None:
    """Make an exchange.

    Raises: RefusedError: DEFAULT_EXCHANGE, NO_SUCH_EXCHANGE (passive), UNKNOWN_EXCHANGE_KIND,
            DECLARED_DIFFERENTLY, INVALID_ARGUMENT.
    """
    vhost = engine.channel(command.channel_id).vhost
    binding.refuse_default(command.name, vhost)
    if command.is_passive:
        find_exchange(vhost, command.name)
        return
    spec = ExchangeSpec(
        command.name,
        command.kind,
        command.is_durable,
        command.is_auto_delete,
        command.is_internal,
        command.arguments,
    )
    check_exchange(engine, vhost, spec)
    existing = vhost.exchanges.get(command.name)
    if existing is not None:
        _compare_exchange(existing, spec, vhost)
        return
    if len(vhost.exchanges) >= EXCHANGES_MAX:
        raise RefusedError(
            Refusal.TOO_MANY, f"There are {EXCHANGES_MAX} exchanges, the most we take. Delete some."
        )
    add_exchange(engine, vhost, spec)
    events.note(ExchangeDeclared(now_us, vhost.name, spec))


def add_exchange(engine: "Engine", vhost: VirtualHost, spec: ExchangeSpec) -> None:
    """Put an exchange, which was checked, into a virtual host."""
    exchange = Exchange(spec, engine.kinds[spec.kind], vhost, engine.surroundings, is_system=False)
    vhost.exchanges[spec.name] = exchange
    policies.apply_to_exchange(exchange)
    vhost.forget_routes()


def check_exchange(engine: "Engine", vhost: VirtualHost, spec: ExchangeSpec) -> None:
    """Check an exchange. Raises: RefusedError: UNKNOWN_EXCHANGE_KIND, INVALID_ARGUMENT."""
    kind = engine.kinds.get(spec.kind)
    facts = {"kind": "exchange", "name": spec.name, "vhost": vhost.name}
    if kind is None:
        raise RefusedError(
            Refusal.UNKNOWN_EXCHANGE_KIND,
            f"There is no exchange type '{spec.kind}'. Known: {', '.join(sorted(engine.kinds))}.",
            **{**facts, "name": spec.kind},
        )
    alternate = EXCHANGE_ARGUMENTS["alternate-exchange"]
    try:
        if alternate.name in spec.arguments:
            check(alternate, spec.arguments[alternate.name])
        kind.check(spec, engine.kinds)
    except ArgumentError as error:
        says = error.says
        raise RefusedError(Refusal.INVALID_ARGUMENT, says, **facts, error=error, queue_type="") from None
    except ValueError as problem:
        raise RefusedError(Refusal.INVALID_ARGUMENT, str(problem), **facts) from None


def _compare_exchange(existing: Exchange, spec: ExchangeSpec, vhost: VirtualHost) -> None:
    old = existing.spec
    facts = {"kind": "exchange", "name": spec.name, "vhost": vhost.name}
    _compare(facts, "type", spec.kind, old.kind)
    _compare(facts, "durable", spec.is_durable, old.is_durable)
    _compare(facts, "auto_delete", spec.is_auto_delete, old.is_auto_delete)
    _compare(facts, "internal", spec.is_internal, old.is_internal)
    alternate = "alternate-exchange"
    _compare(facts, alternate, spec.arguments.get(alternate), old.arguments.get(alternate))


def delete_exchange(engine: "Engine", command: DeleteExchange, now_us: int, events: EventBatch) -> None:
    """Delete an exchange. Raises: RefusedError: DEFAULT_EXCHANGE, SYSTEM_EXCHANGE, EXCHANGE_IN_USE."""
    vhost = engine.channel(command.channel_id).vhost
    binding.refuse_default(command.name, vhost)
    exchange = vhost.exchanges.get(command.name)
    if exchange is None:
        return
    facts = {"kind": "exchange", "name": command.name, "vhost": vhost.name}
    if exchange.is_system:
        raise RefusedError(
            Refusal.SYSTEM_EXCHANGE, f"Exchange '{command.name}' is always there and stays.", **facts
        )
    if command.if_unused and exchange.outgoing:
        raise RefusedError(
            Refusal.EXCHANGE_IN_USE,
            f"Exchange '{command.name}' still has bindings. Unbind them, or delete it without if-unused.",
            **facts,
        )
    binding.remove_exchange(engine, exchange, now_us, events)


def declare_queue(engine: "Engine", command: DeclareQueue, now_us: int, events: EventBatch) -> QueueStatus:
    """Make a queue, or meet an equal one.

    Raises: RefusedError: NO_SUCH_QUEUE (passive), LOCKED_BY_OTHER_CONNECTION, DECLARED_DIFFERENTLY,
            INVALID_ARGUMENT.
    """
    channel = engine.channel(command.channel_id)
    vhost = channel.vhost
    if command.is_passive or command.name in vhost.queues:
        queue = engine.queue(channel, command.name)
        if not command.is_passive:
            _compare_queue(queue, command, _with_default_kind(command, vhost), vhost)
            if queue.rules.kind is QueueKind.CLASSIC:  # declaring a quorum queue again does not count as use
                removing.use(engine, queue, now_us)
    else:
        queue = _make_queue(engine, channel, command, now_us, events)
    return QueueStatus(command.name, queue.ready_count, len(queue.subscriptions))


def _with_default_kind(command: DeclareQueue, vhost: VirtualHost) -> Arguments:
    """Arguments; a virtual host's default kind counts, but for exclusive queues, which are classic."""
    if command.is_exclusive:
        return command.arguments
    return with_default_kind(command.arguments, vhost.spec.default_kind)


def _checked_arguments(command: DeclareQueue, vhost: VirtualHost) -> Arguments:
    """Check the arguments of a new queue. Raises: RefusedError(INVALID_ARGUMENT)."""
    arguments = _with_default_kind(command, vhost)
    facts = {"kind": "queue", "name": command.name, "vhost": vhost.name}
    try:
        check_queue(arguments)
    except ArgumentError as error:
        kind, says = asked_kind(arguments), error.says
        raise RefusedError(Refusal.INVALID_ARGUMENT, says, **facts, error=error, queue_type=kind) from None
    kind = queue_kind(arguments)
    if kind is not QueueKind.CLASSIC:
        for is_wrong, what in (
            (command.is_auto_delete, "auto-delete"),
            (command.is_exclusive, "exclusive-owner"),
            (not command.is_durable, "non-durable"),
        ):
            if is_wrong:
                says = f"A {kind} queue must be durable, not exclusive and not auto-delete."
                raise RefusedError(Refusal.INVALID_ARGUMENT, says, **facts, property=what)
    return arguments


def _make_queue(
    engine: "Engine", channel: Channel, command: DeclareQueue, now_us: int, events: EventBatch
) -> Queue:
    vhost = channel.vhost
    arguments = _checked_arguments(command, vhost)
    if not command.name:
        raise RefusedError(Refusal.INVALID_ARGUMENT, "A queue needs a name. Give one.", kind="queue")
    if len(vhost.queues) >= QUEUES_MAX:
        raise RefusedError(Refusal.TOO_MANY, f"There are {QUEUES_MAX} queues, the most we take. Delete some.")
    spec = QueueSpec(
        command.name, command.is_durable, command.is_exclusive, command.is_auto_delete, arguments
    )
    owner = channel.connection if command.is_exclusive else None
    ref = _new_ref(engine, vhost, spec)
    queue = add_queue(engine, vhost, ref, spec, now_us, owner=owner)
    if owner is not None:
        owner.owned_queues[ref.id] = queue
    events.note(QueueDeclared(now_us, ref, spec, owner.info.id if owner else None))
    return queue


def _new_ref(engine: "Engine", vhost: VirtualHost, spec: QueueSpec) -> QueueRef:
    engine.next_queue_id += 1
    rules = queue_rules(spec.arguments)
    return QueueRef(
        vhost.name,
        spec.name,
        engine.next_queue_id - 1,
        is_durable=spec.is_durable and not spec.is_exclusive,
        keeps_all=rules.kind is not QueueKind.CLASSIC,
        max_priority=rules.max_priority,
    )


def add_queue(
    engine: "Engine",
    vhost: VirtualHost,
    ref: QueueRef,
    spec: QueueSpec,
    now_us: int,
    *,
    owner: Connection | None = None,
) -> Queue:
    """Put a queue, which was checked, into a virtual host; it goes unused from now on."""
    policy, operator, rules = policies.for_queue(vhost, spec)
    queue = Queue(ref, spec, rules, owner)
    queue.policy, queue.operator_policy = policy, operator
    vhost.queues[ref.name] = queue
    removing.use(engine, queue, now_us)
    return queue


def _compare_queue(queue: Queue, command: DeclareQueue, arguments: Arguments, vhost: VirtualHost) -> None:
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
    different = differing(arguments, old.arguments)
    if different is not None:
        _compare(facts, *different)


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
    """Delete a queue.

    Raises: RefusedError: LOCKED_BY_OTHER_CONNECTION, QUEUE_IN_USE, QUEUE_NOT_EMPTY, NOT_SUPPORTED.
    """
    channel = engine.channel(command.channel_id)
    if command.name not in channel.vhost.queues:
        return CountReply(0)
    queue = engine.queue(channel, command.name)
    facts = {"kind": "queue", "name": command.name, "vhost": queue.ref.vhost}
    if queue.rules.kind is QueueKind.QUORUM and (command.if_unused or command.if_empty):
        raise RefusedError(  # RabbitMQ's quorum queues cannot tell without a race, and clients know
            Refusal.NOT_SUPPORTED,
            f"Queue '{command.name}' is a quorum queue: delete it without conditions.",
            **facts,
            attempted="delete_if_unused" if command.if_unused else "delete_if_empty",
        )
    if command.if_empty and queue.ready_count:
        raise RefusedError(
            Refusal.QUEUE_NOT_EMPTY,
            f"Queue '{command.name}' still has {queue.ready_count} messages. Purge it first.",
            **facts,
        )
    if command.if_unused and queue.subscriptions:
        raise RefusedError(
            Refusal.QUEUE_IN_USE, f"Queue '{command.name}' still has consumers. Cancel them first.", **facts
        )
    count = queue.ready_count
    removing.remove_queue(engine, queue, "deleted", now_us, events)
    return CountReply(count)


def alter_queue(engine: "Engine", command: AlterQueue, now_us: int, events: EventBatch) -> None:
    """Give a queue other arguments. Raises: RefusedError: NO_SUCH_QUEUE, INVALID_ARGUMENT."""
    channel = engine.channel(command.channel_id)
    queue = engine.queue(channel, command.name)
    spec = replace(queue.spec, arguments=command.arguments)
    changed = DeclareQueue(command.channel_id, command.name, spec.is_durable, arguments=command.arguments)
    _checked_arguments(changed, channel.vhost)
    queue.spec = spec
    _, _, rules = policies.for_queue(channel.vhost, spec)
    enqueueing.change_rules(engine, queue, rules, now_us, events)
    owner_id = queue.owner.info.id if queue.owner is not None else None
    events.note(QueueAltered(now_us, queue.ref, spec, owner_id))
