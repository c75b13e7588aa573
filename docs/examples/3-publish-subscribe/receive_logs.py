"""Prints every log line that is sent while this runs, until Ctrl+C."""

import contextlib
import os

import pika
from pika.adapters.blocking_connection import BlockingChannel


def on_line(
    _channel: BlockingChannel,
    _method: pika.spec.Basic.Deliver,
    _properties: pika.BasicProperties,
    body: bytes,
) -> None:
    """Print the line."""
    print(body.decode())


with (
    contextlib.suppress(KeyboardInterrupt),
    pika.BlockingConnection(pika.URLParameters(os.getenv("AMQP_URL", "amqp://localhost/"))) as connection,
):
    channel = connection.channel()
    channel.exchange_declare("logs", "fanout")
    # A queue for this run alone: the broker names it, and it goes with the connection.
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, "logs")
    channel.basic_consume(queue, on_line, auto_ack=True)
    print("Waiting for logs. Ctrl+C ends this.")
    channel.start_consuming()
