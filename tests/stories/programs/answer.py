"""Answers one question about a price, the way it was asked to: argv is the port."""

import sys

import pika

parameters = pika.ConnectionParameters(
    "localhost", int(sys.argv[1]), client_properties={"connection_name": "pricing"}
)
connection = pika.BlockingConnection(parameters)
channel = connection.channel()
channel.queue_declare("prices")
for method, asked, _ in channel.consume("prices"):
    properties = pika.BasicProperties(
        correlation_id=asked.correlation_id, type="Price", headers=asked.headers
    )
    channel.basic_publish("", asked.reply_to, b'{"price": 12}', properties)
    channel.basic_ack(method.delivery_tag)
    break
connection.close()
