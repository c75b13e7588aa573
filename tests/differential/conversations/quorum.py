"""Quorum queues: what is different there (section 8.2)."""

from typing import Any

from tests.differential.chan import Chan
from tests.differential.table import Section
from tests.differential.talk import Talk

section = Section("quorum")


def _queue(talk: Talk, **more: Any) -> Chan:
    one = talk.channel()
    rest = {name.replace("_", "-"): value for name, value in more.items()}
    one.queue(durable=True, arguments={"x-queue-type": "quorum", **rest})
    return one


def _fill(one: Chan, count: int) -> None:
    one.confirm()
    for number in range(count):
        one.publish("q", b"%d" % number)
        one.answer()


@section
def publish_get_ack(talk: Talk) -> None:
    """The everyday."""
    one = _queue(talk)
    _fill(one, 2)
    one.get_soon(no_ack=False)
    one.ack(1)
    one.get_soon(no_ack=True)
    one.get()


@section
def delivery_counts(talk: Talk) -> None:
    """A header says how often it came back."""
    one = _queue(talk)
    one.confirm()
    one.publish("q", b"1", headers={"a": 1})
    one.hear()
    for tag in (1, 2, 3):
        one.get_soon(no_ack=False)
        one.nack(tag)
    one.get_soon(no_ack=False)


@section
def delivery_counts_of_a_publisher(talk: Talk) -> None:
    """A header of that name which a publisher made up."""
    one = _queue(talk)
    one.publish("q", b"1", headers={"x-delivery-count": 7})
    one.get_soon(no_ack=False)
    one.nack(1)
    one.get_soon(no_ack=False)


@section
def delivery_counts_of_a_consumer(talk: Talk) -> None:
    """The same for deliveries."""
    one = _queue(talk)
    _fill(one, 1)
    one.qos(1)
    one.consume()
    one.hear()
    one.reject(1, requeue=True)
    one.hear()
    one.ack(2)


@section
def delivery_limit_without_dead_letters(talk: Talk) -> None:
    """Gone after one delivery more than the limit."""
    one = _queue(talk, x_delivery_limit=2)
    _fill(one, 1)
    for tag in (1, 2, 3):
        one.get_soon(no_ack=False)
        one.nack(tag)
    one.count_soon(0, consumers=0)


@section
def counts_as_ready(talk: Talk) -> None:
    """What declare-ok says while some are in flight."""
    one = _queue(talk)
    _fill(one, 3)
    one.get_soon(no_ack=False)
    one.count_soon(2)


@section
def shared_prefetch(talk: Talk) -> None:
    """Not supported."""
    one = _queue(talk)
    one.qos(5, shared=True)
    one.consume()


@section
def exclusive_consumer(talk: Talk) -> None:
    """Taken; nobody else then."""
    one = _queue(talk)
    one.consume(tag="a", exclusive=True)
    one.consume(tag="b")


@section
def consumer_priority(talk: Talk) -> None:
    """The higher first."""
    one = _queue(talk)
    one.consume(tag="low", no_ack=True)
    one.consume(tag="high", no_ack=True, arguments={"x-priority": 5})
    for number in range(2):
        one.publish("q", b"%d" % number)
        one.hear()


@section
def single_active_consumer(talk: Talk) -> None:
    """Takes over."""
    one = _queue(talk, x_single_active_consumer=True)
    two = talk.channel()
    one.consume(tag="a", no_ack=True)
    two.consume(tag="b", no_ack=True)
    one.publish("q", b"1")
    one.hear()
    one.call("basic.cancel", tag="a")
    one.publish("q", b"2")
    two.hear()


@section
def purge(talk: Talk) -> None:
    """Ready ones."""
    one = _queue(talk)
    _fill(one, 3)
    one.get_soon(no_ack=False)
    one.call("queue.purge", queue="q")
    one.nack(1)
    one.count_soon(1, consumers=0)


@section.cases(
    ("if_empty", {"if_empty": True}),
    ("if_unused", {"if_unused": True}),
    ("plain", {}),
)
def delete(talk: Talk, values: dict[str, bool]) -> None:
    """With conditions."""
    one = _queue(talk)
    _fill(one, 1)
    one.consume("q", "t")
    one.hear()
    two = talk.channel()
    two.call("queue.delete", queue="q", **values)


@section
def max_length(talk: Talk) -> None:
    """Drop-head, with dead letters."""
    one = talk.channel()
    one.queue("dead")
    arguments = {"x-max-length": 2, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}
    one.queue(durable=True, arguments={"x-queue-type": "quorum", **arguments})
    _fill(one, 4)
    one.count_soon(2, "dead")
    one.get_all("dead")
    one.count_soon(2, consumers=0)


@section
def rejected(talk: Talk) -> None:
    """Dead letters of a quorum queue."""
    one = talk.channel()
    one.queue("dead")
    arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}
    one.queue(durable=True, arguments={"x-queue-type": "quorum", **arguments})
    one.publish("q", b"1", headers={"a": 1}, expiration="60000")
    one.get_soon(no_ack=False)
    one.reject(1)
    one.get_soon("dead")


@section.cases(("argument", {"x_message_ttl": 30}, {}), ("property", {}, {"expiration": "30"}))
def time_to_live(talk: Talk, arguments: dict[str, Any], properties: dict[str, Any]) -> None:
    """As on classic queues."""
    one = _queue(talk, **arguments)
    one.publish("q", b"1", **properties)
    one.count_soon(0, consumers=0)


@section
def requeued_order(talk: Talk) -> None:
    """Requeued messages come again; in which order is told."""
    one = _queue(talk)
    _fill(one, 4)
    for _ in range(3):
        one.get_soon(no_ack=False)
    for tag in (2, 1, 3):
        one.nack(tag)
    one.count_soon(4, consumers=0)
    for _ in range(4):
        one.send("basic.get", queue="q", no_ack=True)
        talk.say(str(one.answer().body))


@section
def recovering(talk: Talk) -> None:
    """recover-ok and the messages again."""
    one = _queue(talk)
    _fill(one, 2)
    one.get_soon(no_ack=False)
    one.get_soon(no_ack=False)
    one.call("basic.recover", requeue=True)
    one.count_soon(2, consumers=0)
    one.get_soon()
    one.get_soon()


@section
def server_named(talk: Talk) -> None:
    """A name of the broker's, if any."""
    one = talk.channel()
    one.queue("", durable=True, arguments={"x-queue-type": "quorum"})


@section
def confirms(talk: Talk) -> None:
    """Each exactly once."""
    one = _queue(talk)
    one.confirm()
    for _ in range(20):
        one.publish("q", b"x")
    one.confirms(20)


@section
def refused_when_full(talk: Talk) -> None:
    """reject-publish; how soon a queue is full is not exact, how it refuses is."""
    one = _queue(talk, x_max_length=1, x_overflow="reject-publish")
    one.confirm()
    answers = []
    for _ in range(20):
        one.publish("q", b"x")
        answers.append(one.answer().name)
        if answers[-1] == "basic.nack":
            break
    talk.say(answers[-1])


@section
def transactions(talk: Talk) -> None:
    """As on classic queues."""
    one, two = _queue(talk), talk.channel()
    one.call("tx.select")
    one.publish("q", b"1")
    one.call("tx.commit")
    two.count_soon(1)
