"""Sends one message, as in RabbitMQ's first tutorial. Usage: send.py PORT [BODY]"""

import sys

import pika

connection = pika.BlockingConnection(pika.ConnectionParameters("localhost", int(sys.argv[1])))
channel = connection.channel()

channel.queue_declare(queue="hello")
body = sys.argv[2] if len(sys.argv) > 2 else "Hello World!"
channel.basic_publish(exchange="", routing_key="hello", body=body)
print(f" [x] Sent {body!r}")

connection.close()
