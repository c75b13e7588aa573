"""The demo shop at a real broker: it opens, works, closes, and takes its things away."""

import pika
import pytest

from mqstudio.demo.running import Shop, ShopFailedError
from mqstudio.demo.shop import DEAD_MAIL, INVOICES, MAIL, ORDERS, clean
from tests.support.broker import RunningBroker
from tests.support.waiting import eventually


@pytest.fixture
def url(broker: RunningBroker) -> str:
    return broker.url


def depths(url: str) -> dict[str, int]:
    """Messages that wait in each of the shop's queues."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        channel = connection.channel()
        return {
            queue: channel.queue_declare(queue, passive=True).method.message_count
            for queue in (ORDERS, INVOICES, MAIL, DEAD_MAIL)
        }
    finally:
        connection.close()


def test_the_shop_works(url: str) -> None:
    """Orders wait for the slow, some die of the mailer; closed, it can open again on what is there."""
    shop = Shop(url, rate_per_s=400)
    shop.open()
    try:
        eventually(lambda: depths(url)[DEAD_MAIL] >= 2 and depths(url)[INVOICES] > 20)
    finally:
        shop.close()
    connection = pika.BlockingConnection(pika.URLParameters(url))
    _, properties, _ = connection.channel().basic_get(DEAD_MAIL)
    (death,) = properties.headers["x-death"]
    assert (death["queue"], death["reason"], death["count"]) == (MAIL, "rejected", 1)
    connection.close()
    again = Shop(url, rate_per_s=1)
    again.open()
    again.wait(0)
    clean(url)
    with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="NOT_FOUND"):
        depths(url)


def test_a_queue_that_was_declared_otherwise_is_said(url: str) -> None:
    """The broker's own words; nothing of the shop stays open."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    connection.channel().queue_declare(ORDERS, durable=False)
    with pytest.raises(ShopFailedError, match="The broker said: PRECONDITION_FAILED"):
        Shop(url, 1).open()
    connection.channel().queue_delete(ORDERS)
    connection.close()
    clean(url)


def test_a_role_that_has_to_stop_closes_the_shop(url: str) -> None:
    """Its queue is deleted under it: the shop says who had to stop, and why."""
    shop = Shop(url, rate_per_s=10)
    shop.open()
    connection = pika.BlockingConnection(pika.URLParameters(url))
    connection.channel().exchange_delete("shop")
    with pytest.raises(
        ShopFailedError, match=r"The (web page|phone app) had to stop\. The broker said: NOT_FOUND"
    ):
        shop.wait(30)
    connection.close()
    clean(url)
