"""Asks the server for a Fibonacci number and waits for the answer: `rpc_client.py 30`."""

import os
import sys
import uuid

import pika
from pika.adapters.blocking_connection import BlockingChannel

n = int(sys.argv[1]) if len(sys.argv) > 1 else 30
request_id = str(uuid.uuid4())


def on_answer(
    channel: BlockingChannel, _method: pika.spec.Basic.Deliver, properties: pika.BasicProperties, body: bytes
) -> None:
    """Print the answer and stop waiting; the answer to anything else is not ours."""
    if properties.correlation_id == request_id:
        print(f"fibonacci({n}) = {int(body)}")
        channel.stop_consuming()


with pika.BlockingConnection(pika.URLParameters(os.getenv("AMQP_URL", "amqp://localhost/"))) as connection:
    channel = connection.channel()
    answers = channel.queue_declare("", exclusive=True).method.queue
    channel.basic_consume(answers, on_answer, auto_ack=True)
    channel.basic_publish(
        exchange="",
        routing_key="rpc_queue",
        properties=pika.BasicProperties(reply_to=answers, correlation_id=request_id),
        body=str(n),
    )
    channel.start_consuming()
