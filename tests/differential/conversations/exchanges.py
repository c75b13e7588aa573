"""Exchanges: declaring, deleting, routing of each type, bindings between exchanges (section 4)."""

from typing import Any

from tests.differential.chan import Chan
from tests.differential.fields import Typed
from tests.differential.table import Section
from tests.differential.talk import Talk

section = Section("exchanges")


@section.cases(*[(kind, kind) for kind in ("direct", "fanout", "topic", "headers")])
def declare(talk: Talk, kind: str) -> None:
    """Each type, declared twice, passively, and deleted."""
    one = talk.channel()
    one.exchange("x", kind, durable=True)
    one.exchange("x", kind, durable=True)
    one.exchange("x", kind, passive=True)
    one.call("exchange.delete", exchange="x")
    one.call("exchange.declare", exchange="x", type=kind, passive=True)


@section.cases(
    *[
        (name, name, kind)
        for name, kind in (
            ("amq.direct", "direct"),
            ("amq.fanout", "fanout"),
            ("amq.topic", "topic"),
            ("amq.headers", "headers"),
            ("amq.match", "headers"),
            ("amq.rabbitmq.trace", "topic"),
        )
    ]
)
def predeclared(talk: Talk, name: str, kind: str) -> None:
    """They are there, may be declared as they are, and not be deleted."""
    one = talk.channel()
    one.exchange(name, kind, passive=True)
    internal = name == "amq.rabbitmq.trace"
    one.exchange(name, kind, durable=True, internal=internal)
    one.call("exchange.delete", exchange=name)


@section.cases(
    ("amq.mine", "amq.mine", "direct"),
    ("amq.direct as fanout", "amq.direct", "fanout"),
    ("amq.", "amq.", "direct"),
    ("the default", "", "direct"),
)
def declare_reserved(talk: Talk, name: str, kind: str) -> None:
    """Names that are the broker's."""
    talk.channel().exchange(name, kind, durable=True)


@section.cases(*[(name, name) for name in ("amq.mine", "", "none", "amq.direct")])
def passive(talk: Talk, name: str) -> None:
    """Asking whether one is there."""
    talk.channel().exchange(name, "topic", passive=True)


@section.cases(("nonsense", "nonsense"), ("empty", ""), ("x-delayed-message", "x-delayed-message"))
def unknown_type(talk: Talk, kind: str) -> None:
    """Types that are not there."""
    talk.channel().exchange("x", kind)


@section
def unknown_type_passively(talk: Talk) -> None:
    """A passive declaration's type does not matter."""
    one = talk.channel()
    one.exchange("x", "direct")
    one.exchange("x", "nonsense", passive=True)


@section.cases(
    ("durable", {"durable": True}),
    ("auto_delete", {"auto_delete": True}),
    ("internal", {"internal": True}),
    ("type", {"kind": "topic"}),
    ("alternate exchange", {"arguments": {"alternate-exchange": "y"}}),
    ("unknown argument", {"arguments": {"foo": 1, "x-foo": "a"}}),
)
def declare_again_with_other(talk: Talk, changed: dict[str, Any]) -> None:
    """What has to agree."""
    talk.channel().exchange("x", "direct")
    talk.channel().exchange(**{"name": "x", "kind": "direct", **changed})


@section.cases(
    ("durable", {"durable": False}),
    ("auto_delete", {"auto_delete": False}),
    ("internal", {"internal": False}),
    ("alternate exchange", {"arguments": {"alternate-exchange": "z"}}),
    ("no alternate exchange", {"arguments": {}}),
)
def declare_again_without(talk: Talk, changed: dict[str, Any]) -> None:
    """The other way round."""
    kept = {"durable": True, "auto_delete": True, "internal": True, "arguments": {"alternate-exchange": "y"}}
    talk.channel().exchange("x", "direct", **kept)
    talk.channel().exchange("x", "direct", **{**kept, **changed})


@section.cases(
    ("int", 5), ("bool", True), ("table", {}), ("empty", ""), ("bytes", Typed("x", b"y")), ("null", None)
)
def alternate_exchange_of_type(talk: Talk, value: Any) -> None:
    """An exchange's name is a string."""
    talk.channel().exchange("x", "direct", {"alternate-exchange": value})


@section.cases(("missing", "none"), ("existing", "x"), ("the default", ""))
def delete(talk: Talk, name: str) -> None:
    """Idempotent, but for the default."""
    one = talk.channel()
    one.exchange("x")
    one.call("exchange.delete", exchange=name)


@section
def delete_if_unused(talk: Talk) -> None:
    """Bindings as a source are use."""
    one = talk.channel()
    one.exchange()
    one.queue()
    one.bind("q", "x")
    one.call("exchange.delete", exchange="x", if_unused=True)
    one.reopen()
    one.call("queue.unbind", queue="q", exchange="x")
    one.call("exchange.delete", exchange="x", if_unused=True)


@section
def delete_if_unused_as_destination(talk: Talk) -> None:
    """Bindings as a destination are not."""
    one = talk.channel()
    one.exchange("x")
    one.exchange("y")
    one.call("exchange.bind", destination="y", source="x")
    one.call("exchange.delete", exchange="y", if_unused=True)
    one.call("exchange.delete", exchange="x", if_unused=True)


@section
def delete_if_unused_of_a_missing_one(talk: Talk) -> None:
    """Answered as any delete."""
    talk.channel().call("exchange.delete", exchange="none", if_unused=True)


@section
def auto_delete_by_unbind(talk: Talk) -> None:
    """It goes with its last binding."""
    one = talk.channel()
    one.exchange("x", auto_delete=True)
    one.queue()
    one.bind("q", "x", "a")
    one.bind("q", "x", "b")
    one.call("queue.unbind", queue="q", exchange="x", key="a")
    one.exchange("x", passive=True)
    one.call("queue.unbind", queue="q", exchange="x", key="b")
    one.exchange("x", passive=True)


@section
def auto_delete_by_queue_delete(talk: Talk) -> None:
    """Also when the queue goes."""
    one = talk.channel()
    one.exchange("x", auto_delete=True)
    one.queue()
    one.bind("q", "x", "a")
    one.call("queue.delete", queue="q")
    one.exchange("x", passive=True)


@section
def auto_delete_in_a_chain(talk: Talk) -> None:
    """One that goes takes its bindings, and so others."""
    one = talk.channel()
    one.exchange("x", auto_delete=True)
    one.exchange("y", auto_delete=True)
    one.queue()
    one.call("exchange.bind", destination="y", source="x")
    one.bind("q", "y")
    one.call("queue.delete", queue="q")
    one.exchange("y", passive=True)
    one.reopen()
    one.exchange("x", passive=True)


@section
def publish_to_internal(talk: Talk) -> None:
    """Refused; binding is not."""
    one = talk.channel()
    one.exchange("x", "fanout", internal=True)
    one.exchange("y", "fanout")
    one.queue()
    one.bind("q", "x")
    one.call("exchange.bind", destination="x", source="y")
    one.publish("", b"1", "y")
    one.get_soon()
    one.publish("", b"2", "x")
    one.hear()


@section
def publish_to_missing(talk: Talk) -> None:
    """The channel is closed, nothing is confirmed."""
    one = talk.channel()
    one.confirm()
    one.publish("q", b"1", "none")
    one.hear()


@section.cases(
    ("bind", "queue.bind", {"queue": "q", "exchange": "", "key": "k"}),
    ("unbind", "queue.unbind", {"queue": "q", "exchange": "", "key": "q"}),
    ("delete", "exchange.delete", {"exchange": ""}),
    ("bind as source", "exchange.bind", {"destination": "amq.fanout", "source": ""}),
    ("bind as destination", "exchange.bind", {"destination": "", "source": "amq.fanout"}),
    ("unbind as source", "exchange.unbind", {"destination": "amq.fanout", "source": ""}),
)
def the_default_exchange(talk: Talk, method: str, values: dict[str, Any]) -> None:
    """It is not touched."""
    one = talk.channel()
    one.queue()
    one.call(method, **values)


@section.cases(
    ("missing queue", "queue.bind", {"queue": "none", "exchange": "amq.fanout"}),
    ("missing exchange", "queue.bind", {"queue": "q", "exchange": "none"}),
    ("both missing", "queue.bind", {"queue": "none", "exchange": "none"}),
    ("unbind missing queue", "queue.unbind", {"queue": "none", "exchange": "amq.fanout"}),
    ("unbind missing exchange", "queue.unbind", {"queue": "q", "exchange": "none"}),
    ("unbind missing binding", "queue.unbind", {"queue": "q", "exchange": "amq.fanout"}),
    ("missing destination", "exchange.bind", {"destination": "none", "source": "amq.fanout"}),
    ("missing source", "exchange.bind", {"destination": "amq.fanout", "source": "none"}),
    ("unbind missing source", "exchange.unbind", {"destination": "amq.fanout", "source": "none"}),
    ("unbind what is not bound", "exchange.unbind", {"destination": "amq.fanout", "source": "amq.topic"}),
    ("bind to trace", "queue.bind", {"queue": "q", "exchange": "amq.rabbitmq.trace"}),
)
def binding(talk: Talk, method: str, values: dict[str, Any]) -> None:
    """Binding what is not there."""
    one = talk.channel()
    one.queue()
    one.call(method, **values)
    one.line.channel().call("queue.unbind", queue="q", exchange="amq.rabbitmq.trace")


def _route(one: Chan, exchange: str, keys: list[str], **properties: Any) -> None:
    """Say for each key which queues are reached; mandatory messages come back otherwise."""
    for key in keys:
        one.publish(key, repr(key)[:60].encode(), exchange, mandatory=True, **properties)
    queues = [name for name in one.talk.queues]
    one.settle(queues[0])
    one.get_all(*queues)


@section
def direct_routing(talk: Talk) -> None:
    """Equal keys, to the byte."""
    one = talk.channel()
    one.exchange("x", "direct")
    one.queue("a")
    one.queue("b")
    for queue, key in (("a", "k"), ("b", "k"), ("a", "K"), ("a", "ä"), ("b", "")):
        one.bind(queue, "x", key)
    _route(one, "x", ["k", "K", "ä", "", "k ", "other"])


TOPICS: dict[str, str] = {
    "a": "a",
    "a.b": "a.b",
    "*": "*",
    "*.*": "*.*",
    "#": "#",
    "a.*": "a.*",
    "*.b": "*.b",
    "a.#": "a.#",
    "#.b": "#.b",
    "a.#.b": "a.#.b",
    "a.*.b": "a.*.b",
    "#.#": "#.#",
    "*.#": "*.#",
    "#.*": "#.*",
    "empty": "",
    "a.": "a.",
    ".": ".",
    "a.*.#": "a.*.#",
    "#.a.#": "#.a.#",
    "a*": "a*",
    "a#": "a#",
}


TOPIC_KEYS = ["a", "b", "a.b", "a.c", "a.b.b", "a..b", "", ".", "a.", ".a", "A", "a.b.c.b", "a*", "#", "*"]


@section.cases(*[(repr(key), key) for key in TOPIC_KEYS])
def topic_routing(talk: Talk, key: str) -> None:
    """Which of many patterns a key matches."""
    one = talk.channel()
    one.exchange("x", "topic")
    for queue, pattern in TOPICS.items():
        one.send("queue.declare", queue=queue, exclusive=True)
        one.send("queue.bind", queue=queue, exchange="x", key=pattern)
        one.answer(), one.answer()
    one.publish(key, b"", "x")
    one.settle("a")
    reached = []
    for queue, pattern in TOPICS.items():
        one.send("basic.get", queue=queue, no_ack=True)
        if one.answer().name == "basic.get-ok":
            reached.append(pattern)
    talk.say(f"{key!r} matches {reached}")


@section
def one_copy_per_queue(talk: Talk) -> None:
    """However many bindings match, through other exchanges too."""
    one = talk.channel()
    one.exchange("x", "topic")
    one.exchange("y", "fanout")
    one.queue()
    for key in ("a.*", "a.b", "#"):
        one.bind("q", "x", key)
    one.bind("q", "x", "#", {"n": 1})
    one.bind("q", "y")
    one.call("exchange.bind", destination="y", source="x", key="#")
    one.publish("a.b", b"once", "x")
    one.get_all()


@section
def binding_twice(talk: Talk) -> None:
    """The same binding is one, other arguments make another."""
    one = talk.channel()
    one.exchange("x", "direct")
    one.queue()
    one.bind("q", "x", "k")
    one.bind("q", "x", "k")
    one.bind("q", "x", "k", {"n": 1})
    one.publish("k", b"1", "x")
    one.get_all()
    one.call("queue.unbind", queue="q", exchange="x", key="k")
    one.publish("k", b"2", "x")
    one.get_all()
    one.call("queue.unbind", queue="q", exchange="x", key="k", arguments={"n": 1})
    one.publish("k", b"3", "x", mandatory=True)
    one.hear()


@section
def exchange_to_exchange(talk: Talk) -> None:
    """Deliveries name the exchange and key of the publisher."""
    one = talk.channel()
    one.exchange("x", "topic")
    one.exchange("y", "direct")
    one.queue()
    one.call("exchange.bind", destination="y", source="x", key="a.#")
    one.call("exchange.bind", destination="y", source="x", key="a.#")
    one.bind("q", "y", "a.b")
    one.publish("a.b", b"1", "x")
    one.publish("a.c", b"2", "x", mandatory=True)
    one.hear()
    one.get_all()
    one.call("exchange.unbind", destination="y", source="x", key="a.#")
    one.publish("a.b", b"3", "x", mandatory=True)
    one.hear()


@section
def exchanges_in_a_circle(talk: Talk) -> None:
    """Each is visited once."""
    one = talk.channel()
    one.exchange("x", "fanout")
    one.exchange("y", "fanout")
    one.queue()
    one.call("exchange.bind", destination="y", source="x")
    one.call("exchange.bind", destination="x", source="y")
    one.call("exchange.bind", destination="x", source="x")
    one.bind("q", "y")
    one.publish("k", b"1", "x")
    one.get_all()


@section
def alternate_exchange(talk: Talk) -> None:
    """What cannot be routed goes there, and is not returned."""
    one = talk.channel()
    one.exchange("ae", "fanout")
    one.exchange("x", "direct", {"alternate-exchange": "ae"})
    one.queue()
    one.queue("r")
    one.bind("q", "ae")
    one.bind("r", "x", "k")
    one.confirm()
    one.publish("none", b"1", "x", mandatory=True)
    one.publish("k", b"2", "x", mandatory=True)
    one.confirms(2)
    one.get_all("q", "r")


@section
def alternate_exchange_that_is_missing(talk: Talk) -> None:
    """As if there were none."""
    one = talk.channel()
    one.exchange("x", "direct", {"alternate-exchange": "none"})
    one.confirm()
    one.publish("k", b"1", "x", mandatory=True)
    one.hear()
    one.confirms(1)


@section.cases(*[(kind, kind) for kind in ("direct", "fanout", "headers")])
def alternate_exchange_that_is_the_default(talk: Talk, kind: str) -> None:
    """Reaches nothing, though there is a queue of that name."""
    one = talk.channel()
    one.exchange("x", kind, {"alternate-exchange": ""})
    one.queue()
    one.confirm()
    one.publish("q", b"1", "x", mandatory=True)
    one.hear()
    one.confirms(1)
    one.get_all()


@section
def alternate_exchanges_in_a_row(talk: Talk) -> None:
    """Each may have its own, in a circle too."""
    one = talk.channel()
    one.exchange("x", "direct", {"alternate-exchange": "y"})
    one.exchange("y", "direct", {"alternate-exchange": "z"})
    one.exchange("z", "direct", {"alternate-exchange": "x"})
    one.queue()
    one.bind("q", "z", "k")
    one.publish("k", b"1", "x", mandatory=True)
    one.publish("none", b"2", "x", mandatory=True)
    one.hear()
    one.get_all()


@section
def alternate_exchange_behind_a_binding(talk: Talk) -> None:
    """A bound exchange without a route of its own: whether its alternate gets the message."""
    one = talk.channel()
    one.exchange("ae", "fanout")
    one.exchange("x", "fanout")
    one.exchange("y", "direct", {"alternate-exchange": "ae"})
    one.queue()
    one.bind("q", "ae")
    one.call("exchange.bind", destination="y", source="x")
    one.publish("k", b"1", "x", mandatory=True)
    one.get_soon()


@section
def names_as_long_as_can_be(talk: Talk) -> None:
    """255 bytes, spaces and letters of all kinds."""
    one = talk.channel()
    for name in ("n" * 255, "with space", "ünï ✓", "a/b%2F#*.", " "):
        one.exchange(name, "fanout")
        one.queue(name)
        one.bind(name, name)
        one.publish("k" * 255, b"1", name)
        one.get_all(name)
