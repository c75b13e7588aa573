"""Publisher confirms, transactions, direct reply-to (section 9)."""

from typing import Any

from tests.differential.table import Section
from tests.differential.talk import Talk

section = Section("confirms")
tx = Section("transactions")
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


@tx
def after_confirms(talk: Talk) -> None:
    """Not both."""
    one = talk.channel()
    one.confirm()
    one.call("tx.select")


@tx.cases(("commit", "tx.commit"), ("rollback", "tx.rollback"))
def without_select(talk: Talk, method: str) -> None:
    """Refused."""
    talk.channel().call(method)


@tx
def commit_publishes(talk: Talk) -> None:
    """Nothing is to be seen before."""
    one, two = talk.channel(), talk.channel()
    one.queue()
    one.call("tx.select")
    one.call("tx.select")
    one.publish("q", b"1")
    one.publish("q", b"2")
    two.count()
    one.call("tx.commit")
    two.count_soon(2)
    one.call("tx.commit")


@tx
def rollback_of_publishes(talk: Talk) -> None:
    """They have never been."""
    one = talk.channel()
    one.queue()
    one.call("tx.select")
    one.publish("q", b"1")
    one.call("tx.rollback")
    one.publish("q", b"2")
    one.call("tx.commit")
    one.get_all()


@tx
def close_is_a_rollback(talk: Talk) -> None:
    """Of the channel."""
    one = talk.channel()
    one.queue()
    one.call("tx.select")
    one.publish("q", b"1")
    one.call("channel.close", code=200)
    one.reopen()
    one.count()


@tx
def acks(talk: Talk) -> None:
    """Count with the commit; a rollback forgets them."""
    one, two = talk.channel(), talk.channel()
    one.queue()
    for number in range(3):
        two.publish("q", b"%d" % number)
    two.settle()
    one.call("tx.select")
    for _ in range(3):
        one.get(no_ack=False)
    one.ack(1)
    one.call("tx.rollback")
    one.ack(1)
    one.nack(2)
    one.call("tx.commit")
    one.settle()
    two.count()
    one.reject(3, requeue=True)
    two.count()
    one.call("tx.commit")
    two.count_soon(2)
    two.get_all()


@tx
def ack_twice(talk: Talk) -> None:
    """The second is unknown at once."""
    one = talk.channel()
    one.queue()
    one.publish("q", b"1")
    one.get_soon(no_ack=False)
    one.call("tx.select")
    one.ack(1)
    one.ack(1)
    one.hear()


@tx
def credit_is_given_back_with_the_commit(talk: Talk) -> None:
    """Acknowledged before does not make room."""
    one, two = talk.channel(), talk.channel()
    one.queue()
    for number in range(3):
        two.publish("q", b"%d" % number)
    one.call("tx.select")
    one.qos(1)
    one.consume()
    one.hear()
    one.ack(1)
    two.count()
    one.send("tx.commit")
    for name in sorted(one.answer().text() for _ in range(2)):
        talk.say(name)


@tx
def returns(talk: Talk) -> None:
    """Before the commit's answer."""
    one = talk.channel()
    one.call("tx.select")
    one.publish("none", b"1", mandatory=True)
    one.publish("none", b"2", mandatory=True)
    one.call("tx.commit")


@tx
def missing_exchange_in_tx(talk: Talk) -> None:
    """Told at once."""
    one = talk.channel()
    one.call("tx.select")
    one.publish("q", b"1", "none")
    one.hear()


@tx
def queue_deleted_before_commit(talk: Talk) -> None:
    """The commit succeeds all the same."""
    one, two = talk.channel(), talk.channel()
    one.queue()
    one.call("tx.select")
    one.publish("q", b"1", mandatory=True)
    two.call("queue.delete", queue="q")
    one.call("tx.commit")


@tx
def route_is_found_at_publishing(talk: Talk) -> None:
    """Or at the commit: a queue that is bound in between."""
    one, two = talk.channel(), talk.channel()
    one.exchange("x", "fanout")
    two.queue()
    one.call("tx.select")
    one.publish("", b"1", "x")
    two.bind("q", "x")
    one.call("tx.commit")
    two.count()


@tx.cases(("direct", "direct"), ("headers", "headers"))
def bound_too_late(talk: Talk, kind: str) -> None:
    """What led nowhere when it was published comes back with the commit."""
    one, two = talk.channel(), talk.channel()
    one.exchange("x", kind)
    two.queue()
    one.call("tx.select")
    one.publish("k", b"1", "x", mandatory=True)
    two.bind("q", "x", "k")
    one.call("tx.commit")
    two.count()


@tx.cases(("direct", "direct"), ("fanout", "fanout"), ("topic", "topic"), ("headers", "headers"))
def unbound_before_commit(talk: Talk, kind: str) -> None:
    """A binding that is gone by then has done its work."""
    one, two = talk.channel(), talk.channel()
    one.exchange("x", kind)
    two.queue()
    two.bind("q", "x", "k")
    one.call("tx.select")
    one.publish("k", b"1", "x", mandatory=True)
    two.call("queue.unbind", queue="q", exchange="x", key="k", arguments={})
    one.call("tx.commit")
    two.get_all()


@tx
def exchange_deleted_before_commit(talk: Talk) -> None:
    """So has an exchange."""
    one, two = talk.channel(), talk.channel()
    one.exchange("x", "fanout")
    two.queue()
    two.bind("q", "x")
    one.call("tx.select")
    one.publish("", b"1", "x", mandatory=True)
    two.call("exchange.delete", exchange="x")
    one.call("tx.commit")
    two.get_all()


@tx
def queue_declared_again_before_commit(talk: Talk) -> None:
    """Queues are known by their names."""
    one, two = talk.channel(), talk.channel()
    one.exchange("x", "fanout")
    two.queue()
    two.bind("q", "x")
    one.call("tx.select")
    one.publish("", b"1", "x", mandatory=True)
    two.call("queue.delete", queue="q")
    two.queue()
    one.call("tx.commit")
    two.get_all()


@tx
def one_queue_of_two_deleted_before_commit(talk: Talk) -> None:
    """The other gets it, and nothing is returned."""
    one, two = talk.channel(), talk.channel()
    one.exchange("x", "fanout")
    for name in ("q", "q2"):
        two.queue(name)
        two.bind(name, "x")
    one.call("tx.select")
    one.publish("", b"1", "x", mandatory=True)
    two.call("queue.delete", queue="q")
    one.call("tx.commit")
    two.get_all("q2")


@tx
def queue_declared_before_commit(talk: Talk) -> None:
    """By the default exchange a name is enough."""
    one, two = talk.channel(), talk.channel()
    one.call("tx.select")
    one.publish("q", b"1", mandatory=True)
    two.queue()
    one.call("tx.commit")
    two.get_all()


@tx
def alternate_exchange_gone_before_commit(talk: Talk) -> None:
    """The way by an alternate exchange is found then, too; copies go by keys of their own."""
    one, two = talk.channel(), talk.channel()
    one.exchange("rest", "fanout")
    one.exchange("x", "direct", arguments={"alternate-exchange": "rest"})
    two.queue()
    two.bind("q", "rest")
    one.call("tx.select")
    one.publish("k", b"1", "x", mandatory=True, headers={"CC": ["other"]})
    two.call("exchange.delete", exchange="rest")
    one.call("tx.commit")
    two.get_all()


@tx
def full_queue_in_tx(talk: Talk) -> None:
    """A commit does not hear of a refusal."""
    one, two = talk.channel(), talk.channel()
    one.queue(arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
    one.call("tx.select")
    one.publish("q", b"1")
    one.publish("q", b"2")
    one.call("tx.commit")
    two.get_all()


@tx
def recover_in_tx(talk: Talk) -> None:
    """Whether it waits for the commit."""
    one, two = talk.channel(), talk.channel()
    one.queue()
    two.publish("q", b"1")
    two.settle()
    one.call("tx.select")
    one.get(no_ack=False)
    one.call("basic.recover", requeue=True)
    two.count()


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
