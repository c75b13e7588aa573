"""Prints the log lines whose key fits a pattern, until Ctrl+C: `receive_logs_topic.py 'kern.*' '#.critical'`.

`*` stands for one word, `#` for any number of words.
"""

import contextlib
import os
import sys

import pika
from pika.adapters.blocking_connection import BlockingChannel

patterns = sys.argv[1:]
if not patterns:
    sys.exit("Which patterns? For example: receive_logs_topic.py 'kern.*' '#.critical'")


def on_line(
    _channel: BlockingChannel, method: pika.spec.Basic.Deliver, _properties: pika.BasicProperties, body: bytes
) -> None:
    """Print the line after its key."""
    print(f"{method.routing_key}: {body.decode()}")


with (
    contextlib.suppress(KeyboardInterrupt),
    pika.BlockingConnection(pika.URLParameters(os.getenv("AMQP_URL", "amqp://localhost/"))) as connection,
):
    channel = connection.channel()
    channel.exchange_declare("topic_logs", "topic")
    queue = channel.queue_declare("", exclusive=True).method.queue
    for pattern in patterns:
        channel.queue_bind(queue, "topic_logs", routing_key=pattern)
    # A line that fits several patterns comes once all the same.
    channel.basic_consume(queue, on_line, auto_ack=True)
    print("Waiting for logs. Ctrl+C ends this.")
    channel.start_consuming()
