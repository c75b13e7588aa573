"""Messages that are dead letters, and queues that make them."""

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.support.reasons import Asker, none, one, only
from tests.support.waiting import eventually


def _queue(channel: BlockingChannel, name: str, **arguments: object) -> None:
    """A queue whose dead letters go to NAME.dlq."""
    channel.queue_declare(f"{name}.dlq")
    dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": f"{name}.dlq"}
    channel.queue_declare(name, arguments={**dead, **arguments})


def _died(asker: Asker, name: str, count: int = 1) -> None:
    """Wait until so many dead letters have come."""
    channel = asker.connect().channel()
    eventually(lambda: channel.queue_declare(f"{name}.dlq", passive=True).method.message_count >= count)


def _take(channel: BlockingChannel, queue: str) -> int:
    tag: int = eventually(lambda: channel.basic_get(queue)[0]).delivery_tag
    return tag


def test_dead_lettered_rejected(asker: Asker) -> None:
    """Who rejected it, where; of the message as it was, and as it is now."""
    channel = asker.connect("worker").channel()
    _queue(channel, "rejects")
    channel.basic_publish("", "rejects", b"is rejected")
    channel.basic_reject(_take(channel, "rejects"), requeue=False)
    _died(asker, "rejects")
    for queue in ("rejects", "rejects.dlq"):
        number = asker.id_of("is rejected") if queue.endswith("dlq") else asker.id_of("is rejected") - 1
        found = one(
            asker.message(number, queue), "dead_lettered_rejected", "'worker' rejected it", "'rejects'"
        )
        assert found.verb == "requeue"


def test_nearly_dead_lettered_rejected(asker: Asker) -> None:
    """One that is rejected to be put back is no dead letter."""
    channel = asker.connect().channel()
    _queue(channel, "requeues")
    channel.basic_publish("", "requeues", b"is put back")
    channel.basic_reject(_take(channel, "requeues"), requeue=True)
    none(asker.message("is put back"), "dead_lettered_rejected")


@pytest.mark.parametrize("whose", ["its own", "the queue's"])
def test_dead_lettered_expired(asker: Asker, whose: str) -> None:
    """Whose time to live it was: the message's, or the queue's."""
    channel = asker.connect().channel()
    name = f"expires by {whose}"
    own = pika.BasicProperties(expiration="1") if whose == "its own" else None
    _queue(channel, name, **({} if own else {"x-message-ttl": 1}))
    channel.basic_publish("", name, name.encode(), own)
    _died(asker, name)
    says = "Its publisher gave it" if own else "The queue gives messages 1 ms, by its arguments"
    one(asker.message(name, f"{name}.dlq"), "dead_lettered_expired", f"waited in queue '{name}'", says)


def test_nearly_dead_lettered_expired(asker: Asker) -> None:
    """One that has time left waits, and is no dead letter."""
    channel = asker.connect().channel()
    _queue(channel, "lives", **{"x-message-ttl": 600_000})
    channel.basic_publish("", "lives", b"has time")
    none(asker.message("has time"), "dead_lettered_expired")


def test_dead_lettered_full(asker: Asker) -> None:
    """The oldest goes where a queue is full, and its limit is told."""
    channel = asker.connect().channel()
    _queue(channel, "narrow", **{"x-max-length": 1})
    channel.basic_publish("", "narrow", b"the oldest")
    channel.basic_publish("", "narrow", b"the newest")
    _died(asker, "narrow")
    one(asker.message("the oldest", "narrow.dlq"), "dead_lettered_full", "'narrow' was full", "1 message")
    none(asker.message("the newest"), "dead_lettered_full")


def test_nearly_dead_lettered_full(asker: Asker) -> None:
    """A queue that is just full has lost nobody."""
    channel = asker.connect().channel()
    _queue(channel, "just full", **{"x-max-length": 1})
    channel.basic_publish("", "just full", b"alone in it")
    none(asker.message("alone in it"), "dead_lettered_full")


def test_dead_lettered_limit(asker: Asker) -> None:
    """It came back more often than a quorum queue allows."""
    channel = asker.connect().channel()
    channel.queue_declare("poison.dlq")
    channel.queue_declare("poison", durable=True, arguments={
        "x-queue-type": "quorum", "x-delivery-limit": 1,
        "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "poison.dlq",
    })  # fmt: skip
    channel.basic_publish("", "poison", b"is poison")
    for _ in range(2):
        channel.basic_nack(_take(channel, "poison"), requeue=True)
    _died(asker, "poison")
    one(asker.message("is poison", "poison.dlq"), "dead_lettered_limit", "'poison'", "delivery limit is 1")


def test_nearly_dead_lettered_limit(asker: Asker) -> None:
    """One that came back just once waits again."""
    channel = asker.connect().channel()
    channel.queue_declare(
        "healthy", durable=True, arguments={"x-queue-type": "quorum", "x-delivery-limit": 1}
    )
    channel.basic_publish("", "healthy", b"came back once")
    channel.basic_nack(_take(channel, "healthy"), requeue=True)
    findings = asker.message("came back once")
    none(findings, "dead_lettered_limit")
    one(findings, "redelivered_given_back")


def test_dead_letters_wait(asker: Asker) -> None:
    """A queue of dead letters that nobody consumes says so, and not that nobody has ever read it."""
    channel = asker.connect().channel()
    _queue(channel, "fails")
    channel.basic_publish("", "fails", b"fails")
    channel.basic_reject(_take(channel, "fails"), requeue=False)
    _died(asker, "fails")
    only(asker.queue("fails.dlq"), "dead_letters_wait", "dead letters", "died in 'fails': rejected")


def test_nearly_dead_letters_wait(asker: Asker) -> None:
    """A queue with the same name and other messages has none."""
    channel = asker.connect().channel()
    channel.queue_declare("usual.dlq")
    channel.basic_publish("", "usual.dlq", b"no dead letter")
    none(asker.queue("usual.dlq"), "dead_letters_wait")


def test_dead_letters_lost(asker: Asker) -> None:
    """A dead-letter exchange that is not there, has no bindings, or a queue that is not there."""
    channel = asker.connect().channel()
    channel.queue_declare("to nobody", arguments={"x-dead-letter-exchange": "not there"})
    only(asker.queue("to nobody"), "dead_letters_lost", "There is no exchange 'not there'")
    channel.exchange_declare("dlx.bare")
    channel.queue_declare("to bare", arguments={"x-dead-letter-exchange": "dlx.bare"})
    only(asker.queue("to bare"), "dead_letters_lost", "Exchange 'dlx.bare' has no bindings")
    channel.exchange_declare("dlx.keyed", "direct")
    channel.queue_declare("keyed letters")
    channel.queue_bind("keyed letters", "dlx.keyed", "failed")
    arguments = {"x-dead-letter-exchange": "dlx.keyed", "x-dead-letter-routing-key": "Failed"}
    channel.queue_declare("to a key", arguments=arguments)
    says = ("matches key 'Failed'", "'failed' to 'keyed letters' differs only in upper and lower case")
    only(asker.queue("to a key"), "dead_letters_lost", *says)
    arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "no such queue"}
    channel.queue_declare("to a name", arguments=arguments)
    only(asker.queue("to a name"), "dead_letters_lost", "key 'no such queue'")


def test_nearly_dead_letters_lost(asker: Asker) -> None:
    """Where the exchange is bound all is well."""
    channel = asker.connect().channel()
    channel.exchange_declare("dlx.bound", "fanout")
    channel.queue_declare("letters")
    channel.queue_bind("letters", "dlx.bound")
    channel.queue_declare("to bound", arguments={"x-dead-letter-exchange": "dlx.bound"})
    assert asker.queue("to bound") == []
    channel.exchange_declare("dlx.topic", "topic")
    channel.queue_bind("letters", "dlx.topic", "failed.#")
    arguments = {"x-dead-letter-exchange": "dlx.topic", "x-dead-letter-routing-key": "failed.orders"}
    channel.queue_declare("to topic", arguments=arguments)
    assert asker.queue("to topic") == []


def test_dead_letter_cycle(asker: Asker) -> None:
    """Two queues that send each other what expires: the message ends, and the queues are told of."""
    channel = asker.connect().channel()
    for name, other in (("ping", "pong"), ("pong", "ping")):
        channel.queue_declare(name, arguments={
            "x-message-ttl": 1, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": other,
        })  # fmt: skip
    channel.basic_publish("", "ping", b"goes round")
    eventually(lambda: "dead_letter_cycle" in [each.rule for each in asker.queue("ping")])
    one(asker.queue("ping"), "dead_letter_cycle", "'ping' → 'pong' → 'ping'")
    number = eventually(lambda: _dropped(asker))
    only(asker.message(number, "ping"), "gone_cycle", "came back to queue 'ping'", "'ping' (expired)")


def _dropped(asker: Asker) -> int:
    """The dead letter that was dropped: two messages after the first."""
    number = asker.id_of("goes round")
    return number if "gone_cycle" in [each.rule for each in asker.message(number)] else 0


def test_nearly_dead_letter_cycle(asker: Asker) -> None:
    """A retry queue that sends back what a consumer has rejected is a circle that is meant."""
    channel = asker.connect().channel()
    channel.queue_declare("work", arguments={
        "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "work.retry",
    })  # fmt: skip
    channel.queue_declare("work.retry", arguments={
        "x-message-ttl": 1, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "work",
    })  # fmt: skip
    channel.basic_publish("", "work", b"is retried")
    channel.basic_reject(_take(channel, "work"), requeue=False)
    tag = _take(channel, "work")
    none(asker.queue("work"), "dead_letter_cycle")
    none(asker.queue("work.retry"), "dead_letter_cycle")
    channel.basic_ack(tag)


def test_nearly_gone_cycle(asker: Asker) -> None:
    """A dead letter that goes on to a third queue lies there."""
    channel = asker.connect().channel()
    channel.queue_declare("third")
    channel.queue_declare("second", arguments={
        "x-message-ttl": 1, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "third",
    })  # fmt: skip
    channel.queue_declare("first", arguments={
        "x-message-ttl": 1, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "second",
    })  # fmt: skip
    channel.basic_publish("", "first", b"goes straight on")
    eventually(lambda: channel.queue_declare("third", passive=True).method.message_count)
    findings = asker.message("goes straight on", "third")
    none(findings, "gone_cycle")
    one(findings, "dead_lettered_expired", "x-death header tells of expired in 'first' 1 time")
