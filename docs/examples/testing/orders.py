"""A program to test: sends orders, and works them off."""

import json

import pika


def send_order(url: str, total: float) -> None:
    """Publish an order."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.queue_declare("orders", durable=True)
        body = json.dumps({"total": total})
        channel.basic_publish(
            "", "orders", body.encode(), pika.BasicProperties(content_type="application/json")
        )


def work_off(url: str) -> int:
    """Take all orders there are; those without a total are rejected. How many were fine."""
    fine = 0
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        while True:
            method, _, body = channel.basic_get("orders")
            if method is None:
                return fine
            if json.loads(body)["total"] > 0:
                channel.basic_ack(method.delivery_tag)
                fine += 1
            else:
                channel.basic_reject(method.delivery_tag, requeue=False)
