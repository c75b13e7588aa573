"""Single active consumers, and queues with priorities (sections 5 and 7)."""

from typing import Any

from tests.differential.table import Section
from tests.differential.talk import Talk

section = Section("single active consumer")
priority = Section("priority queue")
SINGLE: dict[str, Any] = {"x-single-active-consumer": True}


@section
def first_gets_all(talk: Talk) -> None:
    """The next takes over."""
    one, two = talk.channel(), talk.channel()
    one.queue(arguments=SINGLE)
    one.consume(tag="a")
    two.consume(tag="b")
    for number in range(3):
        one.publish("q", b"%d" % number)
        one.hear()
    one.call("basic.cancel", tag="a")
    one.publish("q", b"4")
    two.hear()
    one.count()


@section
def what_the_first_held_comes_back(talk: Talk) -> None:
    """When its channel ends."""
    one, two, three = talk.channel(), talk.channel(), talk.channel()
    one.queue(arguments=SINGLE)
    one.qos(2)
    one.consume(tag="a")
    two.consume(tag="b")
    for number in range(3):
        one.publish("q", b"%d" % number)
    one.hear(2)
    one.call("channel.close", code=200)
    two.hear(3)
    three.count()


@section
def limited_by_its_credit(talk: Talk) -> None:
    """Nobody helps out."""
    one, two = talk.channel(), talk.channel()
    one.queue(arguments=SINGLE)
    one.qos(1)
    one.consume(tag="a")
    two.consume(tag="b")
    for number in range(3):
        one.publish("q", b"%d" % number)
    one.hear()
    one.count()


@section
def exclusive_consumer(talk: Talk) -> None:
    """Whether both can be had."""
    one = talk.channel()
    one.queue(arguments=SINGLE)
    one.consume(exclusive=True)


@section
def consumer_priorities(talk: Talk) -> None:
    """Whether a higher one takes over."""
    one = talk.channel()
    one.queue(arguments=SINGLE)
    one.consume(tag="low", no_ack=True)
    one.consume(tag="high", no_ack=True, arguments={"x-priority": 10})
    one.publish("q", b"1")
    one.hear()
    one.call("basic.cancel", tag="low")
    one.publish("q", b"2")
    one.hear()


@section
def order_of_succession(talk: Talk) -> None:
    """First come, first served, priorities or not."""
    one = talk.channel()
    one.queue(arguments=SINGLE)
    for tag, priority in (("a", 0), ("b", 0), ("c", 5), ("d", 5)):
        one.consume(tag=tag, no_ack=True, arguments={"x-priority": priority} if priority else {})
    for tag in ("a", "c", "b"):
        one.publish("q", b"before " + tag.encode())
        one.hear()
        one.call("basic.cancel", tag=tag)
    one.publish("q", b"last")
    one.hear()


@priority
def higher_first(talk: Talk) -> None:
    """First in, first out within one priority; above the maximum counts as it."""
    one = talk.channel()
    one.queue(arguments={"x-max-priority": 5})
    for number, level in enumerate((None, 1, 9, 0, 5, 1, 3, 255)):
        one.publish("q", b"%d" % number, **({} if level is None else {"priority": level}))
    one.get_all()


@priority
def requeued_to_their_place(talk: Talk) -> None:
    """Within their priority."""
    one = talk.channel()
    one.queue(arguments={"x-max-priority": 5})
    for number, level in enumerate((1, 5, 1, 5)):
        one.publish("q", b"%d" % number, priority=level)
    one.settle()
    for _ in range(3):
        one.get(no_ack=False)
    one.nack(3)
    one.nack(2)
    one.nack(1)
    one.get_all()


@priority
def without_levels(talk: Talk) -> None:
    """In a queue without them a priority means nothing."""
    one = talk.channel()
    one.queue()
    for number, level in enumerate((1, 5, 3)):
        one.publish("q", b"%d" % number, priority=level)
    one.get_all()


@priority
def maximum_zero(talk: Talk) -> None:
    """One level."""
    one = talk.channel()
    one.queue(arguments={"x-max-priority": 0})
    for number, level in enumerate((1, 5, 3)):
        one.publish("q", b"%d" % number, priority=level)
    one.get_all()


@priority
def purge_and_delete_count_all(talk: Talk) -> None:
    """Over all levels."""
    one = talk.channel()
    one.queue(arguments={"x-max-priority": 5})
    for level in (1, 5, 3):
        one.publish("q", b"", priority=level)
    one.count()
    one.call("queue.purge", queue="q")
    for level in (1, 5):
        one.publish("q", b"", priority=level)
    one.count()
    one.call("queue.delete", queue="q")


@priority
def full(talk: Talk) -> None:
    """What a full queue drops: the lowest first."""
    one = talk.channel()
    one.queue("dead")
    one.queue(arguments={"x-max-priority": 5, "x-max-length": 2, **_to("dead")})
    for number, level in enumerate((1, 5, 3, 0)):
        one.publish("q", b"%d" % number, priority=level)
        one.settle()
    one.get_all()
    one.count_soon(2, "dead")
    one.get_all("dead")


def _to(queue: str) -> dict[str, Any]:
    return {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": queue}
