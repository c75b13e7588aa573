"""Answers requests for Fibonacci numbers, until Ctrl+C."""

import contextlib
import os

import pika
from pika.adapters.blocking_connection import BlockingChannel


def fibonacci(n: int) -> int:
    """Return the nth Fibonacci number."""
    last, current = 0, 1
    for _ in range(n):
        last, current = current, last + current
    return last


def on_request(
    channel: BlockingChannel, method: pika.spec.Basic.Deliver, properties: pika.BasicProperties, body: bytes
) -> None:
    """Send the answer where the request says, with the request's correlation id."""
    print(f"Asked for fibonacci({int(body)})")
    channel.basic_publish(
        exchange="",
        routing_key=properties.reply_to,
        properties=pika.BasicProperties(correlation_id=properties.correlation_id),
        body=str(fibonacci(int(body))),
    )
    channel.basic_ack(method.delivery_tag)


with (
    contextlib.suppress(KeyboardInterrupt),
    pika.BlockingConnection(pika.URLParameters(os.getenv("AMQP_URL", "amqp://localhost/"))) as connection,
):
    channel = connection.channel()
    channel.queue_declare("rpc_queue", durable=True, arguments={"x-queue-type": "quorum"})
    channel.basic_qos(prefetch_count=1)
    channel.basic_consume("rpc_queue", on_request)
    print("Waiting for requests. Ctrl+C ends this.")
    channel.start_consuming()
