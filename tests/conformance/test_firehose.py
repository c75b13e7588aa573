"""The firehose: everything published and delivered, copied to `amq.rabbitmq.trace`."""

from collections.abc import Iterator

import pika
import pytest

from tests.support.broker import RunningBroker, running_broker
from tests.support.http_api import Api
from tests.support.pika_client import Got


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    with running_broker(tmp_path_factory.mktemp("firehose")) as broker:
        assert Api(broker.port_management).ask("PUT", "api/vhosts/%2F", {"tracing": True}).status == 204
        yield broker


def test_publishes_and_deliveries_are_copied(traced: RunningBroker) -> None:
    """With the keys and headers of RabbitMQ's documentation; the copies themselves are not."""
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", traced.port_amqp))
    channel = connection.channel()
    tap = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(tap, "amq.rabbitmq.trace", "#")
    copies = Got(channel, tap, auto_ack=True)
    channel.queue_declare("watched", exclusive=True)
    channel.queue_bind("watched", "amq.fanout")
    properties = pika.BasicProperties(message_id="m-1", priority=3, headers={"a": 1})
    channel.basic_publish("amq.fanout", "key", b"body", properties)
    assert copies.wait(1) == [b"body"]
    delivered = channel.basic_get("watched", auto_ack=True)
    assert delivered[2] == b"body"
    assert copies.wait(2) == [b"body", b"body"]
    (published, _, _), (got, _, _) = copies.deliveries
    assert [published.routing_key, got.routing_key] == ["publish.amq.fanout", "deliver.watched"]
    first, second = (properties.headers for _, properties, _ in copies.deliveries)
    assert (first["exchange_name"], first["routing_keys"], first["vhost"]) == ("amq.fanout", ["key"], "/")
    assert (first["user"], first["routed_queues"]) == ("guest", ["watched"])
    assert first["properties"] == {"message_id": "m-1", "priority": 3, "headers": {"a": 1}}
    assert second["redelivered"] == 0
    connection.close()


def test_tracing_ends(traced: RunningBroker) -> None:
    """And then nothing is copied any more."""
    Api(traced.port_management).ask("PUT", "api/vhosts/%2F", {"tracing": False})
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", traced.port_amqp))
    channel = connection.channel()
    tap = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(tap, "amq.rabbitmq.trace", "#")
    channel.basic_publish("", tap, b"direct")
    assert channel.basic_get(tap, auto_ack=True)[2] == b"direct"
    assert channel.basic_get(tap) == (None, None, None)
    connection.close()
