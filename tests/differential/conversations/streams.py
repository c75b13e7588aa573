"""Streams over AMQP 0-9-1 (section 8.3)."""

from typing import Any

from tests.differential.chan import Chan
from tests.differential.fields import Typed
from tests.differential.table import Section
from tests.differential.talk import Talk

section = Section("streams")


def _stream(talk: Talk, count: int = 0, **more: Any) -> Chan:
    one = talk.channel()
    rest = {name.replace("_", "-"): value for name, value in more.items()}
    one.queue(durable=True, arguments={"x-queue-type": "stream", **rest})
    one.confirm()
    for number in range(count):
        one.publish("q", b"%d" % number)
        one.answer()
    return one


@section.cases(
    ("first", "first", 3),
    ("number", 1, 2),
    ("number as long", Typed("l", 2), 1),
    ("far back", "1h", 3),
    ("timestamp of old", Typed("T", 1_000_000_000), 3),
)
def reading_from(talk: Talk, offset: Any, count: int) -> None:
    """Where a consumer begins."""
    one = _stream(talk, 3)
    one.qos(10)
    one.consume(arguments={"x-stream-offset": offset})
    one.hear(count)


@section.cases(("absent", {}), ("next", {"x-stream-offset": "next"}), ("beyond", {"x-stream-offset": 100}))
def reading_what_comes(talk: Talk, arguments: dict[str, Any]) -> None:
    """Only what is published from now on."""
    one = _stream(talk, 2)
    one.qos(10)
    one.consume(arguments=arguments)
    one.publish("q", b"new")
    if arguments.get("x-stream-offset") == 100:
        one.answer()
        return
    for text in sorted(one.answer().text() for _ in range(2)):
        talk.say(text)


@section.cases(
    ("nonsense", "nonsense"), ("bool", True), ("empty", ""), ("negative", -1), ("float", 1.5), ("list", [])
)
def offset_of_another_kind(talk: Talk, offset: Any) -> None:
    """Refused."""
    one = _stream(talk, 1)
    one.qos(10)
    one.consume(arguments={"x-stream-offset": offset})


@section
def read_again(talk: Talk) -> None:
    """Acknowledged messages stay."""
    one = _stream(talk, 2)
    two = talk.channel()
    for chan, tag in ((one, "a"), (two, "b")):
        chan.qos(10)
        chan.consume(tag=tag, arguments={"x-stream-offset": "first"})
        chan.hear(2)
        chan.ack(0, multiple=True)


@section
def credit(talk: Talk) -> None:
    """Acknowledging makes room for more."""
    one = _stream(talk, 4)
    one.qos(2)
    one.consume(arguments={"x-stream-offset": "first"})
    one.hear(2)
    one.ack(1)
    one.hear()
    one.ack(3, multiple=True)
    one.hear()


@section
def nack_is_credit(talk: Talk) -> None:
    """Requeueing has no meaning there."""
    one = _stream(talk, 2)
    one.qos(1)
    one.consume(arguments={"x-stream-offset": "first"})
    one.hear()
    one.nack(1)
    one.hear()
    one.reject(2)
    one.publish("q", b"last")
    for text in sorted(one.answer().text() for _ in range(2)):
        talk.say(text)


@section
def without_prefetch(talk: Talk) -> None:
    """Refused."""
    _stream(talk).consume()


@section
def without_acknowledgement(talk: Talk) -> None:
    """Refused."""
    one = _stream(talk)
    one.qos(1)
    one.consume(no_ack=True)


@section
def shared_prefetch(talk: Talk) -> None:
    """Refused, or not."""
    one = _stream(talk)
    one.qos(5, shared=True)
    one.consume()


@section
def exclusive_consumer(talk: Talk) -> None:
    """Taken, or not."""
    one = _stream(talk)
    one.qos(1)
    one.consume(exclusive=True)


@section.cases(("get", "basic.get"), ("purge", "queue.purge"))
def not_a_queue(talk: Talk, method: str) -> None:
    """Not implemented."""
    _stream(talk, 1).call(method, queue="q")


@section
def delete(talk: Talk) -> None:
    """As any."""
    one = _stream(talk, 2)
    one.call("queue.delete", queue="q")


@section
def properties(talk: Talk) -> None:
    """What comes back of a message with headers."""
    one = _stream(talk)
    headers = {"z": 1, "a": "text", "l": 2**40, "t": True}
    one.publish("q", b"1", headers=headers, content_type="text/plain", message_id="m", delivery_mode=2)
    one.answer()
    one.qos(1)
    one.consume(arguments={"x-stream-offset": "first"})
    one.hear()


@section
def same_tag(talk: Talk) -> None:
    """Cancelled, it is free again."""
    one = _stream(talk, 1)
    one.qos(1)
    one.consume(arguments={"x-stream-offset": "first"})
    one.hear()
    one.call("basic.cancel", tag="t")
    one.consume(arguments={"x-stream-offset": "first"})
    one.hear()


@section
def offset_on_a_classic_queue(talk: Talk) -> None:
    """Refused."""
    one = talk.channel()
    one.queue()
    one.consume(arguments={"x-stream-offset": "first"})
