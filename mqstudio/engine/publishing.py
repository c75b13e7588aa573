"""Publishing: a message arrives, is routed, and waits in each queue its route leads to.

The quick way, for messages that ask for nothing special, by exchanges where the key decides, into queues
without limits. Whatever is not plain in some respect goes the careful way, by `arriving`.
"""

from typing import TYPE_CHECKING

from mqstudio.engine import arriving, enqueueing, routing
from mqstudio.engine.channel import Channel
from mqstudio.engine.vhost import Exchange, VirtualHost, find_exchange
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
        channel.transaction.publish(command)
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
