"""Does tasks one by one, until Ctrl+C. Run as many workers as you like; each gets a task when it is free."""

import contextlib
import os
import time

import pika
from pika.adapters.blocking_connection import BlockingChannel


def on_task(
    channel: BlockingChannel, method: pika.spec.Basic.Deliver, _properties: pika.BasicProperties, body: bytes
) -> None:
    """Work for a second per dot, and only then say that the task is done."""
    print(f"Received {body.decode()!r}")
    time.sleep(body.count(b"."))
    print(f"Done {body.decode()!r}")
    # A worker that ends before this line loses nothing: its task goes to another one.
    channel.basic_ack(method.delivery_tag)


with (
    contextlib.suppress(KeyboardInterrupt),
    pika.BlockingConnection(pika.URLParameters(os.getenv("AMQP_URL", "amqp://localhost/"))) as connection,
):
    channel = connection.channel()
    channel.queue_declare("task_queue", durable=True, arguments={"x-queue-type": "quorum"})
    # One at a time: the next task comes only after this one is acknowledged.
    channel.basic_qos(prefetch_count=1)
    channel.basic_consume("task_queue", on_task)
    print("Waiting for tasks. Ctrl+C ends this.")
    channel.start_consuming()
