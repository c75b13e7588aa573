"""Queues: declaring, deleting, purging, exclusive ones, those that delete themselves (section 5)."""

from typing import Any

from tests.differential.table import Section
from tests.differential.talk import Talk

section = Section("queues")

PROPERTIES = ("durable", "exclusive", "auto_delete")


@section
def declare_twice(talk: Talk) -> None:
    """The same again is answered with counts of what is ready."""
    one = talk.channel()
    one.queue()
    one.publish("q", b"1")
    one.publish("q", b"2")
    one.settle()
    one.queue()
    one.get(no_ack=False)
    one.queue()
    one.consume(no_ack=True)
    one.hear()
    one.queue()


@section.cases(*[(name, name) for name in PROPERTIES])
def declare_again_with(talk: Talk, flag: str) -> None:
    """A property that was not there."""
    one = talk.channel()
    one.queue()
    one.queue(**{flag: True})


@section.cases(*[(name, name) for name in PROPERTIES])
def declare_again_without(talk: Talk, flag: str) -> None:
    """A property that was there."""
    one = talk.channel()
    one.queue(**{flag: True})
    one.queue()


@section
def passively(talk: Talk) -> None:
    """Properties do not matter then; a missing queue does."""
    one = talk.channel()
    one.queue(durable=True)
    one.queue(passive=True, exclusive=True, auto_delete=True, arguments={"x-max-length": 1})
    one.queue("none", passive=True)


@section
def named_by_the_broker(talk: Talk) -> None:
    """An empty name; methods without a name then mean that queue."""
    one = talk.channel()
    one.queue("", exclusive=True)
    one.bind("", "amq.fanout")
    one.publish("", b"1", "amq.fanout")
    one.call("queue.purge", queue="")
    one.consume("", "t")
    one.call("basic.cancel", tag="t")
    one.get("")
    one.queue("", passive=True)


@section
def binding_the_last_queue_by_its_own_name(talk: Talk) -> None:
    """No queue and no key: the last queue's name is both."""
    one = talk.channel()
    one.exchange("x", "direct")
    one.queue("q")
    one.call("queue.bind", queue="", exchange="x", key="")
    one.publish("q", b"by name", "x", mandatory=True)
    one.publish("", b"by nothing", "x", mandatory=True)
    one.hear()
    one.get_all()
    one.call("queue.unbind", queue="", exchange="x", key="")
    one.publish("q", b"unbound", "x", mandatory=True)
    one.hear()


@section.cases(
    ("queue.bind", "queue.bind", {"exchange": "amq.fanout"}),
    ("queue.unbind", "queue.unbind", {"exchange": "amq.fanout"}),
    ("queue.purge", "queue.purge", {}),
    ("queue.delete", "queue.delete", {}),
    ("queue.declare passive", "queue.declare", {"passive": True}),
    ("basic.consume", "basic.consume", {}),
    ("basic.get", "basic.get", {}),
)
def without_a_queue_declared(talk: Talk, method: str, values: dict[str, Any]) -> None:
    """No name, and none before on this channel."""
    talk.channel().call(method, **values)


@section
def the_last_queue_is_the_channels(talk: Talk) -> None:
    """Another channel has not declared it."""
    talk.channel().queue()
    talk.channel().call("queue.purge")


@section
def the_last_queue_after_a_passive_declaration(talk: Talk) -> None:
    """Passive declarations count."""
    one, two = talk.channel(), talk.channel()
    one.queue()
    two.queue(passive=True)
    two.call("queue.purge")
    two.call("queue.delete")
    two.call("queue.purge")


@section.cases(
    ("amq.mine", "amq.mine", False),
    ("amq.mine passive", "amq.mine", True),
    ("amq.", "amq.", False),
    ("amqp", "amqp", False),
    ("AMQ.upper", "AMQ.upper", False),
    ("reply-to", "amq.rabbitmq.reply-to", False),
    ("reply-to passive", "amq.rabbitmq.reply-to", True),
)
def reserved_name(talk: Talk, name: str, is_passive: bool) -> None:
    """Names that begin with the broker's prefix."""
    talk.channel().queue(name, passive=is_passive)


@section.cases(
    ("declare", "queue.declare", {"exclusive": True}),
    ("declare otherwise", "queue.declare", {}),
    ("passive", "queue.declare", {"passive": True}),
    ("consume", "basic.consume", {"tag": "t"}),
    ("get", "basic.get", {}),
    ("purge", "queue.purge", {}),
    ("delete", "queue.delete", {}),
    ("delete if unused", "queue.delete", {"if_unused": True}),
    ("bind", "queue.bind", {"exchange": "amq.fanout"}),
    ("unbind", "queue.unbind", {"exchange": "amq.fanout"}),
)
def exclusive_from_elsewhere(talk: Talk, method: str, values: dict[str, Any]) -> None:
    """Only the connection that declared it may use it."""
    talk.channel().queue(exclusive=True)
    talk.connect().channel().call(method, queue="q", **values)


@section
def exclusive_can_be_published_to(talk: Talk) -> None:
    """From anywhere."""
    one = talk.channel()
    one.queue(exclusive=True)
    two = talk.connect().channel()
    two.confirm()
    two.publish("q", b"1", mandatory=True)
    two.confirms(1)
    one.get_all()
    one.line.channel().get_all()


@section
def exclusive_goes_with_its_connection(talk: Talk) -> None:
    """Also when durable."""
    line = talk.connect()
    line.channel().queue(exclusive=True, durable=True)
    line.leave()
    line.is_open = False
    talk.connect().channel().gone_soon()


@section
def exclusive_stays_when_its_channel_goes(talk: Talk) -> None:
    """It is the connection's."""
    one = talk.channel()
    one.queue(exclusive=True)
    one.call("channel.close", code=200)
    one.reopen().count()


@section.cases(("cancel", True), ("channel close", False))
def auto_delete_by(talk: Talk, by_cancel: bool) -> None:
    """It goes with its last consumer."""
    one, two = talk.channel(), talk.channel()
    one.queue(auto_delete=True)
    one.consume(tag="a")
    one.consume(tag="b")
    one.call("basic.cancel", tag="a")
    two.count()
    if by_cancel:
        one.call("basic.cancel", tag="b")
    else:
        one.call("channel.close", code=200)
    two.gone_soon()


@section
def auto_delete_by_connection(talk: Talk) -> None:
    """The end of the connection is the end of its consumers."""
    one = talk.channel()
    one.queue(auto_delete=True)
    two = talk.connect()
    two.channel().consume()
    two.leave()
    two.is_open = False
    one.gone_soon()


@section
def auto_delete_that_never_had_a_consumer(talk: Talk) -> None:
    """It stays."""
    one = talk.channel()
    one.queue(auto_delete=True)
    one.publish("q", b"1")
    one.get()
    one.call("channel.close", code=200)
    one.reopen().count()


@section
def purge(talk: Talk) -> None:
    """Only what is ready goes."""
    one = talk.channel()
    one.queue()
    for body in (b"1", b"2", b"3"):
        one.publish("q", body)
    one.get(no_ack=False)
    one.call("queue.purge", queue="q")
    one.nack(1)
    one.count()
    one.call("queue.purge", queue="none")


@section.cases(("missing", "none"), ("existing", "q"), ("predeclared name", "amq.none"))
def delete(talk: Talk, name: str) -> None:
    """Idempotent; the answer counts what was ready."""
    one = talk.channel()
    one.queue()
    one.publish("q", b"1")
    one.publish("q", b"2")
    one.get(no_ack=False)
    one.call("queue.delete", queue=name)


@section
def delete_if_unused(talk: Talk) -> None:
    """Consumers are use."""
    one = talk.channel()
    one.queue()
    one.consume()
    one.call("queue.delete", queue="q", if_unused=True)
    one.reopen()
    one.call("queue.delete", queue="q", if_unused=True)


@section
def delete_if_empty(talk: Talk) -> None:
    """Ready messages count, those in flight do not."""
    one = talk.channel()
    one.queue()
    one.publish("q", b"1")
    one.call("queue.delete", queue="q", if_empty=True)
    one.reopen()
    one.get(no_ack=False)
    one.call("queue.delete", queue="q", if_empty=True)


@section
def delete_if_unused_and_empty(talk: Talk) -> None:
    """Which is said first."""
    one = talk.channel()
    one.queue()
    one.qos(1)
    one.consume()
    one.publish("q", b"1")
    one.publish("q", b"2")
    one.hear()
    one.call("queue.delete", queue="q", if_unused=True, if_empty=True)


@section.cases(("missing", "none"), ("missing, if unused", "none"))
def delete_missing_with_conditions(talk: Talk, name: str) -> None:
    """Conditions do not matter then."""
    talk.channel().call("queue.delete", queue=name, if_unused=True, if_empty=True)


@section
def ack_after_delete(talk: Talk) -> None:
    """Deliveries of a deleted queue can be settled."""
    one = talk.channel()
    one.queue()
    one.publish("q", b"1")
    one.publish("q", b"2")
    one.get(no_ack=False)
    one.get(no_ack=False)
    one.call("queue.delete", queue="q")
    one.ack(1)
    one.nack(2)
    one.queue("other")


@section
def bindings_go_with_their_queue(talk: Talk) -> None:
    """Declared anew, it is bound to nothing."""
    one = talk.channel()
    one.exchange("x", "fanout")
    one.queue()
    one.bind("q", "x")
    one.call("queue.delete", queue="q")
    one.queue()
    one.publish("", b"1", "x", mandatory=True)
    one.hear()


@section
def bindings_go_with_their_exchange(talk: Talk) -> None:
    """Declared anew, it is bound to nothing."""
    one = talk.channel()
    one.exchange("x", "fanout")
    one.queue()
    one.bind("q", "x")
    one.call("exchange.delete", exchange="x")
    one.exchange("x", "fanout")
    one.publish("", b"1", "x", mandatory=True)
    one.hear()


@section
def a_durable_exchange_and_a_transient_queue(talk: Talk) -> None:
    """Bind as any."""
    one = talk.channel()
    one.exchange("x", "fanout", durable=True)
    one.queue()
    one.bind("q", "x")
    one.publish("", b"1", "x", delivery_mode=2)
    one.get_all()


@section
def a_text_that_does_not_fit(talk: Talk) -> None:
    """A reply text has 255 bytes; what is cut off."""
    one = talk.channel()
    one.queue("n" * 255, passive=True)
    one.reopen()
    one.queue("ü" * 127, passive=True)
