"""Sends one message to the queue `hello`."""

import os

import pika

with pika.BlockingConnection(pika.URLParameters(os.getenv("AMQP_URL", "amqp://localhost/"))) as connection:
    channel = connection.channel()
    channel.queue_declare("hello", durable=True, arguments={"x-queue-type": "quorum"})
    # The exchange without a name takes a message to the queue that its routing key names.
    channel.basic_publish(exchange="", routing_key="hello", body="Hello World!")
    print("Sent 'Hello World!'")
