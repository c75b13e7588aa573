"""Time to live, queues that expire, lengths (sections 5 and 0.11)."""

from typing import Any

from tests.differential.table import Section
from tests.differential.talk import Talk

section = Section("time to live")
expiry = Section("expiring queues")
length = Section("lengths")


@section.cases(("argument", {"x-message-ttl": 30}, {}), ("property", {}, {"expiration": "30"}))
def gone_by(talk: Talk, arguments: dict[str, Any], properties: dict[str, Any]) -> None:
    """Gone after its time."""
    one = talk.channel()
    one.queue(arguments=arguments)
    one.publish("q", b"1", **properties)
    one.settle()
    one.count_soon(0)
    one.get()


@section.cases(
    ("argument shorter", {"x-message-ttl": 30}, {"expiration": "60000"}),
    ("property shorter", {"x-message-ttl": 60_000}, {"expiration": "30"}),
)
def the_shorter_counts(talk: Talk, arguments: dict[str, Any], properties: dict[str, Any]) -> None:
    """Of the queue's and the message's."""
    one = talk.channel()
    one.queue(arguments=arguments)
    one.publish("q", b"1", **properties)
    one.settle()
    one.count_soon(0)


@section
def only_from_the_head(talk: Talk) -> None:
    """Behind one that lives long it still counts; it is never delivered."""
    one = talk.channel()
    one.queue()
    one.publish("q", b"long", expiration="60000")
    one.publish("q", b"short", expiration="20")
    one.publish("q", b"last")
    talk.wait_ms(60)
    one.count()
    one.get_all()


@section.cases(("argument", {"x-message-ttl": 0}, {}), ("property", {}, {"expiration": "0"}))
def zero(talk: Talk, arguments: dict[str, Any], properties: dict[str, Any]) -> None:
    """Only a consumer that is ready gets it."""
    one = talk.channel()
    one.queue(arguments=arguments)
    one.publish("q", b"nobody", **properties)
    one.count()
    one.qos(1)
    one.consume()
    one.publish("q", b"somebody", **properties)
    one.hear()
    one.publish("q", b"no room", **properties)
    one.settle()
    one.ack(1)
    one.count()


@section
def zero_and_mandatory(talk: Talk) -> None:
    """It was routed: not returned, but confirmed."""
    one = talk.channel()
    one.queue(arguments={"x-message-ttl": 0})
    one.confirm()
    one.publish("q", b"1", mandatory=True)
    one.hear()
    one.count()


@section
def requeued_keeps_its_time(talk: Talk) -> None:
    """What comes back too late is gone."""
    one = talk.channel()
    one.queue(arguments={"x-message-ttl": 250})
    one.publish("q", b"1")
    one.get_soon(no_ack=False)
    talk.wait_ms(350)
    one.nack(1)
    one.count_soon(0)
    one.get()


@section
def in_flight_does_not_expire(talk: Talk) -> None:
    """It can be acknowledged late."""
    one = talk.channel()
    one.queue(arguments={"x-message-ttl": 250})
    one.publish("q", b"1")
    one.get_soon(no_ack=False)
    talk.wait_ms(350)
    one.ack(1)
    one.count()


@expiry
def unused(talk: Talk) -> None:
    """It goes."""
    one = talk.channel()
    one.queue(arguments={"x-expires": 150})
    one.publish("q", b"1")
    talk.channel().gone_soon()


@expiry
def with_a_consumer(talk: Talk) -> None:
    """It stays until after the consumer has gone."""
    one = talk.channel()
    one.queue(arguments={"x-expires": 300})
    one.consume()
    talk.wait_ms(450)
    one.count()
    one.call("basic.cancel", tag="t")
    talk.channel().gone_soon()


@expiry
def without_dead_letters(talk: Talk) -> None:
    """What was in it is not dead-lettered."""
    one = talk.channel()
    one.queue("dead")
    one.queue(arguments={"x-expires": 50, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"})
    one.publish("q", b"1")
    talk.channel().gone_soon()
    one.count("dead")


@length
def oldest_go(talk: Talk) -> None:
    """Drop-head."""
    one = talk.channel()
    one.queue(arguments={"x-max-length": 2})
    for number in range(4):
        one.publish("q", b"%d" % number)
    one.get_all()


@length
def bytes_count(talk: Talk) -> None:
    """Bodies only."""
    one = talk.channel()
    one.queue(arguments={"x-max-length-bytes": 10})
    one.publish("q", b"12345", headers={"big": "x" * 100})
    one.publish("q", b"12345")
    one.count()
    one.publish("q", b"1")
    one.get_all()


@length
def larger_than_the_queue(talk: Talk) -> None:
    """A message that alone is too large."""
    one = talk.channel()
    one.queue(arguments={"x-max-length-bytes": 3})
    one.publish("q", b"1")
    one.publish("q", b"12345")
    one.count()
    one.publish("q", b"2")
    one.get_all()


@length
def both_limits(talk: Talk) -> None:
    """Whichever is reached first."""
    one = talk.channel()
    one.queue(arguments={"x-max-length": 3, "x-max-length-bytes": 10})
    for body in (b"12345678", b"1", b"2", b"3", b"4"):
        one.publish("q", body)
    one.get_all()


@length
def in_flight_does_not_count(talk: Talk) -> None:
    """Only what is ready does; what comes back pushes out."""
    one = talk.channel()
    one.queue(arguments={"x-max-length": 2})
    for number in range(2):
        one.publish("q", b"%d" % number)
    one.settle()
    one.get(no_ack=False)
    one.get(no_ack=False)
    for number in range(2, 4):
        one.publish("q", b"%d" % number)
    one.count()
    one.nack(2, multiple=True)
    one.get_all()


@length
def in_flight_and_reject_publish(talk: Talk) -> None:
    """Room is what is not ready."""
    one = talk.channel()
    one.queue(arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
    one.confirm()
    one.publish("q", b"1")
    one.hear()
    one.get(no_ack=False)
    one.publish("q", b"2")
    one.hear()
    one.nack(1)
    one.count()
    one.publish("q", b"3")
    one.hear()
    one.get_all()


@length
def zero_with_a_consumer(talk: Talk) -> None:
    """Whether a ready consumer gets it."""
    one = talk.channel()
    one.queue(arguments={"x-max-length": 0})
    one.consume(no_ack=True)
    one.publish("q", b"1")
    one.hear()


@length
def zero_with_a_consumer_and_reject_publish(talk: Talk) -> None:
    """Whether a ready consumer gets it."""
    one = talk.channel()
    one.queue(arguments={"x-max-length": 0, "x-overflow": "reject-publish"})
    one.consume(no_ack=True)
    one.confirm()
    one.publish("q", b"1")
    one.hear()
    one.count()
