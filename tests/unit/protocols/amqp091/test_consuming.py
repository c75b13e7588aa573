"""Deliveries, gets, acknowledgements, consumers and their credit."""

from struct import pack

import pytest

from mqstudio.model import commands as c
from mqstudio.model.commands import LogStart
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import Refusal
from mqstudio.model.events import SubscriptionClosed
from mqstudio.model.message import Header, Message, Properties, encode_properties
from mqstudio.model.refs import QueueRef, SubscriptionRef
from mqstudio.model.replies import TakeReply
from mqstudio.protocols.amqp091 import convert
from tests.support.amqp091 import (
    CAPABILITIES,
    Conversation,
    declare,
    delivered,
    message,
    method,
    opened,
    refusal,
)


def consume(
    tag: str = "ctag",
    queue: str = "q",
    *,
    no_ack: bool = False,
    exclusive: bool = False,
    nowait: bool = False,
) -> bytes:
    return method(1, "basic.consume", 0, queue, tag, False, no_ack, exclusive, nowait, [])


def closed(tag: str = "ctag", *, by_broker: bool = True) -> SubscriptionClosed:
    return SubscriptionClosed(0, QueueRef("/", "q", 1), SubscriptionRef(5, 7, 1, tag), by_broker)


# ---- deliveries


def test_a_delivery_to_the_byte() -> None:
    """basic.deliver, content header with the publisher's property bytes, one body frame."""
    conversation = opened()
    letter = delivered(message(b"hello", properties=b"\x10\x00\x02", exchange="x", key="k"), 258)
    conversation.session.notify([letter])
    deliver = pack(">HH", 60, 60) + b"\x04ctag" + pack(">QB", 258, 0) + b"\x01x\x01k"
    header = pack(">HHQ", 60, 0, 5) + b"\x10\x00\x02"
    assert conversation.session.data_to_send() == (
        b"\x01\x00\x01" + pack(">I", len(deliver)) + deliver + b"\xce"
        b"\x02\x00\x01" + pack(">I", len(header)) + header + b"\xce"
        b"\x03\x00\x01" + pack(">I", 5) + b"hello\xce"
    )  # fmt: skip


def content(conversation: Conversation, letters: list[object]) -> list[tuple[object, ...]]:
    """Deliveries as (channel, tag arguments, properties, body)."""
    got: list[list[object]] = []
    for frame in conversation.turn(b"", letters):
        if frame.name == "basic.deliver":
            got.append([frame.channel, frame.args, b"", b""])
        elif frame.name == "header":
            got[-1][2] = frame.payload[12:]
        else:
            got[-1][3] += frame.payload
    return [tuple(item) for item in got]


def test_deliveries_of_all_sorts_in_their_order() -> None:
    """Consumers, keys, sizes and properties in any mixture, each message whole."""
    conversation = opened(1, 2)
    sizes = [5, 5, 0, 131_064, 131_065, 300_000, 7]
    letters = [
        delivered(
            message(
                bytes([i]) * size,
                properties=[b"\0\0", b"\x10\x00\x02"][i % 2],
                exchange=f"x{i % 3}",
                key=f"k{i}",
            ),
            i + 1,
            consumer=f"c{i % 2}",
            channel_id=101 + i % 2,
            number=1 + i % 2,
        )
        for i, size in enumerate(sizes * 3)
    ]
    expected = [
        (
            letter.channel.number,
            (f"c{i % 2}", i + 1, False, letter.message.exchange, letter.message.routing_key),
            letter.message.properties,
            letter.message.body,
        )
        for i, letter in enumerate(letters)
    ]
    assert content(conversation, letters) == expected


def test_bodies_are_cut_as_tuned() -> None:
    """No frame is larger than the client takes."""
    conversation = Conversation().open(1, frame_max=4096)
    frames = conversation.turn(b"", [delivered(message(b"x" * 9_000))])
    assert [len(frame.payload) for frame in frames[2:]] == [4088, 4088, 824]


def test_messages_of_other_protocols_get_our_property_bytes() -> None:
    """What came as hub properties is encoded; of an unknown protocol nothing is said."""
    said = Properties(content_type="text/plain", headers=[Header("n", "int32", 5)], delivery_mode=2)
    hub = message(format="hub", properties=encode_properties(said))
    unknown = message(format="other", properties=b"whatever")
    got = content(opened(), [delivered(hub, 1), delivered(unknown, 2)])
    assert convert.read_properties(got[0][2]) == said
    assert got[1][2] == b"\0\0"


def test_many_keys() -> None:
    """More routes than are kept; each delivery has its own key."""
    letters = [delivered(message(key=f"k{i}"), i) for i in range(5_000)]
    got = content(opened(), letters)
    assert [args[4] for _, args, *_ in got] == [f"k{i}" for i in range(5_000)]


# ---- consumers


def test_consume() -> None:
    """The credit is the channel's at that time; the tag ours if the client names none."""
    conversation = opened()
    frames = conversation.turn(
        consume("a") + method(1, "basic.qos", 0, 5, False) + consume("", no_ack=True, exclusive=True)
    )
    assert [frame.name for frame in frames] == ["basic.consume-ok", "basic.qos-ok", "basic.consume-ok"]
    assert frames[2].args == ("amq.ctag-random0",)
    assert conversation.requests == [
        c.Subscribe(101, "q", "a", False, False, 0, {}),
        c.Subscribe(101, "q", "amq.ctag-random0", True, True, 5, {}),
    ]


def test_consume_ok_comes_before_the_first_delivery() -> None:
    """In the same turn too."""
    frames = opened().turn(consume(), [delivered(message())])
    assert [frame.name for frame in frames] == ["basic.consume-ok", "basic.deliver", "header", "body"]


def test_consume_without_waiting() -> None:
    """No answer, deliveries all the same."""
    frames = opened().turn(consume(nowait=True), [delivered(message())])
    assert [frame.name for frame in frames] == ["basic.deliver", "header", "body"]


def test_a_tag_in_use() -> None:
    """530, which ends the connection."""
    conversation = opened()
    conversation.answers[c.Subscribe] = refusal(Refusal.DUPLICATE_SUBSCRIPTION, tag="t")
    (close,) = conversation.turn(consume("t"))
    assert close.args == (530, "NOT_ALLOWED - attempt to reuse consumer tag 't'", 60, 20)


def test_cancel() -> None:
    """Known or not, it is answered."""
    conversation = opened()
    (frame,) = conversation.turn(method(1, "basic.cancel", "t", False) + method(1, "basic.cancel", "u", True))
    assert (frame.name, frame.args) == ("basic.cancel-ok", ("t",))
    assert conversation.requests == [c.CancelSubscription(101, "t"), c.CancelSubscription(101, "u")]


def test_deliveries_made_before_a_cancel_come_before_its_answer() -> None:
    """Clients forget a consumer when they hear cancel-ok; some die of deliveries that follow."""
    conversation = opened()
    conversation.turn(consume("old") + consume("other"))
    letters = [delivered(message(), 1, consumer="old"), delivered(message(), 2, consumer="other")]
    frames = conversation.turn(declare() + method(1, "basic.cancel", "old", False), letters)
    assert [(frame.name, frame.args[:1]) for frame in frames if frame.args] == [
        ("basic.deliver", ("old",)),
        ("queue.declare-ok", ("q",)),
        ("basic.cancel-ok", ("old",)),
        ("basic.deliver", ("other",)),
    ]


def test_deliveries_to_a_consumer_begun_and_cancelled_in_one_turn() -> None:
    """They cannot come before its consume-ok, so they come last."""
    frames = opened().turn(consume() + method(1, "basic.cancel", "ctag", False), [delivered(message())])
    assert [frame.name for frame in frames[:3]] == ["basic.consume-ok", "basic.cancel-ok", "basic.deliver"]


def test_a_tag_used_again() -> None:
    """A new consumer under an old tag, in a later turn, has its deliveries where they belong."""
    conversation = opened()
    conversation.turn(consume())
    conversation.turn(method(1, "basic.cancel", "ctag", False))
    frames = conversation.turn(consume(), [delivered(message())])
    assert [frame.name for frame in frames[:2]] == ["basic.consume-ok", "basic.deliver"]


@pytest.mark.parametrize(
    ("capabilities", "letter", "expected"),
    [
        (CAPABILITIES, closed(), [("basic.cancel", ("ctag", True))]),
        ((), closed(), []),
        (CAPABILITIES, closed(by_broker=False), []),
    ],
)
def test_cancel_notification(
    capabilities: tuple[str, ...], letter: SubscriptionClosed, expected: list[object]
) -> None:
    """To clients that know it, of what they did not ask for; after the consumer's last delivery."""
    conversation = Conversation().open(1, capabilities=capabilities)
    frames = conversation.turn(b"", [delivered(message()), letter])
    assert [(frame.name, frame.args) for frame in frames[3:]] == expected


@pytest.mark.parametrize(
    ("data", "requests"),
    [
        ([(0, 5, True)], [c.SetChannelCredit(101, 5)]),
        ([(0, 5, False)], []),
        ([(0, 5, True), (0, 2, False)], [c.SetChannelCredit(101, 5), c.SetChannelCredit(101, 0)]),
        ([(0, 2, False), (0, 5, True)], [c.SetChannelCredit(101, 5)]),
    ],
)
def test_qos(data: list[tuple[int, int, bool]], requests: list[object]) -> None:
    """Global is the channel's, and a later per-consumer limit lifts it."""
    conversation = opened()
    frames = conversation.turn(b"".join(method(1, "basic.qos", *args) for args in data))
    assert [frame.name for frame in frames] == ["basic.qos-ok"] * len(data)
    assert conversation.requests == requests


def test_prefetch_size() -> None:
    """Not implemented, nor in RabbitMQ."""
    (close,) = opened().turn(method(1, "basic.qos", 100, 0, False))
    assert close.args == (540, "NOT_IMPLEMENTED - prefetch_size!=0 (100)", 60, 10)


# ---- single takes


def test_get() -> None:
    """get-ok with the number of those left, and the content."""
    conversation = opened()
    taken: Message = message(b"hello", properties=b"\x10\x00\x02", exchange="x", key="k")
    conversation.answers[c.TakeMessage] = TakeReply(taken, 4, 9, True)
    ok, header, body = conversation.turn(method(1, "basic.get", 0, "q", True))
    assert (ok.name, ok.args) == ("basic.get-ok", (9, True, "x", "k", 4))
    assert header.payload == pack(">HHQ", 60, 0, 5) + b"\x10\x00\x02"
    assert body.payload == b"hello"
    assert conversation.requests == [c.TakeMessage(101, "q", True)]


def test_get_from_an_empty_queue() -> None:
    """get-empty."""
    (frame,) = opened().turn(method(1, "basic.get", 0, "q", False))
    assert (frame.name, frame.args) == ("basic.get-empty", ("",))


# ---- acknowledgements


@pytest.mark.parametrize(
    ("name", "args", "command"),
    [
        ("basic.ack", (5, False), (5, False, Outcome.ACCEPTED)),
        ("basic.ack", (5, True), (5, True, Outcome.ACCEPTED)),
        ("basic.ack", (0, True), (0, True, Outcome.ACCEPTED)),
        ("basic.reject", (5, True), (5, False, Outcome.RELEASED)),
        ("basic.reject", (5, False), (5, False, Outcome.REJECTED)),
        ("basic.nack", (5, True, True), (5, True, Outcome.RELEASED)),
        ("basic.nack", (5, False, True), (5, False, Outcome.RELEASED)),
        ("basic.nack", (5, True, False), (5, True, Outcome.REJECTED)),
    ],
)
def test_settling(name: str, args: tuple[object, ...], command: tuple[object, ...]) -> None:
    """Ack accepts, requeue releases, the rest rejects. Nothing is answered."""
    conversation = opened()
    assert conversation.turn(method(1, name, *args)) == []
    assert conversation.requests == [c.SettleDelivery(101, *command)]


@pytest.mark.parametrize(
    ("name", "args", "failing"),
    [("basic.ack", (5, False), 80), ("basic.reject", (5, False), 90), ("basic.nack", (5, False, False), 120)],
)
def test_unknown_delivery_tag(name: str, args: tuple[object, ...], failing: int) -> None:
    """406 on the channel; acks behind it are ignored."""
    conversation = opened()
    conversation.answers[c.SettleDelivery] = refusal(Refusal.NO_SUCH_DELIVERY, delivery_tag=5)
    (close,) = conversation.turn(method(1, name, *args) + method(1, "basic.ack", 6, False))
    assert (close.name, close.args) == (
        "channel.close",
        (406, "PRECONDITION_FAILED - unknown delivery tag 5", 60, failing),
    )
    assert [type(r) for r in conversation.requests] == [c.SettleDelivery, c.CloseChannel]


@pytest.mark.parametrize(
    ("name", "answers"), [("basic.recover", ["basic.recover-ok"]), ("basic.recover-async", [])]
)
def test_recover(name: str, answers: list[str]) -> None:
    """Everything of the channel goes back."""
    conversation = opened()
    assert [frame.name for frame in conversation.turn(method(1, name, True))] == answers
    assert conversation.requests == [c.RecoverDeliveries(101)]
    (close,) = conversation.turn(method(1, name, False))
    assert close.args[:2] == (540, "NOT_IMPLEMENTED - requeue=false")


def _wrong(value: str) -> LogStart:
    return LogStart(problem=f"{{invalid_stream_offset_arg,{value}}}")


@pytest.mark.parametrize(
    ("header", "start"),
    [
        (Header("x-stream-offset", "string", "first"), LogStart(offset=0)),
        (Header("x-stream-offset", "string", "last"), LogStart(is_last=True)),
        (Header("x-stream-offset", "string", "next"), LogStart()),
        (Header("x-stream-offset", "int64", 7), LogStart(offset=7)),
        (Header("x-stream-offset", "timestamp", 3), LogStart(at_us=3_000_000)),
        (Header("x-stream-offset", "string", "1s"), LogStart(at_us=0)),
        (
            Header("x-stream-offset", "bool", True),
            _wrong("{bool,True}"),
        ),
        (
            Header("x-stream-offset", "string", "x"),
            _wrong('{longstr,<<"x">>}'),
        ),
        (Header("other", "string", "first"), None),
    ],
)
def test_where_a_reader_of_a_stream_begins(header: Header, start: LogStart | None) -> None:
    """A word, an offset, a time or a span; the engine refuses what is none of them."""
    conversation = opened()
    conversation.turn(method(1, "basic.consume", 0, "q", "t", *[False] * 4, [header]))
    assert conversation.requests[0].start == start


def test_a_priority_is_an_integer() -> None:
    """A timestamp is none, whatever it looks like."""
    table = [Header("x-priority", "timestamp", 5)]
    (close,) = opened().turn(method(1, "basic.consume", 0, "q", "t", *[False] * 4, table))
    assert close.args[1].endswith('"expected integer, got timestamp"')
