"""Section 4 of the list, exchanges: how they route, what they refuse, when they go."""

from collections.abc import Callable
from typing import Any

import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import BasicProperties

from mqstudio.model.message import Header
from mqstudio.protocols.amqp091 import codec
from tests.support.amqp091 import publish
from tests.support.pika_client import Got, ready, refused, send, settle
from tests.support.raw_client import RawClient

PREDECLARED = {
    "amq.direct": "direct",
    "amq.fanout": "fanout",
    "amq.topic": "topic",
    "amq.headers": "headers",
    "amq.match": "headers",
}
DEFAULT = "operation not permitted on the default exchange"


@pytest.fixture
def bound(channel: BlockingChannel, queue: str) -> Callable[..., str]:
    """Make a queue bound to an exchange; its name."""

    def bound(source: str, key: str = "", arguments: dict[str, Any] | None = None) -> str:
        name: str = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(name, source, key, arguments)
        return name

    return bound


def bodies(channel: BlockingChannel, queue: str) -> list[bytes]:
    """Everything that waits in a queue, taken out."""
    found = []
    while (got := channel.basic_get(queue, auto_ack=True))[0]:
        found.append(got[2])
    return found


# ---- the default exchange and those that are there


def test_default_exchange(channel: BlockingChannel, queue: str) -> None:
    """The default exchange routes to the queue that the key names, and only that."""
    channel.queue_declare(queue, exclusive=True)
    other = channel.queue_declare("", exclusive=True).method.queue
    send(channel, queue, b"x")
    assert (bodies(channel, queue), bodies(channel, other)) == ([b"x"], [])


@pytest.mark.parametrize(
    "act",
    [
        lambda c, q: c.exchange_declare("", passive=True),
        lambda c, q: c.exchange_declare("", "direct", durable=True),
        lambda c, q: c.exchange_delete(""),
        lambda c, q: c.queue_bind(q, "", "k"),
        lambda c, q: c.queue_unbind(q, "", "k"),
        lambda c, q: c.exchange_bind("amq.fanout", ""),
        lambda c, q: c.exchange_bind("", "amq.fanout"),
    ],
)
def test_the_default_exchange_is_fixed(
    channel: BlockingChannel, queue: str, act: Callable[[BlockingChannel, str], object]
) -> None:
    """Declaring it even passively, binding, unbinding and deleting it are 403."""
    channel.queue_declare(queue, exclusive=True)
    with refused(403, DEFAULT):
        act(channel, queue)


@pytest.mark.parametrize(("name", "kind"), PREDECLARED.items())
def test_predeclared(channel: BlockingChannel, name: str, kind: str) -> None:
    """They are there, durable, and declaring them identically is fine."""
    channel.exchange_declare(name, passive=True)
    channel.exchange_declare(name, kind, durable=True)


def test_predeclared_trace(channel: BlockingChannel) -> None:
    """amq.rabbitmq.trace is an internal topic exchange; amq.rabbitmq.log is not there."""
    channel.exchange_declare("amq.rabbitmq.trace", "topic", durable=True, internal=True)
    with refused(404, "no exchange 'amq.rabbitmq.log' in vhost '/'"):
        channel.exchange_declare("amq.rabbitmq.log", passive=True)


@pytest.mark.parametrize("name", PREDECLARED)
def test_predeclared_stay(channel: BlockingChannel, name: str) -> None:
    """A predeclared exchange cannot be deleted: 403."""
    with refused(403, f"deletion of system exchange '{name}' in vhost '/' not allowed"):
        channel.exchange_delete(name)


# ---- direct, fanout, topic


def test_direct(channel: BlockingChannel, bound: Callable[..., str], exchange: str) -> None:
    """A direct exchange routes to every queue bound with exactly the key."""
    channel.exchange_declare(exchange, "direct", auto_delete=True)
    first, second, other = bound(exchange, "k"), bound(exchange, "k"), bound(exchange, "K")
    channel.basic_publish(exchange, "k", b"x")
    assert [bodies(channel, q) for q in (first, second, other)] == [[b"x"], [b"x"], []]


def test_fanout(channel: BlockingChannel, bound: Callable[..., str], exchange: str) -> None:
    """A fanout exchange routes to every queue bound, whatever the keys."""
    channel.exchange_declare(exchange, "fanout", auto_delete=True)
    first, second = bound(exchange, "a"), bound(exchange, "b")
    channel.basic_publish(exchange, "c", b"x")
    assert [bodies(channel, q) for q in (first, second)] == [[b"x"], [b"x"]]


@pytest.mark.parametrize(
    ("pattern", "hits", "misses"),
    [
        ("a.b", ["a.b"], ["a", "a.b.c", "A.B", "a.c", ""]),
        ("a.*", ["a.b", "a."], ["a", "a.b.c", "b.a"]),
        ("*.b", ["a.b", ".b"], ["b", "a.b.c"]),
        ("#", ["", "a", "a.b.c", "."], []),
        ("a.#", ["a", "a.b", "a.b.c", "a."], ["", "b.a", "ab"]),
        ("#.z", ["z", "a.z", "a.b.z"], ["", "z.a"]),
        ("a.#.z", ["a.z", "a.b.z", "a.b.c.z", "a..z"], ["a", "z", "a.b"]),
        ("#.b.#", ["b", "a.b", "b.c", "a.b.c"], ["", "a.c"]),
        ("*", ["a"], ["", "a.b"]),
        ("*.*", ["a.b", "."], ["a", "a.b.c"]),
        ("a.*.#", ["a.b", "a.b.c", "a..c"], ["a"]),
        ("a.#.c", ["a.c", "a..c", "a.b.c"], ["a", "a.b"]),
        ("", [""], ["a"]),
        ("#.#", ["", "a", "a.b"], []),
        ("*.#", ["a", "a.b"], [""]),
        ("a*", ["a*"], ["ab", "a"]),
        ("w" * 200 + ".*", ["w" * 200 + ".x"], ["w" * 199 + ".x"]),
    ],
)
def test_topic_words(
    channel: BlockingChannel, bound: Callable[..., str], pattern: str, hits: list[str], misses: list[str]
) -> None:
    """`.` separates words, `*` is exactly one, `#` any number; empty words count, an empty key has none."""
    queue = bound("amq.topic", pattern)
    for key in [*misses, *hits]:
        channel.basic_publish("amq.topic", key, key.encode())
    assert bodies(channel, queue) == [key.encode() for key in hits]


def test_one_copy_per_queue(channel: BlockingChannel, bound: Callable[..., str], exchange: str) -> None:
    """Several matching bindings, through other exchanges too, deliver once."""
    queue = bound("amq.topic", "a.#")
    channel.exchange_declare(exchange, "fanout", auto_delete=True)
    channel.queue_bind(queue, "amq.topic", "*.b")
    channel.queue_bind(queue, exchange)
    channel.exchange_bind(exchange, "amq.topic", "#.b")
    channel.basic_publish("amq.topic", "a.b", b"x")
    assert bodies(channel, queue) == [b"x"]


# ---- headers


@pytest.mark.parametrize(
    ("binding", "hits", "misses"),
    [
        ({"a": 1, "b": 2}, [{"a": 1, "b": 2}, {"a": 1, "b": 2, "c": 3}], [{"a": 1}, {"b": 2, "a": 2}, {}]),
        ({"x-match": "all", "a": 1}, [{"a": 1}], [{"a": 2}, {}]),
        ({"x-match": "any", "a": 1, "b": 2}, [{"a": 1}, {"b": 2, "a": 9}], [{"a": 2}, {"c": 1}, {}]),
        ({"x-match": "all", "x-a": 1}, [{}, {"x-a": 2}, {"b": 1}], []),
        ({"x-match": "any", "x-a": 1, "b": 1}, [{"b": 1}], [{"x-a": 1}]),
        ({"x-match": "all-with-x", "x-a": 1}, [{"x-a": 1}], [{}, {"x-a": 2}]),
        ({"x-match": "any-with-x", "x-a": 1, "b": 1}, [{"x-a": 1}, {"b": 1}], [{}]),
        ({"a": None}, [{"a": 1}, {"a": "text"}, {"a": None}], [{}, {"b": 1}]),
        ({}, [{}, {"a": 1}], []),
        ({"x-match": "any"}, [], [{}, {"a": 1}]),
        ({"a": 1}, [{"a": 1}], [{"a": "1"}, {"a": True}]),
        ({"a": "1"}, [{"a": "1"}], [{"a": 1}]),
        ({"a": {"k": 1}}, [{"a": {"k": 1}}], [{"a": {"k": 2}}]),
    ],
)
def test_headers(
    channel: BlockingChannel,
    bound: Callable[..., str],
    binding: dict[str, Any],
    hits: list[dict[str, Any]],
    misses: list[dict[str, Any]],
) -> None:
    """x-match all (default), any, all-with-x, any-with-x; void asks for presence; `1` is not `"1"`."""
    queue = bound("amq.headers", "", binding)
    for table in [*misses, *hits]:
        channel.basic_publish("amq.headers", "any", repr(table).encode(), BasicProperties(headers=table))
    assert bodies(channel, queue) == [repr(table).encode() for table in hits]


@pytest.mark.parametrize("width", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64"])
def test_headers_of_another_width(raw: Callable[[], RawClient], width: str) -> None:
    """The width of an integer does not matter to a headers exchange."""
    client = raw().open(1)
    queue = client.call(1, "queue.declare", 0, "", False, False, True, False, False, []).args[0]
    client.call(1, "queue.bind", 0, queue, "amq.headers", "", False, [Header("a", "int32", 5)])
    properties = (1 << 13).to_bytes(2) + codec.write_table([Header("a", width, 5)])
    client.send(publish(b"x", exchange="amq.headers", properties=properties))
    assert client.call(1, "basic.get", 0, queue, True).name == "basic.get-ok"


def test_a_message_without_headers(channel: BlockingChannel, bound: Callable[..., str]) -> None:
    """Empty arguments with `all` match everything, also what has no header table."""
    everything, something = bound("amq.match"), bound("amq.match", "", {"a": 1})
    channel.basic_publish("amq.match", "", b"x")
    assert (bodies(channel, everything), bodies(channel, something)) == ([b"x"], [])


@pytest.mark.parametrize("value", ["some", 5])
def test_headers_match_nonsense(channel: BlockingChannel, queue: str, value: object) -> None:
    """Any other x-match is 406."""
    channel.queue_declare(queue, exclusive=True)
    with refused(406, "x-match"):
        channel.queue_bind(queue, "amq.headers", "", {"x-match": value})


# ---- declaring and deleting


def test_passive(channel: BlockingChannel, exchange: str) -> None:
    """A passive declare is 404 if it is missing; its type and flags are not checked."""
    channel.exchange_declare(exchange, "fanout", durable=True)
    channel.exchange_declare(exchange, "topic", passive=True)
    channel.exchange_delete(exchange)
    with refused(404, f"no exchange '{exchange}' in vhost '/'"):
        channel.exchange_declare(exchange, "fanout", passive=True)


@pytest.mark.parametrize(
    ("difference", "says"),
    [
        ({"exchange_type": "topic"}, "inequivalent arg 'type' .*received 'topic' but current is 'direct'"),
        ({"durable": True}, "inequivalent arg 'durable' .*received 'true' but current is 'false'"),
        ({"auto_delete": True}, "inequivalent arg 'auto_delete' .*received 'true' but current is 'false'"),
        ({"internal": True}, "inequivalent arg 'internal' .*received 'true' but current is 'false'"),
        (
            {"arguments": {"alternate-exchange": "other"}},
            "inequivalent arg 'alternate-exchange' .*"
            "received the value 'other' of type 'longstr' but current is none",
        ),
    ],
)
def test_declared_differently(
    channel: BlockingChannel, exchange: str, difference: dict[str, Any], says: str
) -> None:
    """A different type, durable, auto_delete, internal or alternate-exchange is 406."""
    channel.exchange_declare(exchange)
    with refused(406, says):
        channel.exchange_declare(exchange, **difference)


def test_arguments_that_are_not_compared(channel: BlockingChannel, exchange: str) -> None:
    """Only alternate-exchange is compared; unknown arguments are accepted and ignored."""
    channel.exchange_declare(exchange, arguments={"x-foo": 1, "bar": "b"})
    channel.exchange_declare(exchange, arguments={"x-foo": 2})
    channel.exchange_declare(exchange)


def test_auto_delete(channel: BlockingChannel, bound: Callable[..., str], exchange: str) -> None:
    """It goes when its last binding as source goes, and not before it had one."""
    channel.exchange_declare(exchange, "fanout", auto_delete=True)
    channel.exchange_bind(exchange, "amq.fanout")
    channel.exchange_unbind(exchange, "amq.fanout")
    channel.exchange_declare(exchange, passive=True)
    first, second = bound(exchange), bound(exchange)
    channel.queue_unbind(first, exchange, "")
    channel.exchange_declare(exchange, passive=True)
    channel.queue_delete(second)
    with refused(404, f"no exchange '{exchange}'"):
        channel.exchange_declare(exchange, passive=True)


def test_if_unused(channel: BlockingChannel, bound: Callable[..., str], exchange: str) -> None:
    """if-unused: 406 when it has bindings as source; being a destination is no use."""
    channel.exchange_declare(exchange, "fanout")
    channel.exchange_bind(exchange, "amq.fanout")
    channel.exchange_delete(exchange, if_unused=True)
    channel.exchange_declare(exchange, "fanout")
    bound(exchange)
    with refused(406, f"exchange '{exchange}' in vhost '/' in use"):
        channel.exchange_delete(exchange, if_unused=True)


def test_deleting_what_is_not_there(channel: BlockingChannel) -> None:
    """exchange.delete of what is not there answers -ok, with if-unused too."""
    channel.exchange_delete("none")
    channel.exchange_delete("none", if_unused=True)


@pytest.mark.not_as_3_10("4.x: 406 on the channel")
def test_unknown_type_closes_the_channel_only(channel: BlockingChannel) -> None:
    """An unknown exchange type: 406 on the channel as in 4.x, where 3.10 ends the connection with 503."""
    with refused(406, "unknown exchange type 'nonsense'"):
        channel.exchange_declare("e", "nonsense")


def test_internal(channel: BlockingChannel, bound: Callable[..., str], exchange: str) -> None:
    """Publishing to an internal exchange is 403; bindings are fine and route."""
    channel.exchange_declare(exchange, "fanout", internal=True)
    queue = bound(exchange)
    channel.exchange_bind(exchange, "amq.direct", "through")
    channel.basic_publish("amq.direct", "through", b"x")
    assert bodies(channel, queue) == [b"x"]
    channel.exchange_delete(exchange)


# ---- alternate exchanges


def alternate(name: str) -> dict[str, Any]:
    return {"alternate-exchange": name}


def test_alternate_exchange(channel: BlockingChannel, bound: Callable[..., str], exchange: str) -> None:
    """What the exchange does not route goes to its alternate; a mandatory message is then not returned."""
    spare = f"{exchange}-spare"
    channel.exchange_declare(spare, "fanout")
    channel.exchange_declare(exchange, "direct", arguments=alternate(spare))
    normal, other = bound(exchange, "k"), bound(spare)
    returned: list[Any] = []
    channel.add_on_return_callback(lambda *what: returned.append(what))
    channel.basic_publish(exchange, "k", b"normal", mandatory=True)
    channel.basic_publish(exchange, "else", b"other", mandatory=True)
    got = channel.basic_get(other)
    assert (got[0].exchange, got[0].routing_key, got[2]) == (exchange, "else", b"other")
    assert bodies(channel, normal) == [b"normal"]
    settle(channel)
    assert returned == []


def test_alternates_in_a_row(channel: BlockingChannel, bound: Callable[..., str], exchange: str) -> None:
    """Alternates are chained; a cycle of them stops; what none of them routes is returned."""
    names = [f"{exchange}-{i}" for i in range(3)]
    for name, following in zip(names, [*names[1:], names[0]], strict=True):
        channel.exchange_declare(name, "direct", arguments=alternate(following))
    queue = bound(names[2], "k")
    returned: list[Any] = []
    channel.add_on_return_callback(lambda _, method, *rest: returned.append(method.routing_key))
    channel.basic_publish(names[0], "k", b"x", mandatory=True)
    channel.basic_publish(names[0], "nowhere", b"x", mandatory=True)
    settle(channel)
    assert bodies(channel, queue) == [b"x"]
    assert returned == ["nowhere"]
    for name in names:
        channel.exchange_delete(name)


def test_a_missing_alternate(channel: BlockingChannel, exchange: str) -> None:
    """An alternate that is not there is ignored."""
    channel.exchange_declare(exchange, arguments=alternate("none"))
    returned: list[Any] = []
    channel.add_on_return_callback(lambda *what: returned.append(what))
    channel.basic_publish(exchange, "k", b"x", mandatory=True)
    settle(channel)
    assert len(returned) == 1


# ---- exchange to exchange


def test_exchange_to_exchange(channel: BlockingChannel, bound: Callable[..., str], exchange: str) -> None:
    """What passes from exchange to exchange keeps the exchange and key of its publishing."""
    channel.exchange_declare(exchange, "topic", auto_delete=True)
    queue = bound(exchange, "a.*")
    channel.exchange_bind(exchange, "amq.direct", "a.b")
    channel.exchange_bind(exchange, "amq.direct", "a.b")
    channel.basic_publish("amq.direct", "a.b", b"x")
    method, _, body = channel.basic_get(queue)
    assert (method.exchange, method.routing_key, body) == ("amq.direct", "a.b", b"x")
    channel.exchange_unbind(exchange, "amq.direct", "a.b")
    channel.basic_publish("amq.direct", "a.b", b"late")
    assert ready(channel, queue) == 0


def test_exchanges_in_a_circle(channel: BlockingChannel, bound: Callable[..., str], exchange: str) -> None:
    """A cycle of bindings ends, and delivers once."""
    other = f"{exchange}-other"
    for name in (exchange, other):
        channel.exchange_declare(name, "fanout")
    channel.exchange_bind(exchange, other)
    channel.exchange_bind(other, exchange)
    queue = bound(other)
    got = Got(channel, queue, auto_ack=True)
    channel.basic_publish(exchange, "", b"x")
    settle(channel)
    assert got.wait(1) == [b"x"]
    for name in (exchange, other):
        channel.exchange_delete(name)


@pytest.mark.parametrize(("destination", "source"), [("none", "amq.direct"), ("amq.direct", "none")])
def test_binding_a_missing_exchange(channel: BlockingChannel, destination: str, source: str) -> None:
    """Binding exchanges of which one is missing is 404; unbinding them is fine."""
    channel.exchange_unbind(destination, source, "k")
    with refused(404, "no exchange 'none' in vhost '/'"):
        channel.exchange_bind(destination, source, "k")


@pytest.mark.parametrize(
    ("name", "says"),
    [("amq.own", r"exchange name 'amq.own' contains reserved prefix 'amq.\*'")],
)
def test_reserved_names(channel: BlockingChannel, name: str, says: str) -> None:
    """Names that begin with `amq.` are 403."""
    with refused(403, says):
        channel.exchange_declare(name)
