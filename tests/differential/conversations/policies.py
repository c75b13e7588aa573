"""Policies and operator policies, put by the management API (section 9.8); the firehose (9.7)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.differential.conversations.publishing import ALL_PROPERTIES
from tests.differential.table import Section
from tests.differential.talk import Talk

section = Section("policies")
firehose = Section("firehose")


@contextmanager
def _policy(talk: Talk, definition: dict[str, Any], *, name: str = "p", **more: Any) -> Iterator[None]:
    """A policy for queues and exchanges whose names begin with q or x."""
    kind = more.pop("kind", "policies")
    body = {"pattern": "^[qx]", "definition": definition, "apply-to": "all", "priority": 0} | more
    talk.ask("PUT", f"{kind}/%2F/{name}", body)
    try:
        yield
    finally:
        talk.ask("DELETE", f"{kind}/%2F/{name}", quiet=True)


@section
def message_ttl(talk: Talk) -> None:
    """Of messages to come."""
    one = talk.channel()
    one.queue()
    with _policy(talk, {"message-ttl": 20}):
        talk.wait_ms(150)
        one.publish("q", b"after")
        one.settle()
        one.count_soon(0)


@section
def message_ttl_of_what_is_there(talk: Talk) -> None:
    """It had none when it came."""
    one = talk.channel()
    one.queue()
    one.publish("q", b"before")
    one.settle()
    with _policy(talk, {"message-ttl": 20}):
        talk.wait_ms(100)
        one.count()


@section
def max_length(talk: Talk) -> None:
    """The oldest go as soon as it is put."""
    one = talk.channel()
    one.queue()
    for number in range(4):
        one.publish("q", b"%d" % number)
    one.settle()
    with _policy(talk, {"max-length": 2}):
        one.count_soon(2)
        one.get_all()


@section
def max_length_and_overflow(talk: Talk) -> None:
    """Refusing."""
    one = talk.channel()
    one.queue()
    with _policy(talk, {"max-length": 1, "overflow": "reject-publish"}):
        talk.wait_ms(150)
        one.confirm()
        one.publish("q", b"1")
        one.hear()
        one.publish("q", b"2")
        one.hear()


@section.cases(("argument lower", 1, 3, 1), ("policy lower", 3, 1, 1), ("argument only", 2, None, 2))
def lowest_number(talk: Talk, argument: int, policy: int | None, most: int) -> None:
    """Of argument and policy the lower counts."""
    one = talk.channel()
    one.queue(arguments={"x-max-length": argument})
    with _policy(talk, {"max-length": policy} if policy else {"max-length-bytes": 1000}):
        talk.wait_ms(150)
        for number in range(5):
            one.publish("q", b"%d" % number)
        one.settle()
        one.count_soon(most)


@section
def dead_letters(talk: Talk) -> None:
    """The exchange and key of a policy."""
    one = talk.channel()
    one.queue("dead")
    one.queue()
    with _policy(talk, {"dead-letter-exchange": "", "dead-letter-routing-key": "dead"}):
        talk.wait_ms(150)
        one.publish("q", b"1")
        one.get_soon(no_ack=False)
        one.reject(1)
        one.get_soon("dead")


@section
def dead_letters_of_the_argument(talk: Talk) -> None:
    """Win over the policy's."""
    one = talk.channel()
    one.queue("dead")
    one.queue("other")
    one.queue(arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"})
    with _policy(talk, {"dead-letter-exchange": "", "dead-letter-routing-key": "other"}):
        talk.wait_ms(150)
        one.publish("q", b"1")
        one.get_soon(no_ack=False)
        one.reject(1)
        one.get_soon("dead")
        one.count("other")


@section
def expires(talk: Talk) -> None:
    """A queue that nobody uses."""
    one = talk.channel()
    one.queue()
    with _policy(talk, {"expires": 100}):
        one.gone_soon()


@section
def alternate_exchange(talk: Talk) -> None:
    """Of exchanges."""
    one = talk.channel()
    one.exchange("x", "direct")
    one.exchange("ae", "fanout")
    one.queue("a")
    one.bind("a", "ae")
    with _policy(talk, {"alternate-exchange": "ae"}):
        talk.wait_ms(150)
        one.publish("none", b"1", "x", mandatory=True)
        one.get_soon("a")
    talk.wait_ms(150)
    one.publish("none", b"2", "x", mandatory=True)
    one.hear()


@section
def the_highest_priority_counts(talk: Talk) -> None:
    """One policy for each queue."""
    one = talk.channel()
    one.queue()
    with _policy(talk, {"max-length": 5}, name="low", priority=1):
        with _policy(talk, {"max-length": 2}, name="high", priority=2):
            talk.wait_ms(150)
            for number in range(8):
                one.publish("q", b"%d" % number)
            one.settle()
            one.count_soon(2)
        talk.wait_ms(150)
        for number in range(8):
            one.publish("q", b"%d" % number)
        one.settle()
        one.count_soon(5)


@section
def operator_policy(talk: Talk) -> None:
    """The lower number of both."""
    one = talk.channel()
    one.queue()
    with (
        _policy(talk, {"max-length": 5}),
        _policy(talk, {"max-length": 2}, kind="operator-policies", **{"apply-to": "queues"}),
    ):
        talk.wait_ms(150)
        for number in range(8):
            one.publish("q", b"%d" % number)
        one.settle()
        one.count_soon(2)


@section
def without_a_match(talk: Talk) -> None:
    """Other names are not touched."""
    one = talk.channel()
    one.queue("other")
    with _policy(talk, {"max-length": 1}):
        talk.wait_ms(150)
        for number in range(3):
            one.publish("other", b"%d" % number)
        one.count_soon(3, "other")


@section
def declaring_again_under_a_policy(talk: Talk) -> None:
    """Policies are no arguments."""
    one = talk.channel()
    with _policy(talk, {"max-length": 1, "message-ttl": 60_000}):
        one.queue()
        one.queue()
        one.queue(arguments={"x-max-length": 1})


@firehose
def what_is_published_and_delivered(talk: Talk) -> None:
    """Copies of both, with everything about them in their headers."""
    one, trace = talk.channel(), talk.connect().channel()
    one.exchange("x", "direct")
    one.queue()
    one.bind("q", "x", "k")
    trace.queue("trace")
    trace.bind("trace", "amq.rabbitmq.trace", "publish.x")
    trace.bind("trace", "amq.rabbitmq.trace", "deliver.q")
    trace.consume("trace", no_ack=True)
    talk.ask("PUT", "vhosts/%2F", {"tracing": True})
    try:
        talk.wait_ms(150)
        one.publish("k", b"1", "x", **ALL_PROPERTIES)
        one.get_soon(no_ack=False)
        one.nack(1)
        one.get_soon()
        for text in sorted(trace.answer().text() for _ in range(3)):
            talk.say(text)
    finally:
        talk.ask("PUT", "vhosts/%2F", {"tracing": False})
