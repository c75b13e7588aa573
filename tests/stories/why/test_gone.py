"""Messages that are gone: done, taken, dropped, purged, moved or lost."""

import socket
from pathlib import Path

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

from mqstudio.model.delivery import Outcome
from mqstudio.model.verbs import Destination
from tests.support.broker import running_broker
from tests.support.pika_client import settle
from tests.support.reasons import Asker, none, one, only
from tests.support.waiting import eventually


def _queue(asker: Asker, name: str, *bodies: str, **arguments: object) -> BlockingChannel:
    channel = asker.connect("shop").channel()
    channel.queue_declare(name, arguments=arguments)
    for body in bodies:
        channel.basic_publish("", name, body.encode())
    settle(channel)
    return channel


def _take(channel: BlockingChannel, queue: str) -> int:
    tag: int = eventually(lambda: channel.basic_get(queue)[0]).delivery_tag
    return tag


def test_done(asker: Asker) -> None:
    """A consumer acknowledged it: who, and after how long."""
    channel = _queue(asker, "works", "was done")
    channel.basic_ack(_take(channel, "works"))
    settle(channel)
    only(asker.message("was done"), "done", "'shop' acknowledged it after", "It was handed over")


def test_nearly_done(asker: Asker) -> None:
    """One that was handed over and not acknowledged is not done."""
    channel = _queue(asker, "slow", "not done")
    _take(channel, "slow")
    none(asker.message("not done"), "done")


def test_gone_auto_ack(asker: Asker) -> None:
    """Its consumer takes without acknowledging; if that died right then, it may never have been worked on."""
    _queue(asker, "careless", "taken along")
    consumer = asker.connect("worker").channel()
    consumer.basic_consume("careless", lambda *_: None, auto_ack=True, consumer_tag="c1")
    settle(consumer)
    found = only(asker.message("taken along"), "gone_auto_ack", "'worker · c1' takes messages without")
    assert "may never" not in str(found.says)
    consumer.connection._impl._transport._sock.shutdown(socket.SHUT_RDWR)
    with pytest.raises(AMQPError):
        consumer.connection.process_data_events(time_limit=5)
    eventually(lambda: "may never have been worked on" in str(asker.message("taken along")[0].says))
    only(asker.message("taken along"), "gone_auto_ack", "its connection broke", "The connection ended: ")


def test_nearly_gone_auto_ack(asker: Asker) -> None:
    """One that is acknowledged by hand comes back when its consumer dies."""
    _queue(asker, "careful", "comes back")
    consumer = asker.connect("worker").channel()
    consumer.basic_consume("careful", lambda *_: None, consumer_tag="c1")
    settle(consumer)
    consumer.connection.close()
    found = asker.message("comes back")
    none(found, "gone_auto_ack")
    one(found, "queue_no_consumer")


def test_gone_taken(asker: Asker) -> None:
    """Somebody looked at it by basic.get, and so took it."""
    channel = _queue(asker, "looked at", "was looked at")
    eventually(lambda: channel.basic_get("looked at", auto_ack=True)[0])
    only(asker.message("was looked at"), "gone_taken", "'shop' took it out by basic.get")


def test_nearly_gone_taken(asker: Asker) -> None:
    """Peeking takes nothing."""
    _queue(asker, "peeked", "was peeked at")
    asker.run(lambda client: client.page("peeked"))
    none(asker.message("was peeked at"), "gone_taken")


@pytest.mark.parametrize("whose", ["own", "queue"])
def test_gone_expired(asker: Asker, whose: str) -> None:
    """It waited too long, and nobody was to have it then."""
    name = f"expires {whose}"
    channel = _queue(asker, name, **({} if whose == "own" else {"x-message-ttl": 1}))
    channel.basic_publish(
        "", name, name.encode(), pika.BasicProperties(expiration="1" if whose == "own" else None)
    )
    eventually(lambda: "gone_expired" in [each.rule for each in asker.message(name)])
    says = (
        "Its publisher gave it 1 ms" if whose == "own" else "The queue gives messages 1 ms, by its arguments"
    )
    only(
        asker.message(name), "gone_expired", f"expired in queue '{name}'", says, "has no dead-letter exchange"
    )


def test_nearly_gone_expired(asker: Asker) -> None:
    """One with time left is there."""
    channel = _queue(asker, "long lived")
    channel.basic_publish("", "long lived", b"lives on", pika.BasicProperties(expiration="600000"))
    none(asker.message("lives on"), "gone_expired")


def test_gone_full(asker: Asker) -> None:
    """The oldest had to go."""
    _queue(asker, "small", "had to go", "came last", **{"x-max-length": 1})
    only(asker.message("had to go"), "gone_full", "'small' was full", "1 message")


def test_nearly_gone_full(asker: Asker) -> None:
    """The newest stays."""
    _queue(asker, "small too", "went", "stays", **{"x-max-length": 1})
    none(asker.message("stays"), "gone_full")


def test_gone_rejected(asker: Asker) -> None:
    """A consumer rejected it, and there is no dead-letter exchange; or there is one in name only."""
    channel = _queue(asker, "fussy", "is not wanted")
    channel.basic_reject(_take(channel, "fussy"), requeue=False)
    settle(channel)
    says = ("'shop' rejected it", "Queue 'fussy' has no dead-letter exchange")
    only(asker.message("is not wanted"), "gone_rejected", *says)
    channel = _queue(asker, "misled", "is lost", **{"x-dead-letter-exchange": "not there"})
    channel.basic_reject(_take(channel, "misled"), requeue=False)
    settle(channel)
    only(asker.message("is lost"), "gone_rejected", "exchange 'not there' did not exist")


def test_nearly_gone_rejected(asker: Asker) -> None:
    """With a dead-letter exchange it goes on."""
    channel = _queue(
        asker, "kind", "goes on", **{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "k2"}
    )
    channel.queue_declare("k2")
    channel.basic_reject(_take(channel, "kind"), requeue=False)
    settle(channel)
    none(asker.message(asker.id_of("goes on") - 1, "kind"), "gone_rejected")


def test_gone_delivery_limit(asker: Asker) -> None:
    """It came back too often, and nobody was to have it then."""
    channel = asker.connect().channel()
    channel.queue_declare(
        "limited", durable=True, arguments={"x-queue-type": "quorum", "x-delivery-limit": 1}
    )
    channel.basic_publish("", "limited", b"is given up")
    for _ in range(2):
        channel.basic_nack(_take(channel, "limited"), requeue=True)
    settle(channel)
    says = ("came back to queue 'limited' more often", "handed over 2 times", "limit is 1")
    only(asker.message("is given up"), "gone_delivery_limit", *says)


def test_nearly_gone_delivery_limit(asker: Asker) -> None:
    """One that was acknowledged the second time is done."""
    channel = asker.connect().channel()
    channel.queue_declare(
        "limited 2", durable=True, arguments={"x-queue-type": "quorum", "x-delivery-limit": 1}
    )
    channel.basic_publish("", "limited 2", b"second chance")
    channel.basic_nack(_take(channel, "limited 2"), requeue=True)
    channel.basic_ack(_take(channel, "limited 2"))
    settle(channel)
    none(asker.message("second chance"), "gone_delivery_limit")


@pytest.mark.parametrize("how", ["deleted", "auto-delete", "exclusive"])
def test_gone_queue_deleted(asker: Asker, how: str) -> None:
    """Its queue went: by a command, with its last consumer, or with its connection."""
    connection = asker.connect()
    channel = connection.channel()
    name = f"goes {how}"
    channel.queue_declare(name, auto_delete=how == "auto-delete", exclusive=how == "exclusive")
    channel.basic_publish("", name, name.encode())
    settle(channel)
    if how == "deleted":
        channel.queue_delete(name)
    elif how == "auto-delete":
        tag = channel.basic_consume(name, lambda *_: None)
        channel.basic_cancel(tag)
    else:
        connection.close()
    why = {
        "deleted": "deleted",
        "auto-delete": "its last consumer left",
        "exclusive": "its connection closed",
    }
    eventually(lambda: asker.message(name))
    only(asker.message(name), "gone_queue_deleted", f"Queue '{name}' was deleted", why[how])


def test_nearly_gone_queue_deleted(asker: Asker) -> None:
    """A deletion that is refused, for the queue is not empty, takes nothing."""
    channel = _queue(asker, "stays", "stays in it")
    with pytest.raises(AMQPError):
        channel.queue_delete("stays", if_empty=True)
    none(asker.message("stays in it"), "gone_queue_deleted")


def test_gone_retention(asker: Asker) -> None:
    """A stream lets its oldest go."""
    channel = asker.connect().channel()
    arguments = {"x-queue-type": "stream", "x-max-length-bytes": 200}
    channel.queue_declare("short stream", durable=True, arguments=arguments)
    channel.basic_publish("", "short stream", b"the first of the stream")
    for _ in range(400):
        channel.basic_publish("", "short stream", b"x" * 1000)
    settle(channel)
    number = asker.id_of("the first of the stream")
    eventually(lambda: "gone_retention" in [each.rule for each in asker.message(number)])
    only(asker.message(number), "gone_retention", "Stream 'short stream' keeps only so much")


def test_nearly_gone_retention(asker: Asker) -> None:
    """One with room keeps it."""
    channel = asker.connect().channel()
    channel.queue_declare("long stream", durable=True, arguments={"x-queue-type": "stream"})
    channel.basic_publish("", "long stream", b"kept in the stream")
    none(asker.message("kept in the stream"), "gone_retention")


def test_gone_purged(asker: Asker) -> None:
    """The queue was purged, or just this one was removed by hand."""
    channel = _queue(asker, "swept", "was swept", "was swept too")
    channel.queue_purge("swept")
    only(asker.message("was swept"), "gone_purged", "Queue 'swept' was purged", "2 messages went")
    _queue(asker, "picked", "was picked", "was not")
    number = asker.id_of("was picked")
    asker.run(lambda client: client.verbs.remove("picked", [number]))
    only(asker.message("was picked"), "gone_purged", "'test' removed it from queue 'picked' by hand")


def test_nearly_gone_purged(asker: Asker) -> None:
    """What somebody holds is not purged; and what came back from the bin is there."""
    channel = _queue(asker, "swept around", "was held")
    _take(channel, "swept around")
    channel.queue_purge("swept around")
    none(asker.message("was held"), "gone_purged")


def test_gone_moved(asker: Asker) -> None:
    """Somebody moved it by hand, and as which message it goes on."""
    channel = _queue(asker, "from", "is moved")
    channel.queue_declare("to")
    number = asker.id_of("is moved")
    asker.run(lambda client: client.verbs.move("from", [number], Destination("to")))
    only(asker.message(number, "from"), "gone_moved", "took it out of queue 'from' by hand", "moved to to")


def test_nearly_gone_moved(asker: Asker) -> None:
    """One that was copied is still there."""
    channel = _queue(asker, "from 2", "is copied")
    channel.queue_declare("to 2")
    number = asker.id_of("is copied")
    asker.run(lambda client: client.verbs.copy("from 2", [number], Destination("to 2")))
    none(asker.message(number, "from 2"), "gone_moved")


def test_accepted_by_hand(asker: Asker) -> None:
    """Somebody accepted it from the window, while another held it."""
    channel = _queue(asker, "forced", "is accepted")
    _take(channel, "forced")
    number = asker.id_of("is accepted")
    asker.run(lambda client: client.verbs.force("forced", [number], Outcome.ACCEPTED))
    only(asker.message(number), "accepted_by_hand", "Somebody accepted it by hand while 'shop'")


def test_nearly_accepted_by_hand(asker: Asker) -> None:
    """One that was rejected by hand was dropped, and it says by hand."""
    channel = _queue(asker, "forced 2", "is rejected")
    _take(channel, "forced 2")
    number = asker.id_of("is rejected")
    asker.run(lambda client: client.verbs.force("forced 2", [number], Outcome.REJECTED))
    only(asker.message(number), "gone_rejected", "Somebody rejected it by hand while 'shop' held it")


def test_gone_restart(tmp_path: Path) -> None:
    """The broker stopped, and it was transient, or its queue not durable; a persistent one is there."""
    with running_broker(tmp_path / "data") as broker:
        asker = Asker(broker)
        channel = asker.connect().channel()
        channel.queue_declare("lasts", durable=True)
        channel.queue_declare("passes")
        channel.basic_publish("", "lasts", b"was transient")
        channel.basic_publish("", "lasts", b"was persistent", pika.BasicProperties(delivery_mode=2))
        channel.basic_publish("", "passes", b"had no queue left", pika.BasicProperties(delivery_mode=2))
        asker.id_of("had no queue left")
        asker.close()
    with running_broker(tmp_path / "data") as broker:
        asker = Asker(broker)
        only(asker.message("was transient"), "gone_restart", "not to survive that", "published as transient")
        only(asker.message("had no queue left"), "gone_restart", "Queue 'passes' is gone")
        none(asker.message("was persistent"), "gone_restart")


def test_nearly_gone_restart(tmp_path: Path) -> None:
    """One that was done before the stop was not lost by it."""
    with running_broker(tmp_path / "data") as broker:
        asker = Asker(broker)
        channel = asker.connect().channel()
        channel.queue_declare("lasts", durable=True)
        channel.basic_publish("", "lasts", b"done before")
        channel.basic_ack(_take(channel, "lasts"))
        asker.id_of("done before")
        asker.close()
    with running_broker(tmp_path / "data") as broker:
        only(Asker(broker).message("done before"), "done")


def test_reasons_outlive_the_broker(tmp_path: Path) -> None:
    """After a restart the ledger tells why a queue was deleted, and which binding was removed."""
    with running_broker(tmp_path / "data") as broker:
        asker = Asker(broker)
        channel = asker.connect().channel()
        channel.queue_declare("brief", auto_delete=True)
        channel.basic_publish("", "brief", b"ends with its queue", pika.BasicProperties(delivery_mode=2))
        channel.basic_cancel(channel.basic_consume("brief", lambda *_: None))
        channel.exchange_declare("lasting", "fanout", durable=True)
        channel.queue_declare("rest", durable=True)
        channel.queue_bind("rest", "lasting")
        channel.queue_unbind("rest", "lasting")
        channel.basic_publish("lasting", "", b"came too late", pika.BasicProperties(delivery_mode=2))
        asker.id_of("came too late")
        asker.close()
    with running_broker(tmp_path / "data") as broker:
        asker = Asker(broker)
        says = "The queue was deleted: its last consumer left"
        only(asker.message("ends with its queue"), "gone_queue_deleted", says)
        only(asker.message("came too late"), "unroutable", "'rest' to 'rest' did fit; it was removed")
