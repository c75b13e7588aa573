"""Prints what comes into the queue `hello`, until Ctrl+C."""

import contextlib
import os

import pika
from pika.adapters.blocking_connection import BlockingChannel


def on_message(
    _channel: BlockingChannel,
    _method: pika.spec.Basic.Deliver,
    _properties: pika.BasicProperties,
    body: bytes,
) -> None:
    """Print the message."""
    print(f"Received {body.decode()!r}")


with (
    contextlib.suppress(KeyboardInterrupt),
    pika.BlockingConnection(pika.URLParameters(os.getenv("AMQP_URL", "amqp://localhost/"))) as connection,
):
    channel = connection.channel()
    # Declared here too: whichever program starts first makes the queue.
    channel.queue_declare("hello", durable=True, arguments={"x-queue-type": "quorum"})
    channel.basic_consume("hello", on_message, auto_ack=True)
    print("Waiting for messages. Ctrl+C ends this.")
    channel.start_consuming()
