"""What SQS clients send AMQP clients can read, and the other way round."""

from typing import Any

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.support import sqs
from tests.support.broker import RunningBroker


@pytest.fixture
def client(broker: RunningBroker) -> Any:
    """A client in the usual region."""
    return sqs.client(broker.port_sqs)


def test_pika_reads_what_boto3_has_sent(client: Any, channel: BlockingChannel, queue: str) -> None:
    url = client.create_queue(QueueName=queue)["QueueUrl"]
    attributes = {"kind": {"StringValue": "new", "DataType": "String"}}
    sent = client.send_message(QueueUrl=url, MessageBody="hello", MessageAttributes=attributes)
    method, properties, body = channel.basic_get(queue)
    assert (body, properties.message_id, properties.headers["kind"]) == (b"hello", sent["MessageId"], "new")
    channel.basic_ack(method.delivery_tag)
    assert "Messages" not in client.receive_message(QueueUrl=url)


def test_boto3_receives_what_pika_has_published(client: Any, channel: BlockingChannel, queue: str) -> None:
    channel.queue_declare(queue, durable=True)
    properties = pika.BasicProperties(message_id="mine", headers={"kind": "new", "tries": 3})
    channel.basic_publish("", queue, b"hello", properties)
    channel.queue_declare(queue, passive=True)
    url = client.get_queue_url(QueueName=queue)["QueueUrl"]
    (got,) = client.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert (got["Body"], got["MessageId"]) == ("hello", "mine")
    assert got["MessageAttributes"] == {
        "kind": {"StringValue": "new", "DataType": "String"},
        "tries": {"StringValue": "3", "DataType": "Number"},
    }
    client.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
    assert channel.queue_declare(queue, passive=True).method.message_count == 0


def test_bytes_that_are_no_text_come_in_base64(client: Any, channel: BlockingChannel, queue: str) -> None:
    channel.queue_declare(queue, durable=True)
    channel.basic_publish("", queue, b"\x00\xff")
    channel.queue_declare(queue, passive=True)
    (got,) = client.receive_message(QueueUrl=queue)["Messages"]
    assert got["Body"] == "AP8="


def test_an_amqp_consumer_of_a_fifo_queue_gets_a_group_one_by_one(
    client: Any, channel: BlockingChannel, queue: str
) -> None:
    name = f"{queue}.fifo"
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    for body in ("1", "2"):
        client.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g")
    method, _, body = channel.basic_get(name)
    assert body == b"1"
    assert channel.basic_get(name) == (None, None, None)
    channel.basic_ack(method.delivery_tag)
    assert channel.basic_get(name)[2] == b"2"
