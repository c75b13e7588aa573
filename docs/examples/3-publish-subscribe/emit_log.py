"""Sends a log line to everybody who listens at this moment: `emit_log.py the disk is full`."""

import os
import sys

import pika

line = " ".join(sys.argv[1:]) or "info: Hello World!"

with pika.BlockingConnection(pika.URLParameters(os.getenv("AMQP_URL", "amqp://localhost/"))) as connection:
    channel = connection.channel()
    channel.exchange_declare("logs", "fanout")
    # A fanout exchange looks at no key. Where nobody listens, the line is gone.
    channel.basic_publish(exchange="logs", routing_key="", body=line)
    print(f"Sent {line!r}")
