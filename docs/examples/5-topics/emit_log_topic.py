"""Sends a log line with a key of words between dots: `emit_log_topic.py kern.critical the disk is full`."""

import os
import sys

import pika

key = sys.argv[1] if len(sys.argv) > 1 else "anonymous.info"
line = " ".join(sys.argv[2:]) or "Hello World!"

with pika.BlockingConnection(pika.URLParameters(os.getenv("AMQP_URL", "amqp://localhost/"))) as connection:
    channel = connection.channel()
    channel.exchange_declare("topic_logs", "topic")
    channel.basic_publish(exchange="topic_logs", routing_key=key, body=line)
    print(f"Sent {key}: {line!r}")
