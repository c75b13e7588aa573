"""Sends a log line with its severity: `emit_log_direct.py error the disk is full`."""

import os
import sys

import pika

severity = sys.argv[1] if len(sys.argv) > 1 else "info"
line = " ".join(sys.argv[2:]) or "Hello World!"

with pika.BlockingConnection(pika.URLParameters(os.getenv("AMQP_URL", "amqp://localhost/"))) as connection:
    channel = connection.channel()
    channel.exchange_declare("direct_logs", "direct")
    channel.basic_publish(exchange="direct_logs", routing_key=severity, body=line)
    print(f"Sent {severity}: {line!r}")
