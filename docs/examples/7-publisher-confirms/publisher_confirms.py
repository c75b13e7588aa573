"""Publishes so that nothing is lost unseen: the broker says of each message what became of it."""

import os

import pika
from pika.exceptions import NackError, UnroutableError

QUORUM = {"x-queue-type": "quorum"}
SMALL = {"x-max-length": 1, "x-overflow": "reject-publish"}

with pika.BlockingConnection(pika.URLParameters(os.getenv("AMQP_URL", "amqp://localhost/"))) as connection:
    channel = connection.channel()
    # From here on basic_publish returns only when the broker has answered for the message.
    channel.confirm_delivery()

    channel.queue_declare("confirmed", durable=True, arguments=QUORUM)
    for number in range(100):
        channel.basic_publish("", "confirmed", f"message {number}", mandatory=True)
    print("Confirmed: 100 messages")

    try:
        channel.basic_publish("", "no-such-queue", "lost?", mandatory=True)
    except UnroutableError as error:
        (returned,) = error.messages
        print(f"Came back: {returned.body.decode()!r}, {returned.method.reply_text}")

    small = channel.queue_declare("", exclusive=True, arguments=SMALL).method.queue
    channel.basic_publish("", small, "fits", mandatory=True)
    try:
        channel.basic_publish("", small, "one too many", mandatory=True)
    except NackError:
        print("Refused: 'one too many', as the queue is full")
