"""The programs in the pictures: a small shop whose orders flow through a broker, by plain pika.

python scripts/picture_traffic.py PORT ROLE: one role a process, as in life.
"""

import itertools
import json
import sys
import time

import pika

CUSTOMERS = ("Ada Young", "Linus Berg", "Grace Kim", "Alan Moreau", "Radia Singh", "Edsger Vos")
GOODS = (("tea", 4.5), ("cups", 12.0), ("kettle", 39.9), ("honey", 7.25), ("biscuits", 3.1))


def connect(port: int, name: str) -> pika.adapters.blocking_connection.BlockingChannel:
    """Connect under a name of our own, and make the shop's queues."""
    parameters = pika.ConnectionParameters("localhost", port, client_properties={"connection_name": name})
    channel = pika.BlockingConnection(parameters).channel()
    channel.exchange_declare("shop", "direct", durable=True)
    for queue, key in (("orders", "order.new"), ("invoices", "order.new"), ("mail", "mail.out")):
        channel.queue_declare(queue, durable=True)
        channel.queue_bind(queue, "shop", key)
    return channel


def shop(port: int) -> None:
    """Publish orders and mails, now faster, now slower."""
    channel = connect(port, "shop.py")
    for number in itertools.count(8812):
        names = [GOODS[(number + i) % len(GOODS)] for i in range(1 + number % 3)]
        order = {
            "id": number,
            "customer": CUSTOMERS[number % len(CUSTOMERS)],
            "country": ("de", "fr", "jp", "br")[number % 4],
            "items": [{"name": name, "price": price, "count": 1 + number % 2} for name, price in names],
            "total": round(sum(price for _, price in names) * (1 + number % 2), 2),
            "is_gift": number % 5 == 0,
        }
        properties = pika.BasicProperties(
            content_type="application/json",
            delivery_mode=2,
            message_id=f"order-{number}",
            app_id="shop.py",
            headers={"x-tenant": "acme", "retry": 0, "express": number % 3 == 0},
        )
        channel.basic_publish("shop", "order.new", json.dumps(order).encode(), properties)
        if number % 4 == 0:
            text = f"Dear {order['customer']}, your order {number} is on its way."
            channel.basic_publish("shop", "mail.out", text.encode())
        channel.connection.sleep(0.014 + 0.008 * (number // 60 % 3))


def worker(port: int, name: str, queue: str, held_s: float) -> None:
    """Consume with acknowledgements, taking its time."""
    channel = connect(port, name)
    channel.basic_qos(prefetch_count=3)

    def on_message(channel, method, properties, body) -> None:  # type: ignore[no-untyped-def]  # pika's
        time.sleep(held_s)
        channel.basic_ack(method.delivery_tag)

    channel.basic_consume(queue, on_message)
    channel.start_consuming()


def retry(port: int) -> None:
    """Refunds that are rejected twice, wait a while each time, and are done at the third try."""
    channel = connect(port, "refunds.py")
    channel.exchange_declare("refunds.topic", "topic", durable=True)
    for exchange in ("refunds.dlx", "refunds.back"):
        channel.exchange_declare(exchange, "direct", durable=True)
    rules = {"x-dead-letter-exchange": "refunds.dlx", "x-max-priority": 10, "x-single-active-consumer": True}
    channel.queue_declare("refunds", durable=True, arguments=rules)
    waits = {"x-dead-letter-exchange": "refunds.back", "x-message-ttl": 1500}
    channel.queue_declare("refunds.retry", durable=True, arguments=waits)
    channel.queue_bind("refunds.retry", "refunds.dlx", "refund.new")
    channel.queue_bind("refunds", "refunds.back", "refund.new")
    for key in ("refund.new", "refund.*.urgent", "order.#.cancelled"):
        channel.queue_bind("refunds", "refunds.topic", key)
    channel.exchange_bind("refunds.topic", "shop", "refund.new")
    channel.basic_qos(prefetch_count=1)

    def on_message(channel, method, properties, body) -> None:  # type: ignore[no-untyped-def]  # pika's
        deaths = (properties.headers or {}).get("x-death", [])
        if sum(death["count"] for death in deaths if death["queue"] == "refunds") < 2:
            channel.basic_reject(method.delivery_tag, requeue=False)
        else:
            channel.basic_ack(method.delivery_tag)

    channel.basic_consume("refunds", on_message)
    for number in itertools.count(301):
        body = json.dumps({"refund": number, "total": 12.5 * (number % 7 + 1), "iban": "missing"})
        channel.basic_publish("refunds.topic", "refund.new", body.encode())
        channel.connection.sleep(0.9)


def main() -> None:
    """Play one role until killed."""
    port, role = int(sys.argv[1]), sys.argv[2]
    if role == "shop":
        shop(port)
    elif role == "hello":
        connect(port, "send.py").connection.sleep(60)
    elif role == "retry":
        retry(port)
    elif role == "mailer":
        worker(port, "mailer", "mail", 0.05)
    else:
        worker(port, role, "orders", 0.04)


if __name__ == "__main__":
    main()
