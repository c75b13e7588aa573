"""Queues that grow, are full or go round in circles; exchanges that lead nowhere; publishers that wait."""

import socket
from pathlib import Path

from pika.adapters.blocking_connection import BlockingChannel

from tests.support.broker import running_broker
from tests.support.pika_client import settle, wait_until
from tests.support.reasons import Asker, none, one, only
from tests.support.waiting import eventually


def _queue(asker: Asker, name: str, count: int = 0, **arguments: object) -> BlockingChannel:
    channel = asker.connect("shop").channel()
    channel.queue_declare(name, arguments=arguments)
    for _ in range(count):
        channel.basic_publish("", name, b"x")
    settle(channel)
    return channel


def _consume(asker: Asker, queue: str, tag: str, prefetch: int = 0) -> BlockingChannel:
    """A consumer that acknowledges nothing."""
    channel = asker.connect(f"client of {tag}").channel()
    channel.basic_qos(prefetch_count=prefetch)
    channel.basic_consume(queue, lambda *_: None, consumer_tag=tag)
    settle(channel)
    return channel


def test_queue_full(asker: Asker) -> None:
    """At its limit: what becomes of what is too much."""
    _queue(asker, "full", 3, **{"x-max-length": 2})
    one(
        asker.queue("full"), "queue_full", "pushes out the oldest", "may hold 2 messages", "1 message left it"
    )
    _queue(asker, "full too", 2, **{"x-max-length": 2, "x-overflow": "reject-publish"})
    one(asker.queue("full too"), "queue_full", "publishers are refused", "reject-publish")


def test_nearly_queue_full(asker: Asker) -> None:
    """One below it is not full."""
    _queue(asker, "nearly full", 1, **{"x-max-length": 2})
    none(asker.queue("nearly full"), "queue_full")


def test_consumers_without_prefetch(asker: Asker) -> None:
    """One got all there was, the other none."""
    _queue(asker, "grabbed", 150)
    _consume(asker, "grabbed", "greedy")
    _consume(asker, "grabbed", "late")
    found = asker.queue("grabbed")
    says = (
        "'client of greedy · greedy' has no prefetch",
        "holds 150 messages",
        "'client of late · late' got none",
    )
    one(found, "consumers_without_prefetch", *says)


def test_nearly_consumers_without_prefetch(asker: Asker) -> None:
    """With a prefetch they share."""
    _queue(asker, "shared", 150)
    _consume(asker, "shared", "one", prefetch=20)
    _consume(asker, "shared", "two", prefetch=20)
    none(asker.queue("shared"), "consumers_without_prefetch")


def test_redelivery_loop(asker: Asker) -> None:
    """A message that is given back each time; those behind it wait because of it."""
    channel = _queue(asker, "poisoned", 1)
    channel.basic_publish("", "poisoned", b"behind the poison")
    channel.basic_qos(prefetch_count=1)
    for _ in range(25):
        method = eventually(lambda: channel.basic_get("poisoned")[0])
        channel.basic_nack(method.delivery_tag, requeue=True)
    settle(channel)
    says = ("handed over 25 times", "no delivery limit")
    one(asker.queue("poisoned"), "redelivery_loop", *says)
    found = asker.message("behind the poison")
    one(found, "redelivery_loop", *says)
    none(found, "behind_others")


def test_nearly_redelivery_loop(asker: Asker) -> None:
    """One that came back twice is just unlucky."""
    channel = _queue(asker, "unlucky", 1)
    for _ in range(2):
        method = eventually(lambda: channel.basic_get("unlucky")[0])
        channel.basic_nack(method.delivery_tag, requeue=True)
    settle(channel)
    none(asker.queue("unlucky"), "redelivery_loop")


def test_unacked_grow(asker: Asker) -> None:
    """A consumer that takes and takes, and acknowledges none."""
    publisher = _queue(asker, "forgotten")
    consumer = _consume(asker, "forgotten", "forgetful")

    def is_told() -> bool:
        for _ in range(5):
            publisher.basic_publish("", "forgotten", b"x")
        settle(publisher)
        consumer.connection.process_data_events(time_limit=0)
        return "unacked_grow" in [each.rule for each in asker.queue("forgotten")]

    eventually(is_told)
    found = asker.queue("forgotten")
    says = ("'client of forgetful · forgetful' holds", "acknowledges none", "has no prefetch")
    one(found, "unacked_grow", *says)
    none(found, "consumers_without_prefetch")


def test_nearly_unacked_grow(asker: Asker) -> None:
    """One that holds as many, and has acknowledged some, is just slow."""
    _queue(asker, "late acks", 150)
    consumer = asker.connect("slow").channel()
    got: list[int] = []
    consumer.basic_consume("late acks", lambda _, method, *__: got.append(method.delivery_tag))
    wait_until(consumer, lambda: len(got) == 150)
    consumer.basic_ack(got[20], multiple=True)
    settle(consumer)
    none(asker.queue("late acks"), "unacked_grow")


def test_queue_grows(asker: Asker) -> None:
    """More comes than goes, for a while."""
    publisher = _queue(asker, "growing")
    consumer = asker.connect("slow").channel()
    _pace(asker, publisher, consumer)
    found = asker.queue("growing")
    one(found, "queue_grows", "Queue 'growing' grows", "more than", "1 consumer: start more")


def _pace(asker: Asker, publisher: BlockingChannel, consumer: BlockingChannel) -> None:
    """Publish faster than is acknowledged, until the queue is told to grow."""
    held: list[int] = []
    consumer.basic_consume(
        "growing", lambda _, method, *__: held.append(method.delivery_tag), consumer_tag="c2"
    )

    def is_told() -> bool:
        for _ in range(40):
            publisher.basic_publish("", "growing", b"x")
        settle(publisher)
        consumer.connection.process_data_events(time_limit=0)
        if held:
            consumer.basic_ack(held.pop(0))
        return "queue_grows" in [each.rule for each in asker.queue("growing")]

    eventually(is_told)


def test_nearly_queue_grows(asker: Asker) -> None:
    """A burst is no growth."""
    _queue(asker, "burst", 300)
    _consume(asker, "burst", "c1", prefetch=1)
    none(asker.queue("burst"), "queue_grows")


def test_exchange_no_bindings(asker: Asker) -> None:
    """What is published there is lost, all of it."""
    channel = asker.connect("shop").channel()
    channel.exchange_declare("to nobody")
    channel.basic_publish("to nobody", "k", b"x")
    settle(channel)
    found = eventually(lambda: [e for e in asker.problems() if e.subject.name == "to nobody"])
    only(found, "exchange_no_bindings", "has no bindings", "1 message came to it", "'shop' published there")


def test_nearly_exchange_no_bindings(asker: Asker) -> None:
    """One that was never used, and one that hands on to an alternate, lose nothing."""
    channel = asker.connect().channel()
    channel.exchange_declare("unused")
    channel.queue_declare("rest")
    channel.exchange_declare("catch all", "fanout")
    channel.queue_bind("rest", "catch all")
    channel.exchange_declare("caught", arguments={"alternate-exchange": "catch all"})
    channel.basic_publish("caught", "k", b"is caught")
    asker.id_of("is caught")
    names = [each.subject.name for each in asker.problems()]
    assert "unused" not in names
    assert "caught" not in names


def test_exchange_unroutable(asker: Asker) -> None:
    """Some of what is published there matches nothing."""
    channel = asker.connect("shop").channel()
    channel.exchange_declare("half", "direct")
    channel.queue_declare("half the rest")
    channel.queue_bind("half the rest", "half", "good")
    for key in ("good", "goood", "bad"):
        channel.basic_publish("half", key, b"x")
    settle(channel)
    found = eventually(lambda: [each for each in asker.problems() if each.subject.name == "half"])
    says = (
        "2 messages published to exchange 'half'",
        "'shop' (2 of 3)",
        "The latest with routing key 'goood' is #",
        "'good' to 'half the rest' is one character off",
    )
    only(found, "exchange_unroutable", *says)


def test_nearly_exchange_unroutable(asker: Asker) -> None:
    """Where all match nothing is wrong."""
    channel = asker.connect("shop").channel()
    channel.exchange_declare("good only", "direct")
    channel.queue_declare("good rest")
    channel.queue_bind("good rest", "good only", "good")
    channel.basic_publish("good only", "good", b"all is good")
    asker.id_of("all is good")
    assert "good only" not in [each.subject.name for each in asker.problems()]


def test_disk_low(tmp_path: Path) -> None:
    """Publishers wait for room on the disk; that each of them is blocked is a symptom."""
    with running_broker(tmp_path / "data", "--disk-low", "900T") as broker:
        asker = Asker(broker)
        channel = asker.connect("shop").channel()
        channel.queue_declare("stuck")
        channel.basic_publish("", "stuck", b"x")
        channel.connection.process_data_events(time_limit=0)
        eventually(lambda: [each for each in asker.problems() if each.rule == "disk_low"])
        found = asker.problems()
        one(found, "disk_low", "the disk of the profile is nearly full")
        none(found, "publisher_blocked")
        none(found, "memory_full")
        channel.connection._impl._transport._sock.shutdown(socket.SHUT_RDWR)  # nobody reads its goodbye
        asker.close()


def test_nearly_disk_low(asker: Asker) -> None:
    """A broker that keeps nothing on disk does not mind."""
    found = asker.problems()
    none(found, "disk_low")
    none(found, "publisher_blocked")
