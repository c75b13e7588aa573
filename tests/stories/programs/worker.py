"""Holds each message until a line says what becomes of it: "ack", "reject" or "requeue".

Usage: worker.py PORT; the orders come on standard input.
"""

import sys

import pika

connection = pika.BlockingConnection(pika.ConnectionParameters("localhost", int(sys.argv[1])))
channel = connection.channel()

channel.queue_declare(queue="hello")
channel.basic_qos(prefetch_count=1)


def callback(ch, method, properties, body):
    print(f" [x] Holding {body}", flush=True)
    match input():
        case "ack":
            ch.basic_ack(method.delivery_tag)
        case "reject":
            ch.basic_reject(method.delivery_tag, requeue=False)
        case "requeue":
            ch.basic_nack(method.delivery_tag, requeue=True)


channel.basic_consume(queue="hello", on_message_callback=callback)

print(" [*] Waiting for messages", flush=True)
try:
    channel.start_consuming()
except KeyboardInterrupt:
    connection.close()
