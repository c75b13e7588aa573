"""Section 9 of the list, confirms: their tags, their order with returns, refusals."""

from collections.abc import Callable, Iterable

import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.support.amqp091 import Frame, declare, method, publish
from tests.support.pika_client import refused, take_all
from tests.support.raw_client import RawClient, why

Raw = Callable[[], RawClient]

FULL = {"x-max-length": 2, "x-overflow": "reject-publish"}


def confirming(client: RawClient, *channels: int) -> RawClient:
    """Switch channels to confirms."""
    for channel in channels or (1,):
        client.send(method(channel, "confirm.select", False))
        client.expect("confirm.select-ok")
    return client


def settled(frames: Iterable[Frame], count: int) -> list[tuple[str, int]]:
    """How each publish was settled: tags in their order, whether confirmed one by one or several at once."""
    found: dict[int, str] = {}
    for frame in frames:
        tag, is_multiple = frame.args[:2]
        for each in range(1 if is_multiple else tag, tag + 1):
            found.setdefault(each, frame.name)
        if len(found) == count:
            break
    return [(found[tag], tag) for tag in sorted(found)]


def test_tags_begin_at_one(raw: Raw, queue: str) -> None:
    """Tags are the channel's, from 1, counted from confirm.select on."""
    client = raw().open(1, 2)
    client.send(declare(queue, exclusive=True), publish(b"before", key=queue))
    client.expect("queue.declare-ok")
    confirming(client, 1, 2)
    for channel in (1, 2):
        client.send(publish(b"x", key=queue, channel=channel))
        confirm = client.expect("basic.ack")
        assert (confirm.channel, confirm.args) == (channel, (1, False))


def test_tags_begin_anew(raw: Raw, queue: str) -> None:
    """And with the next channel of the same number from 1 again."""
    client = confirming(raw().open(1))
    client.send(publish(b"x", key="nowhere"))
    assert client.expect("basic.ack").args == (1, False)
    assert client.call(1, "channel.close", 200, "", 0, 0).name == "channel.close-ok"
    client.send(method(1, "channel.open", ""))
    client.expect("channel.open-ok")
    confirming(client).send(publish(b"x", key="nowhere"))
    assert client.expect("basic.ack").args == (1, False)


def test_selecting_again(raw: Raw, queue: str) -> None:
    """Repeating confirm.select is fine, and counts on."""
    client = confirming(raw().open(1))
    client.send(publish(b"x", key="nowhere"))
    assert client.expect("basic.ack").args == (1, False)
    confirming(client).send(publish(b"x", key="nowhere"))
    assert client.expect("basic.ack").args == (2, False)


def test_many(raw: Raw, queue: str) -> None:
    """Every publish is confirmed once, however they are gathered."""
    client = raw().open(1)
    client.send(declare(queue, exclusive=True))
    client.expect("queue.declare-ok")
    confirming(client).send(*[publish(b"%d" % number, key=queue) for number in range(500)])
    frames = iter(client.frame, None)
    assert settled(frames, 500) == [("basic.ack", tag) for tag in range(1, 501)]


def test_unroutable(raw: Raw) -> None:
    """What nobody takes is acked too."""
    client = confirming(raw().open(1))
    client.send(publish(b"x", exchange="amq.fanout"))
    assert client.expect("basic.ack").args == (1, False)


def test_a_return_comes_before_its_ack(raw: Raw, queue: str) -> None:
    """Of each unroutable mandatory message, among others that are routed."""
    client = raw().open(1)
    client.send(declare(queue, exclusive=True))
    client.expect("queue.declare-ok")
    confirming(client)
    keys = [queue, "nowhere 2", queue, "nowhere 4"]
    client.send(*[publish(b"x", key=key, mandatory=True) for key in keys])
    returned: list[str] = []
    confirmed = 0
    while confirmed < 4:
        frame = client.frame()
        if frame.name == "basic.return":
            returned.append(frame.args[3])
            client.content()
        else:
            assert frame.name == "basic.ack"
            confirmed = max(confirmed, frame.args[0])
            covered = keys[: frame.args[0]] if frame.args[1] else [keys[frame.args[0] - 1]]
            assert {key for key in covered if key != queue} <= set(returned)
    assert returned == ["nowhere 2", "nowhere 4"]


def test_refused(raw: Raw, queue: str) -> None:
    """Of a full queue that refuses: basic.nack for exactly those without room."""
    client = raw().open(1)
    client.send(declare(queue, FULL, exclusive=True))
    client.expect("queue.declare-ok")
    confirming(client).send(*[publish(b"%d" % number, key=queue) for number in range(5)])
    frames = iter(client.frame, None)
    expected = ["basic.ack"] * 2 + ["basic.nack"] * 3
    assert settled(frames, 5) == list(zip(expected, range(1, 6), strict=True))


def test_refused_by_one_of_two(raw: Raw, queue: str) -> None:
    """One full queue among those that took it is enough for a nack."""
    client = raw().open(1)
    roomy = f"{queue}-2"
    client.send(declare(queue, FULL | {"x-max-length": 0}, exclusive=True), declare(roomy, exclusive=True))
    for name in (queue, roomy):
        client.send(method(1, "queue.bind", 0, name, "amq.topic", queue, False, []))
    for _ in range(4):
        client.frame()
    confirming(client).send(publish(b"x", exchange="amq.topic", key=queue))
    assert client.expect("basic.nack").args[0] == 1


def test_refused_without_confirms(channel: BlockingChannel, queue: str) -> None:
    """Dropped in silence."""
    channel.queue_declare(queue, exclusive=True, arguments=FULL)
    for number in range(5):
        channel.basic_publish("", queue, b"%d" % number, mandatory=True)
    assert take_all(channel, queue) == [b"0", b"1"]


def test_before_the_end(raw: Raw, queue: str) -> None:
    """What was taken before an error is confirmed before the close; what comes after it never is."""
    client = raw().open(1)
    client.send(declare(queue, exclusive=True))
    client.expect("queue.declare-ok")
    confirming(client)
    client.send(publish(b"1", key=queue))
    assert client.expect("basic.ack").args == (1, False)
    client.send(publish(b"2", exchange="none"), publish(b"3", key=queue))
    assert why(client.frame())[:2] == ("channel", 404)
    client.send(method(1, "channel.close-ok"), method(1, "channel.open", ""))
    client.expect("channel.open-ok")
    client.send(declare(queue, passive=True))
    assert client.expect("queue.declare-ok").args[:2] == (queue, 1)


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        (
            BlockingChannel.confirm_delivery,
            BlockingChannel.tx_select,
            "from confirm to tx mode",
        ),
        (
            BlockingChannel.tx_select,
            BlockingChannel.confirm_delivery,
            "from tx to confirm mode",
        ),
    ],
)
def test_not_with_transactions(
    channel: BlockingChannel,
    first: Callable[[BlockingChannel], object],
    second: Callable[[BlockingChannel], object],
    says: str,
) -> None:
    """Confirms after tx.select, and tx.select after confirms, are 406."""
    first(channel)
    with refused(406, f"cannot switch {says}"):
        second(channel)
