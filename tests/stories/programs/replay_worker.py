"""Works orders off as their bodies say: accepts, rejects, or gives back once. Arguments: port."""

import json
import sys
from typing import Any

import pika


def work(channel: Any, method: Any, _: Any, body: bytes) -> None:
    """Any: as pika has them."""
    does = json.loads(body)["does"]
    if does == "reject":
        channel.basic_reject(method.delivery_tag, requeue=False)
    elif does == "retry" and not method.redelivered:
        channel.basic_nack(method.delivery_tag, requeue=True)
    else:
        channel.basic_ack(method.delivery_tag)


with pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", int(sys.argv[1]))) as connection:
    channel = connection.channel()
    channel.basic_qos(prefetch_count=1)
    channel.basic_consume("orders", work, consumer_tag="worker")
    print("ready", flush=True)
    channel.start_consuming()
