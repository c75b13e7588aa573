"""Hands a task to the workers. Each dot in it stands for a second of work: `new_task.py big one...`."""

import os
import sys

import pika

task = " ".join(sys.argv[1:]) or "Hello World!"

with pika.BlockingConnection(pika.URLParameters(os.getenv("AMQP_URL", "amqp://localhost/"))) as connection:
    channel = connection.channel()
    channel.queue_declare("task_queue", durable=True, arguments={"x-queue-type": "quorum"})
    channel.basic_publish(
        exchange="",
        routing_key="task_queue",
        body=task,
        properties=pika.BasicProperties(delivery_mode=pika.DeliveryMode.Persistent),
    )
    print(f"Sent {task!r}")
