"""Asks for a price and waits for the answer: argv are the port and a correlation id."""

import sys

import pika

port, correlation_id = int(sys.argv[1]), sys.argv[2]
trace_id = f"{int.from_bytes(correlation_id.encode()):032x}"
parameters = pika.ConnectionParameters("localhost", port, client_properties={"connection_name": "shop"})
connection = pika.BlockingConnection(parameters)
channel = connection.channel()
channel.queue_declare("prices")
answers = channel.queue_declare("", exclusive=True).method.queue
properties = pika.BasicProperties(
    correlation_id=correlation_id,
    reply_to=answers,
    message_id=f"q-{correlation_id}",
    type="GetPrice",
    headers={"traceparent": f"00-{trace_id}-b7ad6b7169203331-01", "order": 8812},
)
channel.basic_publish("", "prices", b'{"order": {"id": 8812}}', properties)
print("asked", flush=True)
for method, _, body in channel.consume(answers):
    channel.basic_ack(method.delivery_tag)
    print(body.decode(), flush=True)
    break
connection.close()
