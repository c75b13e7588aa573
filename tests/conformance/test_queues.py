"""Section 5 of the list, queues: declaring, binding, owning, purging and deleting them."""

import re
from collections.abc import Callable

import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.support.pika_client import Connect, Got, ready, refused, send, settle, wait_until

Act = Callable[[BlockingChannel, str], object]

# ---- declaring


def test_declare_ok_counts_ready_messages(channel: BlockingChannel, queue: str) -> None:
    """declare-ok: the name, ready messages only, and consumers."""
    channel.queue_declare(queue)
    send(channel, queue, b"1", b"2", b"3")
    channel.basic_get(queue)
    settle(channel)
    declared = channel.queue_declare(queue).method
    assert (declared.queue, declared.message_count, declared.consumer_count) == (queue, 2, 0)
    got = Got(channel, queue)
    got.wait(2)
    declared = channel.queue_declare(queue, passive=True).method
    assert (declared.message_count, declared.consumer_count) == (0, 1)
    channel.queue_delete(queue)


def test_server_named(channel: BlockingChannel) -> None:
    """The name "" makes `amq.gen-` and 22 url-safe characters; "" afterwards means the last declared."""
    first = channel.queue_declare("", exclusive=True).method.queue
    assert re.fullmatch(r"amq\.gen-[A-Za-z0-9_-]{22}", first)
    second = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind("", "amq.direct", "k")
    channel.basic_publish("amq.direct", "k", b"x")
    assert channel.basic_get("")[2] == b"x"
    assert channel.queue_purge("").method.message_count == 0
    channel.queue_unbind("", "amq.direct", "k")
    assert channel.basic_consume("", print).startswith("ctag")
    assert channel.queue_delete("").method.message_count == 0
    assert ready(channel, first) == 0
    with refused(404, f"no queue '{second}'"):
        channel.queue_declare(second, passive=True)


@pytest.mark.parametrize(
    "act",
    [
        lambda c: c.queue_bind("", "amq.direct", "k"),
        lambda c: c.queue_purge(""),
        lambda c: c.queue_delete(""),
        lambda c: c.basic_get(""),
        lambda c: c.basic_consume("", print),
    ],
)
def test_no_last_queue(channel: BlockingChannel, act: Callable[[BlockingChannel], object]) -> None:
    """A method with queue "" on a channel that has declared none is 404."""
    with refused(404, "no previously declared queue"):
        act(channel)


def test_reserved_names(connect: Connect) -> None:
    """Names that begin with `amq.` are 403; asking for one passively is allowed."""
    with refused(403, r"queue name 'amq.own' contains reserved prefix 'amq.\*'"):
        connect().channel().queue_declare("amq.own")
    with refused(404, "no queue 'amq.own' in vhost '/'"):
        connect().channel().queue_declare("amq.own", passive=True)


@pytest.mark.parametrize("flag", ["durable", "auto_delete"])
def test_declared_differently(channel: BlockingChannel, queue: str, flag: str) -> None:
    """A different durable or auto-delete is 406, naming both values."""
    channel.queue_declare(queue)
    says = f"inequivalent arg '{flag}' for queue '{queue}' in vhost '/'"
    with refused(406, f"{says}: received 'true' but current is 'false'"):
        channel.queue_declare(queue, **{flag: True})


@pytest.mark.parametrize("is_exclusive", [True, False])
def test_exclusive_declared_differently(channel: BlockingChannel, queue: str, is_exclusive: bool) -> None:
    """A different exclusive is 405 even for the owner, and says that it may be the reason."""
    channel.queue_declare(queue, exclusive=is_exclusive)
    says = (
        f"cannot obtain exclusive access to locked queue '{queue}' in vhost '/'. It could be originally "
        "declared on another connection or the exclusive property value does not match that of the "
        "original declaration."
    )
    with refused(405, re.escape(says)):
        channel.queue_declare(queue, exclusive=not is_exclusive)


def test_passive(channel: BlockingChannel, queue: str) -> None:
    """A passive declare is 404 if the queue is missing; properties are not compared."""
    channel.queue_declare(queue, exclusive=True)
    channel.queue_declare(queue, passive=True, durable=True, auto_delete=True, arguments={"x-message-ttl": 5})
    with refused(404, "no queue 'none' in vhost '/'"):
        channel.queue_declare("none", passive=True)


def test_unknown_arguments(channel: BlockingChannel, queue: str) -> None:
    """Unknown arguments, `x-` or not, are accepted and not compared."""
    channel.queue_declare(queue, exclusive=True, arguments={"foo": "a", "x-foo": 1})
    channel.queue_declare(queue, exclusive=True, arguments={"foo": "b"})
    channel.queue_declare(queue, exclusive=True)


# ---- exclusive and auto-delete


@pytest.mark.parametrize(
    "act",
    [
        lambda c, q: c.queue_declare(q, exclusive=True),
        lambda c, q: c.queue_declare(q, passive=True),
        lambda c, q: c.basic_consume(q, print),
        lambda c, q: c.basic_get(q),
        lambda c, q: c.queue_purge(q),
        lambda c, q: c.queue_delete(q),
        lambda c, q: c.queue_bind(q, "amq.direct", "k"),
    ],
)
def test_exclusive(connect: Connect, channel: BlockingChannel, queue: str, act: Act) -> None:
    """Declare, passive, consume, get, purge, delete, bind from another connection are all 405."""
    channel.queue_declare(queue, exclusive=True)
    with refused(405, f"cannot obtain exclusive access to locked queue '{queue}' in vhost '/'"):
        act(connect().channel(), queue)


def test_publishing_to_an_exclusive_queue(connect: Connect, channel: BlockingChannel, queue: str) -> None:
    """Publishing from elsewhere works."""
    channel.queue_declare(queue, exclusive=True)
    send(connect().channel(), queue, b"x")
    wait_until(channel, lambda: ready(channel, queue) == 1)


@pytest.mark.parametrize("is_durable", [True, False])
def test_exclusive_goes_with_its_connection(connect: Connect, queue: str, is_durable: bool) -> None:
    """An exclusive queue is deleted when its connection ends, also when it is durable."""
    owner = connect()
    owner.channel().queue_declare(queue, exclusive=True, durable=is_durable)
    owner.close()
    other = connect()

    def is_gone() -> bool:
        with refused(404, f"no queue '{queue}'"):
            other.channel().queue_declare(queue, passive=True)
        return True

    assert is_gone()


def test_exclusive_belongs_to_the_connection(connect: Connect, queue: str) -> None:
    """The owner is the connection: its other channels use the queue, and it outlives the channel."""
    connection = connect()
    first, second = connection.channel(), connection.channel()
    first.queue_declare(queue, exclusive=True)
    first.close()
    assert ready(second, queue) == 0


@pytest.mark.parametrize("how", ["cancel", "channel", "connection"])
def test_auto_delete(connect: Connect, channel: BlockingChannel, queue: str, how: str) -> None:
    """An auto-delete queue goes when its last consumer goes: by cancel, with its channel or connection."""
    connection = connect()
    consumer, other = connection.channel(), connect().channel()
    other.queue_declare(queue, auto_delete=True)
    kept = Got(other, queue)
    got = Got(consumer, queue)
    other.basic_cancel(kept.tag)
    assert ready(channel, queue) == 0
    match how:
        case "cancel":
            consumer.basic_cancel(got.tag)
        case "channel":
            consumer.close()
        case "connection":
            connection.close()
    with refused(404, f"no queue '{queue}'"):
        wait_until(channel, lambda: bool(channel.queue_declare(queue, passive=True)) and False)


def test_auto_delete_without_a_consumer(channel: BlockingChannel, queue: str) -> None:
    """Never having had a consumer, it stays."""
    channel.queue_declare(queue, auto_delete=True)
    send(channel, queue, b"x")
    channel.basic_get(queue, auto_ack=True)
    assert ready(channel, queue) == 0


# ---- purging and deleting


def test_purge(channel: BlockingChannel, queue: str) -> None:
    """Purging takes ready messages only, and says how many."""
    channel.queue_declare(queue, exclusive=True)
    send(channel, queue, b"1", b"2", b"3")
    tag = channel.basic_get(queue)[0].delivery_tag
    settle(channel)
    assert channel.queue_purge(queue).method.message_count == 2
    channel.basic_nack(tag)
    assert channel.basic_get(queue)[2] == b"1"


def test_purging_what_is_not_there(channel: BlockingChannel) -> None:
    """Purging a missing queue is 404, unlike deleting it."""
    with refused(404, "no queue 'none' in vhost '/'"):
        channel.queue_purge("none")


def test_idempotent(channel: BlockingChannel, queue: str) -> None:
    """Deleting a missing queue, unbinding what is not bound, cancelling an unknown consumer answer -ok."""
    assert channel.queue_delete("none").method.message_count == 0
    assert channel.queue_delete("none", if_empty=True, if_unused=True).method.message_count == 0
    channel.queue_declare(queue, exclusive=True)
    channel.queue_unbind(queue, "amq.direct", "never bound")
    channel.queue_unbind(queue, "no such exchange", "k")
    channel.queue_unbind("no such queue", "amq.direct", "k")


def test_delete(channel: BlockingChannel, queue: str) -> None:
    """Deleting answers with the count of ready messages."""
    channel.queue_declare(queue)
    send(channel, queue, b"1", b"2", b"3")
    channel.basic_get(queue)
    settle(channel)
    assert channel.queue_delete(queue).method.message_count == 2


def test_if_unused(channel: BlockingChannel, queue: str) -> None:
    """if-unused is 406 while there is a consumer."""
    channel.queue_declare(queue, exclusive=True)
    Got(channel, queue)
    with refused(406, f"queue '{queue}' in vhost '/' in use"):
        channel.queue_delete(queue, if_unused=True)


def test_if_empty(channel: BlockingChannel, queue: str) -> None:
    """if-empty is 406 while a message is ready."""
    channel.queue_declare(queue, exclusive=True)
    send(channel, queue, b"x")
    settle(channel)
    with refused(406, f"queue '{queue}' in vhost '/' not empty"):
        channel.queue_delete(queue, if_empty=True)


# ---- bindings


def test_bindings_are_told_apart(channel: BlockingChannel, queue: str) -> None:
    """A binding is source, destination, key and arguments; binding twice is one binding."""
    channel.queue_declare(queue, exclusive=True)
    for arguments in ({"a": 1}, {"a": 1}, {"b": 1}):
        channel.queue_bind(queue, "amq.direct", "k", arguments)
    channel.queue_unbind(queue, "amq.direct", "k", {"a": 1})
    channel.basic_publish("amq.direct", "k", b"still bound")
    assert channel.basic_get(queue, auto_ack=True)[2] == b"still bound"
    channel.queue_unbind(queue, "amq.direct", "k", {"b": 1})
    channel.basic_publish("amq.direct", "k", b"x")
    assert channel.basic_get(queue) == (None, None, None)


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda c, q: c.queue_bind("none", "amq.direct", "k"), "no queue 'none' in vhost '/'"),
        (lambda c, q: c.queue_bind(q, "none", "k"), "no exchange 'none' in vhost '/'"),
        (lambda c, q: c.basic_get("none"), "no queue 'none' in vhost '/'"),
        (lambda c, q: c.basic_consume("none", print), "no queue 'none' in vhost '/'"),
    ],
)
def test_what_is_not_there(channel: BlockingChannel, queue: str, act: Act, says: str) -> None:
    """Binding to what is missing, getting and consuming from it are 404."""
    channel.queue_declare(queue, exclusive=True)
    with refused(404, says):
        act(channel, queue)
