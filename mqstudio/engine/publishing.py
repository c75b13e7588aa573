"""Publishing: a message arrives, is routed, and waits in each queue its route leads to.

The quick way, for messages that ask for nothing special, by exchanges where the key decides, into queues
without limits. Whatever is not plain in some respect goes the careful way, by `arriving`.
"""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from mqstudio.engine import arriving, enqueueing, routing
from mqstudio.engine.channel import Channel
from mqstudio.engine.vhost import Exchange, Route, VirtualHost, find_exchange
from mqstudio.model.commands import PublishByHand, PublishInternally, PublishMessage
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import (
    EventBatch,
    MessageEnqueued,
    MessagePublished,
    MessageRefused,
    MessageReturned,
    MessageRouted,
    MessageUnroutable,
)
from mqstudio.model.limits import MESSAGE_OVERHEAD_BYTES
from mqstudio.model.message import Message
from mqstudio.model.replies import PublishReply
from mqstudio.model.verbs import ActedReply

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine

_REFUSED = PublishReply(is_refused=True)


def publish(
    engine: "Engine", command: PublishMessage, now_us: int, events: EventBatch
) -> PublishReply | None:
    """Hot path: one dictionary look-up finds the route, one the exchange.

    Raises: RefusedError: NO_SUCH_CHANNEL, NO_SUCH_EXCHANGE, INTERNAL_EXCHANGE.
    """
    channel = engine.channels.get(command.channel_id) or engine.channel(command.channel_id)
    connection = channel.connection
    exchange = channel.vhost.exchanges.get(command.exchange)
    if exchange is None or exchange.is_internal:
        exchange = published_exchange(channel.vhost, command.exchange)
    if channel.transaction is not None:
        channel.transaction.publish(command, _found(engine, channel, exchange, command))
        return None
    key, body, properties, traits = command.routing_key, command.body, command.properties, command.traits
    size = len(body) + len(properties) + MESSAGE_OVERHEAD_BYTES
    message_id = engine.next_message_id
    engine.next_message_id = message_id + 1
    message = Message(
        message_id,
        body,
        properties,
        command.exchange,
        key,
        now_us,
        command.format or connection.protocol,
        connection.id,
        size,
        traits,
    )
    if connection.target is not exchange.spec:
        connection.aim(exchange)
    connection.published += 1
    route = exchange.routes.get(key) or routing.keyed_route(exchange, key)
    if route is None or traits.is_demanding:
        lost = engine.unroutable
        arrival = arriving.arrive(
            engine, exchange, message, now_us, events, was_returned=command.is_mandatory
        )
        connection.unroutable += engine.unroutable - lost
        if command.is_mandatory and not arrival.is_routed:
            engine.post(connection, MessageReturned(channel.ref, message))
        return _REFUSED if arrival.is_refused else None
    if not route.taken:
        engine.taken.append(route)
    route.taken += 1
    events.held_bytes += size
    queues = route.queues
    if not queues:
        _lose(engine, channel, message, now_us, events, is_mandatory=command.is_mandatory)
        return None
    events.append(MessagePublished(now_us, message))
    events.append(MessageRouted(now_us, message, route.refs))
    reply = None
    is_careful = traits.ttl_us is not None
    for queue in queues:
        if is_careful or not queue.is_plain:
            if enqueueing.enqueue(engine, queue, message, now_us, events):
                engine.refused += 1
                reply = _REFUSED
            continue
        queue.ready.append(message)
        queue.published += 1
        queue.bytes_held += size
        events.append(MessageEnqueued(now_us, message, queue.ref))
        if queue.eager and not queue.is_touched:
            queue.is_touched = True
            engine.touched.append(queue)
    return reply


def _found(
    engine: "Engine", channel: Channel, exchange: Exchange, command: PublishMessage
) -> routing.Found | None:
    """Where a message goes that is published in a transaction, as of now; None: that is found out later.

    Source: RabbitMQ takes the route when it is published, and of its queues those that there are at the
    commit. The default exchange leads to names. What is held has no route before its time.
    """
    if not exchange.spec.name:
        return None
    if not command.traits.is_demanding:
        route = exchange.routes.get(command.routing_key) or routing.keyed_route(exchange, command.routing_key)
        if route is not None:
            return routing.Found(route, is_keyed=True)
    found = arriving.find(engine, exchange, _message(channel, command, 0, 0))
    return None if found.holders else found


def _message(channel: Channel, command: PublishMessage, message_id: int, now_us: int) -> Message:
    return Message(
        message_id,
        command.body,
        command.properties,
        command.exchange,
        command.routing_key,
        now_us,
        command.format or channel.connection.protocol,
        channel.connection.id,
        len(command.body) + len(command.properties) + MESSAGE_OVERHEAD_BYTES,
        command.traits,
    )


def publish_found(  # noqa: PLR0917  # as its caller has them
    engine: "Engine",
    channel: Channel,
    command: PublishMessage,
    found: routing.Found,
    now_us: int,
    events: EventBatch,
) -> PublishReply | None:
    """Publish what was held in a transaction, to those of its queues that there are now."""
    connection, exchange = channel.connection, found.route.exchange
    message = _message(channel, command, engine.new_message_id(), now_us)
    if connection.target is not exchange.spec:
        connection.aim(exchange)
    connection.published += 1
    lost = engine.unroutable
    found = replace(found, route=_left_of(found.route, channel.vhost))
    arrival = arriving.arrive(
        engine, exchange, message, now_us, events, found=found, was_returned=command.is_mandatory
    )
    connection.unroutable += engine.unroutable - lost
    if command.is_mandatory and not arrival.is_routed:
        engine.post(connection, MessageReturned(channel.ref, message))
    return _REFUSED if arrival.is_refused else None


def _left_of(route: Route, vhost: VirtualHost) -> Route:
    """A route to the queues that there are now by the names that it led to."""
    queues = tuple(vhost.queues[ref.name] for ref in route.refs if ref.name in vhost.queues)
    if queues == route.queues:
        return route
    return Route(route.exchange, queues, tuple(queue.ref for queue in queues), route.hops)


def _lose(
    engine: "Engine",
    channel: Channel,
    message: Message,
    now_us: int,
    events: EventBatch,
    *,
    is_mandatory: bool,
) -> None:
    """No binding matches: the message ends, and goes back if its publisher wishes it."""
    engine.unroutable += 1
    engine.sent_back += is_mandatory
    channel.connection.unroutable += 1
    events.append(MessagePublished(now_us, message))
    events.append(MessageUnroutable(now_us, message, is_mandatory))
    if is_mandatory:
        engine.post(channel.connection, MessageReturned(channel.ref, message))


def published_exchange(vhost: VirtualHost, name: str) -> Exchange:
    """The exchange that a client may publish to by this name, or why not."""
    exchange = find_exchange(vhost, name)
    if exchange.spec.is_internal:
        raise RefusedError(
            Refusal.INTERNAL_EXCHANGE,
            f"Exchange '{name}' is internal: only other exchanges may publish to it.",
            kind="exchange",
            name=name,
            vhost=vhost.name,
        )
    return exchange


def publish_by_hand(engine: "Engine", command: PublishByHand, now_us: int, events: EventBatch) -> ActedReply:
    """Publish, and tell what became of it. Raises: RefusedError, as `publish`."""
    before, message_id = len(events), engine.next_message_id
    publish(engine, command.published, now_us, events)
    queues, is_lost = list[str](), False
    for event in events[before:]:
        if isinstance(event, MessageEnqueued) and event.message.id == message_id:
            queues.append(event.queue.name)
        is_lost = is_lost or isinstance(event, MessageUnroutable | MessageRefused)
    count = 1 if queues or not is_lost else 0
    return ActedReply(count, (), None, (message_id,), tuple(queues))


def publish_internally(engine: "Engine", command: PublishInternally, now_us: int, events: EventBatch) -> None:
    """Publish in the broker's own name. Raises: RefusedError: NO_SUCH_VHOST, NO_SUCH_EXCHANGE."""
    exchange = find_exchange(engine.vhost(command.vhost), command.exchange)
    message = Message(
        engine.new_message_id(),
        command.body,
        command.properties,
        command.exchange,
        command.routing_key,
        now_us,
        command.format,
        0,
        len(command.body) + len(command.properties) + MESSAGE_OVERHEAD_BYTES,
    )
    arriving.arrive(engine, exchange, message, now_us, events)
