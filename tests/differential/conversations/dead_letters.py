"""Dead letters: x-death for each reason, cycles, keys, copies (section 8.1)."""

from typing import Any

from tests.differential.chan import Chan
from tests.differential.fields import Typed
from tests.differential.table import Section
from tests.differential.talk import Talk

section = Section("dead letters")


def _to(queue: str, **more: Any) -> dict[str, Any]:
    """Arguments of a queue whose dead letters go straight to another."""
    rest = {name.replace("_", "-"): value for name, value in more.items()}
    return {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": queue, **rest}


def _pair(talk: Talk, **more: Any) -> Chan:
    """A queue q whose dead letters go to `dead`."""
    one = talk.channel()
    one.queue("dead")
    one.queue(arguments=_to("dead", **more))
    return one


@section.cases(("reject", "basic.reject"), ("nack", "basic.nack"))
def rejected(talk: Talk, method: str) -> None:
    """A negative answer without requeueing."""
    one = _pair(talk)
    one.publish("q", b"1", type="kept", delivery_mode=2, headers={"mine": 1})
    one.get_soon(no_ack=False)
    one.send(method, delivery=1, requeue=False)
    one.get_soon("dead")


@section.cases(("argument", {"x_message_ttl": 30}, {}), ("property", {}, {"expiration": "30"}))
def expired(talk: Talk, arguments: dict[str, Any], properties: dict[str, Any]) -> None:
    """By the queue's or by its own time to live; the latter is taken away."""
    one = _pair(talk, **arguments)
    one.publish("q", b"1", **properties)
    one.get_soon("dead")


@section
def expired_by_both(talk: Talk) -> None:
    """The property goes even if the queue's limit was the shorter."""
    one = _pair(talk, x_message_ttl=20)
    one.publish("q", b"1", expiration="60000")
    one.get_soon("dead")


@section
def rejected_with_expiration(talk: Talk) -> None:
    """The property goes for any reason."""
    one = _pair(talk)
    one.publish("q", b"1", expiration="60000")
    one.get_soon(no_ack=False)
    one.reject(1)
    one.get_soon("dead")


@section.cases(("messages", {"x_max_length": 1}), ("bytes", {"x_max_length_bytes": 3}))
def too_many(talk: Talk, arguments: dict[str, Any]) -> None:
    """The oldest goes."""
    one = _pair(talk, **arguments)
    for number in range(3):
        one.publish("q", b"%d--" % number)
    one.count_soon(2, "dead")
    one.get_all("dead")
    one.get_all()


@section
def refused_and_dead_lettered(talk: Talk) -> None:
    """Of a full queue that refuses, the newest go."""
    one = _pair(talk, x_max_length=1, x_overflow="reject-publish-dlx")
    one.confirm()
    for number in range(3):
        one.publish("q", b"%d" % number)
        one.hear()
    one.count_soon(2, "dead")
    one.get_all("dead")
    one.get_all()


@section
def delivery_limit(talk: Talk) -> None:
    """Of quorum queues."""
    one = talk.channel()
    one.queue("dead")
    kind = {"x-queue-type": "quorum", "x-delivery-limit": 1}
    one.queue(durable=True, arguments=_to("dead") | kind)
    one.publish("q", b"1")
    for tag in (1, 2):
        one.get_soon(no_ack=False)
        one.nack(tag)
    one.get_soon("dead")


@section.cases(("delete", "queue.delete", {"queue": "q"}), ("purge", "queue.purge", {"queue": "q"}))
def not_by(talk: Talk, method: str, values: dict[str, Any]) -> None:
    """What is deleted is not dead-lettered."""
    one = _pair(talk)
    one.publish("q", b"1")
    one.settle()
    one.call(method, **values)
    one.count("dead")


@section
def original_key_is_kept(talk: Talk) -> None:
    """Without a key of the queue's."""
    one = talk.channel()
    one.exchange("x", "topic")
    one.exchange("dlx", "fanout")
    one.queue("dead")
    one.bind("dead", "dlx")
    one.queue(arguments={"x-dead-letter-exchange": "dlx"})
    one.bind("q", "x", "a.#")
    one.publish("a.b", b"1", "x")
    one.get_soon(no_ack=False)
    one.reject(1)
    one.get_soon("dead")


@section.cases(("kept key", {}), ("new key", {"x-dead-letter-routing-key": "new"}))
def copies(talk: Talk, arguments: dict[str, Any]) -> None:
    """CC counts as keys, BCC is gone; a new key replaces all."""
    one = talk.channel()
    one.exchange("dlx", "direct")
    for name in ("key", "cc", "bcc", "new"):
        one.queue(f"dead {name}")
        one.bind(f"dead {name}", "dlx", name)
    one.exchange("x", "fanout")
    one.queue(arguments={"x-dead-letter-exchange": "dlx", **arguments})
    one.bind("q", "x")
    one.publish("key", b"1", "x", headers={"CC": ["cc"], "BCC": ["bcc"], "z": 1})
    one.get_soon(no_ack=False)
    one.reject(1)
    if arguments:
        one.get_soon("dead new")
    else:
        one.get_soon("dead key")
        one.get_soon("dead cc")
    for name in ("key", "cc", "bcc", "new"):
        one.count(f"dead {name}")


@section
def missing_exchange(talk: Talk) -> None:
    """Dropped."""
    one = talk.channel()
    one.queue(arguments={"x-dead-letter-exchange": "none"})
    one.publish("q", b"1")
    one.get_soon(no_ack=False)
    one.reject(1)
    one.count()


@section
def exchange_declared_later(talk: Talk) -> None:
    """It counts when it is needed."""
    one = talk.channel()
    one.queue(arguments={"x-dead-letter-exchange": "dlx"})
    one.publish("q", b"1")
    one.exchange("dlx", "fanout")
    one.queue("dead")
    one.bind("dead", "dlx")
    one.get_soon(no_ack=False)
    one.reject(1)
    one.get_soon("dead")


@section
def internal_exchange(talk: Talk) -> None:
    """Takes dead letters."""
    one = talk.channel()
    one.exchange("dlx", "fanout", internal=True)
    one.queue("dead")
    one.bind("dead", "dlx")
    one.queue(arguments={"x-dead-letter-exchange": "dlx"})
    one.publish("q", b"1")
    one.get_soon(no_ack=False)
    one.reject(1)
    one.get_soon("dead")


@section
def counting(talk: Talk) -> None:
    """The same queue and reason again: the count grows."""
    one = talk.channel()
    one.queue("a", _to("b"))
    one.queue("b", _to("a"))
    one.publish("a", b"1")
    for tag, queue in enumerate(("a", "b", "a", "b", "a"), 1):
        one.get_soon(queue, no_ack=False)
        one.reject(tag)
    one.get_soon("b")


@section
def two_reasons_of_one_queue(talk: Talk) -> None:
    """Two entries, the newest first."""
    one = talk.channel()
    one.queue("dead", _to("q"))
    one.queue(arguments=_to("dead"))
    one.publish("q", b"1", expiration="20")
    one.get_soon("dead", no_ack=False)
    one.reject(1)
    one.get_soon("q", no_ack=False)
    one.reject(2)
    one.get_soon("dead")


@section
def retry_after_a_while(talk: Talk) -> None:
    """The usual pattern: rejected, waits, comes back."""
    one = talk.channel()
    one.queue("wait", _to("q", x_message_ttl=20))
    one.queue(arguments=_to("wait"))
    one.publish("q", b"job", headers={"id": 7})
    for tag in (1, 2, 3):
        one.get_soon(no_ack=False)
        if tag < 3:
            one.reject(tag)


@section
def cycle_without_rejection(talk: Talk) -> None:
    """Dropped when it comes to the same queue again."""
    one = talk.channel()
    one.queue("b", _to("q", x_message_ttl=20))
    one.queue(arguments=_to("b", x_message_ttl=20))
    one.publish("q", b"1")
    talk.wait_ms(200)
    one.count_soon(0, "b")
    one.count_soon(0, "q")


@section
def cycle_to_itself(talk: Talk) -> None:
    """Expired into the very same queue."""
    one = talk.channel()
    one.queue(arguments=_to("q", x_message_ttl=20))
    one.publish("q", b"1")
    talk.wait_ms(200)
    one.count_soon(0)


@section
def rejection_to_itself(talk: Talk) -> None:
    """Goes round as often as it is rejected."""
    one = talk.channel()
    one.queue(arguments=_to("q"))
    one.publish("q", b"1")
    for tag in (1, 2, 3):
        one.get_soon(no_ack=False)
        one.reject(tag)
    one.get_soon()


@section
def maxlen_to_itself(talk: Talk) -> None:
    """A full queue whose overflow comes back to it."""
    one = talk.channel()
    one.queue(arguments=_to("q", x_max_length=1))
    one.publish("q", b"1")
    one.publish("q", b"2")
    one.settle()
    one.get_all()


@section
def order_of_several(talk: Talk) -> None:
    """As they stood in the queue."""
    one = _pair(talk)
    for number in range(4):
        one.publish("q", b"%d" % number)
    one.settle()
    for _ in range(4):
        one.send("basic.get", queue="q")
        one.answer()
    one.nack(0, multiple=True, requeue=False)
    one.count_soon(4, "dead")
    for _ in range(4):
        one.send("basic.get", queue="dead", no_ack=True)
        talk.say(str(one.answer().body))


@section.cases(
    ("text", "nonsense"),
    ("int", 1),
    ("empty list", []),
    ("list of empty tables", [{}]),
    ("table", {}),
)
def a_publishers_own_x_death(talk: Talk, value: Any) -> None:
    """Headers of that name which a publisher made up."""
    one = _pair(talk)
    one.publish("q", b"1", headers={"x-death": value, "z": 1})
    one.get_soon(no_ack=False)
    one.reject(1)
    one.get_soon("dead")


@section
def published_again_with_x_death(talk: Talk) -> None:
    """A program that publishes a dead letter again as it is."""
    one = _pair(talk)
    entry = {
        "count": Typed("l", 3),
        "reason": "rejected",
        "queue": "q",
        "time": Typed("T", 1_000_000_000),
        "exchange": "",
        "routing-keys": ["q"],
    }
    first = {
        f"x-first-death-{name}": text
        for name, text in (("reason", "rejected"), ("queue", "q"), ("exchange", ""))
    }
    one.publish("q", b"1", headers={"x-death": [entry], **first})
    one.get_soon(no_ack=False)
    one.reject(1)
    one.get_soon("dead")


@section
def a_publishers_own_first_death(talk: Talk) -> None:
    """Names of the other headers."""
    one = _pair(talk)
    headers = {"x-first-death-reason": "mine", "x-last-death-reason": "mine", "x-first-death-queue": 1}
    one.publish("q", b"1", headers=headers)
    one.get_soon(no_ack=False)
    one.reject(1)
    one.get_soon("dead")


@section
def headers_are_behind(talk: Talk) -> None:
    """Where x-death stands among the publisher's headers."""
    one = _pair(talk)
    one.publish("q", b"1", headers={"a": 1, "z": 2, "x-y": 3})
    one.get_soon(no_ack=False)
    one.reject(1)
    one.get_soon("dead")


@section
def to_several_queues(talk: Talk) -> None:
    """A dead letter exchange is an exchange like any other."""
    one = talk.channel()
    one.exchange("dlx", "fanout")
    for name in ("a", "b"):
        one.queue(name)
        one.bind(name, "dlx")
    one.queue(arguments={"x-dead-letter-exchange": "dlx"})
    one.publish("q", b"1")
    one.get_soon(no_ack=False)
    one.reject(1)
    one.get_soon("a")
    one.get_soon("b")


@section
def through_an_alternate_exchange(talk: Talk) -> None:
    """Of the dead letter exchange."""
    one = talk.channel()
    one.exchange("ae", "fanout")
    one.exchange("dlx", "direct", {"alternate-exchange": "ae"})
    one.queue("dead")
    one.bind("dead", "ae")
    one.queue(arguments={"x-dead-letter-exchange": "dlx"})
    one.publish("q", b"1")
    one.get_soon(no_ack=False)
    one.reject(1)
    one.get_soon("dead")


@section
def to_the_default_exchange_without_a_key(talk: Talk) -> None:
    """Back to where it came from, for it has the queue's name as its key."""
    one = talk.channel()
    one.queue(arguments={"x-dead-letter-exchange": ""})
    one.publish("q", b"1")
    one.get_soon(no_ack=False)
    one.reject(1)
    one.get_soon()


@section
def in_a_transaction(talk: Talk) -> None:
    """With the commit."""
    one = _pair(talk)
    two = talk.channel()
    two.publish("q", b"1")
    two.settle()
    one.call("tx.select")
    one.get(no_ack=False)
    one.reject(1)
    two.count("dead")
    one.call("tx.commit")
    two.get_soon("dead")


@section
def consumers_get_them_too(talk: Talk) -> None:
    """A consumer at the other end."""
    one = _pair(talk)
    one.consume("dead", "d", no_ack=True)
    one.consume("q", "c")
    one.publish("q", b"1")
    one.hear()
    one.reject(1)
    one.hear()
