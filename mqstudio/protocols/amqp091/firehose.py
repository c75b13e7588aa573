"""The firehose: everything published and delivered in a traced virtual host, copied to one exchange.

Source: https://www.rabbitmq.com/docs/firehose
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from mqstudio.model.commands import PublishInternally
from mqstudio.model.events import Event, MessageDelivered, MessagePublished, MessageRouted
from mqstudio.model.message import (
    HUB_FORMAT,
    Header,
    Message,
    Properties,
    decode_properties,
    encode_properties,
)
from mqstudio.model.refs import QueueRef
from mqstudio.model.topology import ConnectionInfo
from mqstudio.protocols.amqp091.convert import read_properties
from mqstudio.protocols.amqp091.deliveries import NAME

EXCHANGE: Final = "amq.rabbitmq.trace"
_NODE: Final = "rabbit@localhost"


def copies(
    events: Iterable[Event], traced: Iterable[str], connections: Mapping[int, ConnectionInfo]
) -> Iterator[PublishInternally]:
    """What is to be published for a turn's events. Copies themselves are not copied."""
    names = set(traced)
    events = list(events)
    routed = {e.message.id: e.queues for e in events if type(e) is MessageRouted}
    for event in events:
        if type(event) is MessagePublished and event.message.exchange != EXCHANGE:
            message = event.message
            info = connections.get(message.publisher_id)
            reached = routed.get(message.id, ())
            vhost = _vhost(info, reached)
            if info is not None and vhost in names and message.past is None:
                queues = Header(
                    "routed_queues", "list", [Header("", "string", each.name) for each in reached]
                )
                yield _copy(message, vhost, f"publish.{message.exchange}", info, 1, queues)
        elif type(event) is MessageDelivered and event.queue.vhost in names:
            if event.message.exchange == EXCHANGE:
                continue
            info = connections.get(event.channel.connection_id)
            flag = Header("redelivered", "int32", int(event.is_redelivered))
            key, number = f"deliver.{event.queue.name}", event.channel.number
            yield _copy(event.message, event.queue.vhost, key, info, number, flag)


def _vhost(info: ConnectionInfo | None, reached: Sequence[QueueRef]) -> str | None:
    """Where a message was published. Connections of other protocols reach into every virtual host, so that
    of a message of theirs that went nowhere nobody can tell.
    """
    if reached:
        return reached[0].vhost
    return info.vhost if info is not None and info.protocol == NAME else None


def _copy(  # noqa: PLR0917  # what a copy tells
    message: Message,
    vhost: str,
    routing_key: str,
    info: ConnectionInfo | None,
    channel: int,
    more: Header,
) -> PublishInternally:
    keys = (message.routing_key, *message.traits.extra_keys)
    headers = [
        Header("exchange_name", "string", message.exchange),
        Header("routing_keys", "list", [Header("", "string", key) for key in keys]),
        Header("properties", "table", _table(message)),
        Header("node", "string", _NODE),
        *([more] if more.name == "redelivered" else []),
        Header("vhost", "string", vhost),
        Header("connection", "string", f"{info.address} -> {info.local_address}" if info else ""),
        Header("channel", "int32", channel),
        Header("user", "string", info.user if info else ""),
        *([] if more.name == "redelivered" else [more]),
    ]
    properties = encode_properties(Properties(headers=headers))
    return PublishInternally(vhost, EXCHANGE, routing_key[:255], properties, message.body, HUB_FORMAT)


def _table(message: Message) -> list[Header]:
    """A message's properties as RabbitMQ tables them, the last first; what cannot be read is left out."""
    try:
        if message.format == NAME:
            properties = read_properties(message.properties)
        else:
            properties = decode_properties(message.properties)
    except ValueError:
        return []
    fields = []
    for name in reversed(Properties.__struct_fields__):
        value = getattr(properties, name)
        if value is None:
            continue
        if name == "headers":
            fields.append(Header("headers", "table", value))
        elif isinstance(value, int):
            width = "int32" if value < 2**31 else "int64"
            fields.append(Header(name.removesuffix("_s"), width, value))
        else:
            fields.append(Header(name, "string", value))
    return fields
