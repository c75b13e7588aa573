"""Publisher confirms, direct reply-to (section 9)."""

from typing import Any

from tests.differential.table import Section
from tests.differential.talk import Talk

section = Section("confirms")
reply = Section("direct reply-to")


@section
def selecting_twice(talk: Talk) -> None:
    """Fine."""
    one = talk.channel()
    one.confirm()
    one.confirm()


@section
def a_confirm(talk: Talk) -> None:
    """Tags count from one, from the select on."""
    one = talk.channel()
    one.queue()
    one.publish("q", b"before")
    one.confirm()
    for number in range(3):
        one.publish("q", b"%d" % number)
        one.hear()


@section
def many_confirms(talk: Talk) -> None:
    """Each exactly once."""
    one = talk.channel()
    one.queue(durable=True)
    one.confirm()
    for _ in range(50):
        one.publish("q", b"x", delivery_mode=2)
    one.confirms(50)
    one.count()


@section
def unroutable(talk: Talk) -> None:
    """Returned, then confirmed; or just confirmed."""
    one = talk.channel()
    one.confirm()
    one.publish("none", b"1", mandatory=True)
    one.hear(2)
    one.publish("none", b"2")
    one.hear()


@section
def missing_exchange(talk: Talk) -> None:
    """Nothing is confirmed."""
    one = talk.channel()
    one.queue()
    one.confirm()
    one.publish("q", b"1")
    one.hear()
    one.publish("q", b"2", "none")
    one.publish("q", b"3")
    one.hear()
    one.reopen()
    one.count()


@section
def tags_begin_anew_with_the_channel(talk: Talk) -> None:
    """A channel opened again."""
    one = talk.channel()
    one.queue()
    one.confirm()
    one.publish("q", b"1")
    one.hear()
    one.call("channel.close", code=200)
    one.reopen()
    one.confirm()
    one.publish("q", b"2")
    one.hear()


@section.cases(
    ("reject-publish", {"x-max-length": 1, "x-overflow": "reject-publish"}),
    ("reject-publish of bytes", {"x-max-length-bytes": 3, "x-overflow": "reject-publish"}),
    ("reject-publish, length 0", {"x-max-length": 0, "x-overflow": "reject-publish"}),
    ("drop-head", {"x-max-length": 1}),
    ("drop-head, length 0", {"x-max-length": 0}),
)
def full_queue(talk: Talk, arguments: dict[str, Any]) -> None:
    """Refused, or confirmed for what pushes others out."""
    one = talk.channel()
    one.queue(arguments=arguments)
    one.confirm()
    for number in range(3):
        one.publish("q", b"%d--" % number)
        one.hear()
    one.get_all()


@section
def one_full_queue_of_two(talk: Talk) -> None:
    """Refused, and yet in the other."""
    one = talk.channel()
    one.exchange("x", "fanout")
    one.queue("full", {"x-max-length": 1, "x-overflow": "reject-publish"})
    one.queue("room")
    one.bind("full", "x")
    one.bind("room", "x")
    one.confirm()
    one.publish("", b"1", "x")
    one.hear()
    one.publish("", b"2", "x")
    one.hear()
    one.count("full")
    one.count("room")


@section
def full_queue_without_confirms(talk: Talk) -> None:
    """Refused in silence, mandatory or not."""
    one = talk.channel()
    one.queue(arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
    one.publish("q", b"1", mandatory=True)
    one.publish("q", b"2", mandatory=True)
    one.get_all()


@section
def after_tx(talk: Talk) -> None:
    """Not both."""
    one = talk.channel()
    one.call("tx.select")
    one.confirm()


REPLY = "amq.rabbitmq.reply-to"


@reply
def asking_and_answering(talk: Talk) -> None:
    """The answer comes by the default exchange, to the requester alone."""
    client, server = talk.channel(), talk.connect().channel()
    server.queue()
    server.consume(no_ack=True)
    client.consume(REPLY, "r", no_ack=True)
    client.publish("q", b"question", reply_to=REPLY, correlation_id="1")
    asked = server.hear()
    assert asked.properties is not None
    address = asked.properties["reply_to"].strip("'")
    server.publish(address, b"answer", correlation_id="1", mandatory=True)
    client.hear()
    server.queue(address, passive=True)
    server.publish(address, b"again")
    client.hear()


@reply
def answering_somebody_who_is_gone(talk: Talk) -> None:
    """Dropped; returned if mandatory."""
    client, server = talk.channel(), talk.connect().channel()
    server.queue()
    client.consume(REPLY, "r", no_ack=True)
    client.publish("q", b"question", reply_to=REPLY)
    asked = server.get_soon()
    assert asked.properties is not None
    address = asked.properties["reply_to"].strip("'")
    client.call("basic.cancel", tag="r")
    server.publish(address, b"answer", mandatory=True)
    server.hear()
    server.confirm()
    server.publish(address, b"answer")
    server.hear()
    server.queue(address, passive=True)


@reply.cases(
    ("made up", "amq.rabbitmq.reply-to.nonsense"),
    ("dot only", "amq.rabbitmq.reply-to."),
    ("bare", REPLY),
)
def answering_nobody(talk: Talk, key: str) -> None:
    """Keys that were never given out."""
    one = talk.channel()
    one.publish(key, b"answer", mandatory=True)
    one.hear()
    one.queue(key, passive=True)


@reply
def with_acknowledgement(talk: Talk) -> None:
    """Refused."""
    talk.channel().consume(REPLY, "r")


@reply
def twice(talk: Talk) -> None:
    """Once per channel."""
    one = talk.channel()
    one.consume(REPLY, "r", no_ack=True)
    one.consume(REPLY, "s", no_ack=True)


@reply
def again_after_cancel(talk: Talk) -> None:
    """Once at a time."""
    one = talk.channel()
    one.consume(REPLY, "r", no_ack=True)
    one.call("basic.cancel", tag="r")
    one.consume(REPLY, "s", no_ack=True)


@reply
def without_a_tag(talk: Talk) -> None:
    """One is made."""
    talk.channel().consume(REPLY, "", no_ack=True)


@reply
def exclusive(talk: Talk) -> None:
    """Whether it minds."""
    talk.channel().consume(REPLY, "r", no_ack=True, exclusive=True)


@reply
def asking_without_consuming(talk: Talk) -> None:
    """Refused."""
    one = talk.channel()
    one.queue()
    one.publish("q", b"1", reply_to=REPLY)
    one.hear()


@reply
def asking_on_another_channel(talk: Talk) -> None:
    """Refused."""
    one, two = talk.channel(), talk.channel()
    one.queue()
    one.consume(REPLY, "r", no_ack=True)
    two.publish("q", b"1", reply_to=REPLY)
    two.hear()


@reply.cases(
    ("get", "basic.get", {}),
    ("purge", "queue.purge", {}),
    ("delete", "queue.delete", {}),
    ("bind", "queue.bind", {"exchange": "amq.fanout"}),
    ("unbind", "queue.unbind", {"exchange": "amq.fanout"}),
)
def as_a_queue(talk: Talk, method: str, values: dict[str, Any]) -> None:
    """It is none."""
    talk.channel().call(method, queue=REPLY, **values)
