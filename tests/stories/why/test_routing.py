"""Messages that reached no queue, or that a queue refused."""

import pika
import pytest
from pika.exceptions import NackError, UnroutableError

from tests.support.reasons import Asker, none, one, only

LOST = "The broker dropped it"


@pytest.mark.parametrize(
    ("kind", "binding", "key", "says"),
    [
        ("direct", "orders", "Orders", "'orders' to 'q.near' differs only in upper and lower case."),
        ("direct", "orders", "ordres", "'orders' to 'q.near' is one character off."),
        ("direct", "orders.*", "orders.eu", "would match if this were a topic exchange"),
        ("direct", "orders", "orders ", "differs only in spaces at an end"),
        ("topic", "orders.*", "orders.eu.new", "is for 2 words, and the key has 3"),
        ("topic", "orders.*.new", "orders.eu", "wants 3 words, and the key has 2"),
        ("topic", "orders.*", "order.eu", "has the word 'orders' where the key has 'order'"),
        ("topic", "orders.*", "orders/eu", "wants the words of the key to be parted by dots"),
        ("topic", "pay.#", "orders.eu", "is bound with 'pay.#' only"),
    ],
)
def test_unroutable(asker: Asker, kind: str, binding: str, key: str, says: str) -> None:
    """Which binding nearly matched, and how it differs."""
    channel = asker.connect().channel()
    exchange = f"near.{kind}.{binding}.{key}"
    channel.exchange_declare(exchange, kind)
    channel.queue_declare("q.near", auto_delete=False)
    channel.queue_bind("q.near", exchange, binding)
    body = f"lost by {exchange}"
    channel.basic_publish(exchange, key, body.encode())
    found = only(asker.message(body), "unroutable", f"matches its routing key '{key}'", LOST, says)
    assert found.verb == "bind"


def test_nearly_unroutable(asker: Asker) -> None:
    """A message that one of two bindings matched is not unroutable."""
    channel = asker.connect().channel()
    channel.exchange_declare("fits", "topic")
    channel.queue_declare("q.fits")
    channel.queue_bind("q.fits", "fits", "orders.*")
    channel.queue_bind("q.fits", "fits", "orders.#")
    channel.basic_publish("fits", "orders.eu.new", b"fits one")
    none(asker.message("fits one"), "unroutable")


def test_unroutable_by_a_header(asker: Asker) -> None:
    """A number is not the text of it, and x-match: all wants all."""
    channel = asker.connect().channel()
    channel.exchange_declare("heads", "headers")
    channel.queue_declare("q.heads")
    wanted = {"x-match": "all", "tenant": "acme", "year": 2026}
    channel.queue_bind("q.heads", "heads", "", wanted)
    for body, headers, says in (
        ("text", {"tenant": "acme", "year": "2026"}, 'wants header year = 2026, and the message has "2026"'),
        ("lacks", {"tenant": "acme"}, "wants header year = 2026 as well (x-match: all)"),
        ("case", {"Tenant": "acme", "year": 2026}, "wants header tenant, and the message calls it Tenant"),
    ):
        channel.basic_publish(
            "heads", "", f"by headers {body}".encode(), pika.BasicProperties(headers=headers)
        )
        only(
            asker.message(f"by headers {body}"), "unroutable", "No binding of headers exchange 'heads'", says
        )


def test_unroutable_by_name(asker: Asker) -> None:
    """The default exchange looks for a queue by its name; one that is nearly called so is told of."""
    channel = asker.connect().channel()
    channel.queue_declare("invoices")
    channel.confirm_delivery()
    with pytest.raises(UnroutableError):
        channel.basic_publish("", "invoces", b"misnamed", mandatory=True)
    only(asker.message("misnamed"), "unroutable", "no queue named 'invoces'", "'invoices'", "sent it back")


def test_unroutable_by_time(asker: Asker) -> None:
    """A binding that came too late, and one that went too early, is named with how much."""
    channel = asker.connect().channel()
    channel.exchange_declare("late", "fanout")
    channel.queue_declare("q.late")
    channel.basic_publish("late", "", b"too early")
    channel.queue_bind("q.late", "late")
    only(asker.message("too early"), "unroutable", "fits, and was made", "too late")
    channel.queue_unbind("q.late", "late")
    channel.basic_publish("late", "", b"after it")
    only(asker.message("after it"), "unroutable", "did fit; it was removed")
    channel.queue_delete("q.late")
    channel.basic_publish("", "q.late", b"after the queue")
    only(asker.message("after the queue"), "unroutable", "Queue 'q.late' was deleted")


def test_unroutable_behind_another_exchange(asker: Asker) -> None:
    """Where an exchange hands on to one that has nothing for it, that one is told of."""
    channel = asker.connect().channel()
    channel.exchange_declare("first", "fanout")
    channel.exchange_declare("second", "direct")
    channel.exchange_bind("second", "first")
    channel.basic_publish("first", "k", b"stuck in second")
    only(asker.message("stuck in second"), "unroutable", "Exchange 'second' has no bindings at all")


def test_publish_refused(asker: Asker) -> None:
    """A full queue that refuses publishes: the publisher gets a nack."""
    channel = asker.connect().channel()
    arguments = {"x-max-length": 1, "x-overflow": "reject-publish"}
    channel.queue_declare("narrow", arguments=arguments)
    channel.confirm_delivery()
    channel.basic_publish("", "narrow", b"has a place")
    with pytest.raises(NackError):
        channel.basic_publish("", "narrow", b"has no place")
    only(asker.message("has no place"), "publish_refused", "'narrow' was full", "may hold 1 message")


def test_nearly_publish_refused(asker: Asker) -> None:
    """The one that still had a place just waits."""
    channel = asker.connect().channel()
    channel.queue_declare("roomy", arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
    channel.basic_publish("", "roomy", b"just fits")
    findings = asker.message("just fits")
    none(findings, "publish_refused")
    one(findings, "queue_nobody_reads")
