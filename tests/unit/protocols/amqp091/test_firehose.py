"""The firehose: which events are copied, to where, and what the copies tell."""

from typing import Any

from mqstudio.model.commands import PublishInternally
from mqstudio.model.events import Event, MessageDelivered, MessagePublished, MessageRouted
from mqstudio.model.message import (
    HUB_FORMAT,
    Header,
    Message,
    Past,
    Properties,
    decode_properties,
    encode_properties,
    plain_headers,
)
from mqstudio.model.refs import ChannelRef, QueueRef
from mqstudio.model.topology import ConnectionInfo
from mqstudio.protocols.amqp091.firehose import EXCHANGE, copies

CLIENT = ConnectionInfo(1, "amqp091", "127.0.0.1:5", "client", "anna", "/", local_address="127.0.0.1:5672")
WINDOW = ConnectionInfo(2, "native", "127.0.0.1:6", "window")
QUEUE = QueueRef("v", "q", 1)


def message(publisher: int = 1, exchange: str = "amq.topic", **more: Any) -> Message:
    properties = encode_properties(Properties(type="t", headers=[Header("a", "int32", 1)]))
    return Message(7, b"body", properties, exchange, "key", 0, HUB_FORMAT, publisher, **more)


def copied(*events: Event, traced: tuple[str, ...] = ("/", "v")) -> list[PublishInternally]:
    return list(copies(events, traced, {1: CLIENT, 2: WINDOW}))


def headers(copy: PublishInternally) -> dict[str, Any]:
    return plain_headers(decode_properties(copy.properties).headers)


def test_a_publish() -> None:
    """The body as it was; who, where, and how far it got."""
    told = message()
    (copy,) = copied(MessagePublished(0, told), MessageRouted(0, told, (QueueRef("/", "q", 1),)))
    assert (copy.vhost, copy.exchange, copy.routing_key) == ("/", EXCHANGE, "publish.amq.topic")
    assert copy.body == b"body"
    found = headers(copy)
    assert (found["exchange_name"], found["routing_keys"], found["user"]) == ("amq.topic", ["key"], "anna")
    assert found["connection"] == "127.0.0.1:5 -> 127.0.0.1:5672"
    assert found["properties"] == {"headers": {"a": 1}, "type": "t"}
    assert found["routed_queues"] == ["q"]


def test_a_delivery() -> None:
    """By the queue's name, and whether it was the first."""
    (copy,) = copied(MessageDelivered(0, message(), QUEUE, ChannelRef(1, 1, 4), None, 1, True, False))
    assert (copy.vhost, copy.routing_key) == ("v", "deliver.q")
    found = headers(copy)
    assert (found["redelivered"], found["channel"]) == (1, 4)
    assert "routed_queues" not in found


def test_what_is_not_copied() -> None:
    """Copies, what the broker publishes itself, and what happens elsewhere."""
    again = message(exchange=EXCHANGE)
    reborn = message(past=Past(1))
    assert copied(MessagePublished(0, again), MessagePublished(0, reborn)) == []
    assert copied(MessageDelivered(0, again, QUEUE, ChannelRef(1, 1, 1), None, 1, False, False)) == []
    assert copied(MessagePublished(0, message()), traced=("other",)) == []
    assert copied(MessagePublished(0, message(publisher=9))) == []


def test_who_reaches_into_other_virtual_hosts_is_told_of_there() -> None:
    """The window and the management API publish anywhere by one connection."""
    told = message(publisher=2)
    routed = MessageRouted(0, told, (QUEUE,))
    (copy,) = copied(MessagePublished(0, told), routed, traced=("v",))
    assert copy.vhost == "v"
    assert copied(MessagePublished(0, told), routed, traced=("/",)) == []
    assert copied(MessagePublished(0, told), traced=("/", "v")) == []


def test_properties_that_cannot_be_read_are_left_out() -> None:
    told = Message(7, b"", b"\xff", "", "key", 0, "amqp091", 1)
    (copy,) = copied(MessagePublished(0, told))
    assert headers(copy)["properties"] == {}
