"""Prints log lines of the severities it is given, until Ctrl+C: `receive_logs_direct.py warning error`."""

import contextlib
import os
import sys

import pika
from pika.adapters.blocking_connection import BlockingChannel

severities = sys.argv[1:]
if not severities:
    sys.exit("Which severities? For example: receive_logs_direct.py warning error")


def on_line(
    _channel: BlockingChannel, method: pika.spec.Basic.Deliver, _properties: pika.BasicProperties, body: bytes
) -> None:
    """Print the line after its severity."""
    print(f"{method.routing_key}: {body.decode()}")


with (
    contextlib.suppress(KeyboardInterrupt),
    pika.BlockingConnection(pika.URLParameters(os.getenv("AMQP_URL", "amqp://localhost/"))) as connection,
):
    channel = connection.channel()
    channel.exchange_declare("direct_logs", "direct")
    queue = channel.queue_declare("", exclusive=True).method.queue
    for severity in severities:
        channel.queue_bind(queue, "direct_logs", routing_key=severity)
    channel.basic_consume(queue, on_line, auto_ack=True)
    print("Waiting for logs. Ctrl+C ends this.")
    channel.start_consuming()
