"""What the demo shop declares, and its five roles. Each role is a client with a connection of its own.

Orders come in over the web page and the app, and go to three queues: the packers take them at once,
accounting is slow, and the mailer fails over some addresses: once with another try, then for good, so that
its order ends in a queue of dead letters.
"""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
import pika
from pika.adapters.blocking_connection import BlockingChannel

from mqstudio.demo.orders import FIRST_NUMBER, can_be_mailed, make_order

EXCHANGE: Final = "shop"
DEAD_EXCHANGE: Final = "shop.dead"
ORDERS, INVOICES, MAIL, DEAD_MAIL = "shop.orders", "shop.invoices", "shop.mail", "shop.mail.dead"

QUEUE_MAX: Final = 5_000
"""Orders that wait in one of the shop's queues at most: a forgotten demo must not fill the disk."""

TURN_S: Final = 0.2
"""How long a role waits at most before it looks whether the shop closes."""

ACCOUNTING_S: Final = 0.6
PACKING_S: Final = 0.03
MAILING_S: Final = 0.08
PREFETCH: Final = 4

_QUEUE: Final = {"x-max-length": QUEUE_MAX}


@dataclass(frozen=True, slots=True)
class Role:
    """One client: its name, and what it does until the shop closes."""

    name: str
    work: Callable[["Shift"], None]


class Shift:
    """A role at work: its channel, how fast orders come, and whether the shop closes."""

    def __init__(self, url: str, name: str, rate_per_s: float, closing: threading.Event) -> None:
        parameters = pika.URLParameters(checked(url))
        parameters.client_properties = {"connection_name": name}
        self.name = name
        self.rate_per_s = rate_per_s
        self._closing = closing
        self._connection = pika.BlockingConnection(parameters)
        self.channel: BlockingChannel = self._connection.channel()

    @property
    def is_over(self) -> bool:
        """Whether the shop closes."""
        return self._closing.is_set()

    def wait(self, seconds: float) -> None:
        """Let time pass, in turns, and answer the broker meanwhile."""
        until = time.monotonic() + seconds
        while not self.is_over and (left := until - time.monotonic()) > 0:
            self._connection.sleep(min(left, TURN_S))

    def close(self) -> None:
        """Hang up."""
        if self._connection.is_open:
            self._connection.close()


def checked(url: str) -> str:
    """An address as the client library wants it. Raises: ValueError, which does not repeat it."""
    parts = urlsplit(url)
    if parts.scheme not in ("amqp", "amqps") or not parts.hostname:
        raise ValueError("That is no address of a broker. One looks like amqp://guest:guest@localhost:5672/")
    return parts._replace(path=parts.path or "/").geturl()


def declare(channel: BlockingChannel) -> None:
    """Make what the shop needs; what is there already stays."""
    channel.exchange_declare(EXCHANGE, "topic", durable=True)
    channel.exchange_declare(DEAD_EXCHANGE, "fanout", durable=True)
    channel.queue_declare(DEAD_MAIL, durable=True, arguments=_QUEUE)
    channel.queue_bind(DEAD_MAIL, DEAD_EXCHANGE)
    for queue, arguments in (
        (ORDERS, _QUEUE), (INVOICES, _QUEUE), (MAIL, {**_QUEUE, "x-dead-letter-exchange": DEAD_EXCHANGE}),
    ):  # fmt: skip
        channel.queue_declare(queue, durable=True, arguments=arguments)
        channel.queue_bind(queue, EXCHANGE, "order.new.*")


def clean(url: str) -> None:
    """Take away all that the shop has declared, with the orders in it."""
    shift = Shift(url, "demo shop: closing", 0, threading.Event())
    for queue in (ORDERS, INVOICES, MAIL, DEAD_MAIL):
        shift.channel.queue_delete(queue)
    for exchange in (EXCHANGE, DEAD_EXCHANGE):
        shift.channel.exchange_delete(exchange)
    shift.close()


def roles() -> list[Role]:
    """The shop's people."""
    return [
        Role("web page", lambda shift: _sell(shift, "web", 0)),
        Role("phone app", lambda shift: _sell(shift, "app", 1)),
        Role("packers", lambda shift: _take(shift, ORDERS, PACKING_S)),
        Role("accounting", lambda shift: _take(shift, INVOICES, ACCOUNTING_S)),
        Role("mailer", lambda shift: _take(shift, MAIL, MAILING_S, can_do=can_be_mailed)),
    ]


def _sell(shift: Shift, source: str, first: int) -> None:
    """Publish orders: every other number, half of the rate. Confirmed, so that a refusal says why."""
    shift.channel.confirm_delivery()
    for number in itertools.count(FIRST_NUMBER + first, 2):
        if shift.is_over:
            return
        now_s = time.time()
        properties = pika.BasicProperties(
            content_type="application/json",
            delivery_mode=2,
            message_id=f"order-{number}",
            timestamp=int(now_s),
            type="order.new",
            app_id=shift.name,
            headers={"x-tenant": "acme", "x-channel": source},
        )
        body = msgspec.json.encode(make_order(number, source, now_s))
        shift.channel.basic_publish(EXCHANGE, f"order.new.{source}", body, properties)
        shift.wait(2 / shift.rate_per_s)


def _take(
    shift: Shift, queue: str, held_s: float, *, can_do: Callable[[bytes], bool] = lambda body: True
) -> None:
    """Consume with acknowledgements, taking some time over each."""
    shift.channel.basic_qos(prefetch_count=PREFETCH)
    taken: Any  # Any: pika has no types; (None, None, None) when nothing came
    for taken in shift.channel.consume(queue, inactivity_timeout=TURN_S):
        method, _, body = taken
        if method is not None:
            shift.wait(held_s)
            if shift.is_over:
                break  # what is held goes back to its queue
            if can_do(body):
                shift.channel.basic_ack(method.delivery_tag)
            else:
                shift.channel.basic_nack(method.delivery_tag, requeue=not method.redelivered)
        if shift.is_over:
            break
