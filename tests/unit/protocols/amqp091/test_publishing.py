"""Publishes, whole and in pieces; confirms, returns; and what a content may not be."""

import pytest

from mqstudio.model import commands as c
from mqstudio.model import limits
from mqstudio.model.errors import Refusal
from mqstudio.model.message import Header, Properties, traits
from mqstudio.model.replies import PublishReply
from mqstudio.protocols.amqp091 import convert
from mqstudio.protocols.base import BREATH
from tests.support.amqp091 import (
    Conversation,
    Frame,
    body,
    declare,
    header,
    message,
    method,
    open_channel,
    opened,
    publish,
    refusal,
    returned,
)

NO_EXCHANGE = refusal(Refusal.NO_SUCH_EXCHANGE, kind="exchange", name="x", vhost="/")
START = method(1, "basic.publish", 0, "", "q", False, False)


NOT_A_HEADER = "expected content header for class 60, got non content header frame instead"
NOT_A_BODY = "expected content body, got non content body frame instead"
TOO_MUCH = "content body frame exceeds remaining content size"
CANNOT_DECODE = "cannot decode message properties:"


def confirming() -> Conversation:
    conversation = opened(1, 2)
    (frame,) = conversation.turn(method(1, "confirm.select", False))
    assert frame.name == "confirm.select-ok"
    return conversation


def told(frames: list[Frame]) -> list[tuple[str, object]]:
    return [(frame.name, frame.args[0] if frame.args else None) for frame in frames]


PIECES = {
    "one body frame": publish(b"hello", properties=b"\x10\x00\x02"),
    "two body frames": START + header(1, 5, b"\x10\x00\x02") + body(1, b"he") + body(1, b"llo"),
    "with empty body frames": START
    + header(1, 5, b"\x10\x00\x02")
    + body(1, b"")
    + body(1, b"hell")
    + body(1, b"")
    + body(1, b"o"),
}


@pytest.mark.parametrize("data", PIECES.values(), ids=PIECES)
def test_a_publish_however_its_body_comes(data: bytes) -> None:
    """The command has the body in one piece and the property bytes untouched."""
    conversation = opened()
    assert conversation.turn(data) == []
    command = c.PublishMessage(
        101, "", "q", b"\x10\x00\x02", b"hello", False, traits=traits(is_persistent=True)
    )
    assert conversation.requests == [command]


def test_an_empty_body_has_no_frame() -> None:
    """The header is all there is."""
    conversation = opened()
    conversation.turn(publish(b"") + publish(b"x"))
    assert [request.body for request in conversation.requests] == [b"", b"x"]


def test_equal_messages_in_a_row() -> None:
    """The short cut for repetitions sees every difference."""
    first = publish(b"aaaa", properties=b"\x10\x00\x02")
    stream = [
        first,
        publish(b"bbbb", properties=b"\x10\x00\x02"),
        publish(b"cccc", properties=b"\x10\x00\x02"),
        publish(b"dddd", properties=b"\x10\x00\x01"),
        publish(b"eeee", properties=b"\x10\x00\x01"),
        publish(b"ffff", key="p", properties=b"\x10\x00\x01"),
        publish(b"gggg", key="p", properties=b"\x10\x00\x01", mandatory=True),
        publish(b"hhhh", channel=2),
        publish(b"iiii", channel=2),
        publish(b"jjjj", channel=2),
        publish(b""),
        first,
        first,
        first,
    ]
    at_once, one_by_one = opened(1, 2), opened(1, 2)
    at_once.turn(b"".join(stream))
    for part in stream:
        one_by_one.turn(part)
    assert at_once.requests == one_by_one.requests
    assert [request.body for request in at_once.requests][:5] == [b"aaaa", b"bbbb", b"cccc", b"dddd", b"eeee"]


def test_many_routes() -> None:
    """More than are remembered; each is right."""
    conversation = opened()
    conversation.turn(b"".join(publish(b"x", key=f"k{i}") for i in range(5_000)) + publish(b"x", key="k0"))
    published = [each for each in conversation.requests if isinstance(each, c.PublishMessage)]
    assert [each.routing_key for each in published] == [f"k{i}" for i in range(5_000)] + ["k0"]


@pytest.mark.parametrize("keys", [1, 1_000])
def test_after_so_many_publishes_it_is_the_others_turn(keys: int) -> None:
    """Alike or not; the rest of the chunk comes when it is asked for."""
    conversation = opened()
    count = 3 * limits.TURN_PUBLISHES + 10
    conversation.receive(b"".join(publish(b"x", key=f"k{i % keys:04}") for i in range(count)))
    asked = conversation.requests
    breaths = [at for at, request in enumerate(asked) if request is BREATH]
    assert breaths == [(n + 1) * limits.TURN_PUBLISHES + n for n in range(3)]
    assert [each.routing_key for each in asked if each is not BREATH] == [
        f"k{i % keys:04}" for i in range(count)
    ]


def test_channels_interleave() -> None:
    """Frames of one content may stand between those of another channel's."""
    conversation = opened(1, 2)
    other = method(2, "basic.publish", 0, "x", "k", False, False)
    conversation.turn(
        START
        + other
        + header(2, 2)
        + header(1, 2)
        + body(1, b"a")
        + body(2, b"bb")
        + publish(channel=2)
        + body(1, b"A")
    )
    assert [(r.channel_id, r.body) for r in conversation.requests] == [
        (102, b"bb"),
        (102, b"hello"),
        (101, b"aA"),
    ]


def test_an_ack_may_stand_inside_another_channel_s_content() -> None:
    """The rest of the connection goes on meanwhile."""
    conversation = opened(1, 2)
    conversation.turn(START + method(2, "basic.ack", 5, False) + header(1, 1) + body(1, b"a"))
    assert [type(r) for r in conversation.requests] == [c.SettleDelivery, c.PublishMessage]


@pytest.mark.parametrize(
    ("frames", "code", "says"),
    [
        (declare(), 505, NOT_A_HEADER),
        (publish(), 505, NOT_A_HEADER),
        (body(1, b"x"), 505, NOT_A_HEADER),
        (header(1, 5, weight=1), 505, NOT_A_HEADER),
        (
            header(1, 5, class_id=50),
            505,
            "expected content header for class 60, got one for class 50 instead",
        ),
        (header(1, 5) + declare(), 505, NOT_A_BODY),
        (header(1, 5) + method(1, "basic.ack", 1, False), 505, NOT_A_BODY),
        (header(1, 5) + body(1, b"hello!"), 501, TOO_MUCH),
        (header(1, 5) + body(1, b"hell") + body(1, b"oo"), 501, TOO_MUCH),
        (header(1, 1, b"\x10\x00") + body(1, b"x"), 502, f"{CANNOT_DECODE} they end too early"),
        (header(1, 0, b"\x00\x01"), 502, f"{CANNOT_DECODE} property flags 0x0001 are unknown"),
    ],
)
def test_contents_that_end_the_connection(frames: bytes, code: int, says: str) -> None:
    """Each in RabbitMQ's words, naming basic.publish."""
    conversation = opened()
    (close,) = conversation.turn(START + frames)
    assert close.name == "connection.close"
    name = {505: "UNEXPECTED_FRAME", 501: "FRAME_ERROR", 502: "SYNTAX_ERROR"}[code]
    assert close.args == (code, f"{name} - {says}", 60, 40)
    assert not [r for r in conversation.requests if isinstance(r, c.PublishMessage)]


def test_immediate() -> None:
    """Not implemented, nor in RabbitMQ."""
    (close,) = opened().turn(method(1, "basic.publish", 0, "", "q", False, True))
    assert close.args == (540, "NOT_IMPLEMENTED - immediate=true", 60, 40)


@pytest.mark.parametrize("properties", [Properties(expiration="abc"), Properties(user_id="someone")])
@pytest.mark.parametrize("size", [0, 1])
def test_properties_that_close_the_channel(properties: Properties, size: int) -> None:
    """406, in the fast way and in the slow one."""
    conversation = opened()
    (close,) = conversation.turn(publish(b"x" * size, properties=convert.write_properties(properties)))
    assert (close.name, close.args[0], close.args[2:]) == ("channel.close", 406, (60, 40))


def test_a_message_over_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """406 once its body has come, and not kept until then."""
    monkeypatch.setattr(limits, "MESSAGE_MAX_BYTES", 1_000)
    conversation = opened()
    assert conversation.turn(publish(b"x" * 1_000) + START + header(1, 1_001) + body(1, b"x" * 1_000)) == []
    assert conversation.session.contents[1].held_bytes() == 0
    (close,) = conversation.turn(body(1, b"x"))
    says = "PRECONDITION_FAILED - message size 1001 is larger than configured max size 1000"
    assert (close.name, close.args) == ("channel.close", (406, says, 60, 40))


def test_unfinished_contents_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many channels begin one."""
    monkeypatch.setattr(limits, "CONTENTS_MAX_BYTES", 1_000)
    conversation = opened(1, 2, 3)
    begun = b"".join(
        method(n, "basic.publish", 0, "", "q", False, False) + header(n, 10_000) + body(n, b"x" * 400)
        for n in (1, 2, 3)
    )
    (close,) = conversation.turn(begun)
    assert close.args[:2] == (506, "RESOURCE_ERROR - too much unfinished content on one connection")


# ---- confirms and returns


def test_confirms_are_gathered() -> None:
    """One ack for all publishes of a turn, with the tag of the last."""
    conversation = confirming()
    (one,) = conversation.turn(publish())
    assert (one.name, one.args) == ("basic.ack", (1, False))
    (many,) = conversation.turn(publish() * 10 + publish(b""))
    assert (many.name, many.args) == ("basic.ack", (12, True))


def test_what_is_confirmed_is_counted() -> None:
    """Messages of channels with confirms, and the confirms: none of those that a full queue refused."""
    conversation = confirming()
    conversation.turn(publish() * 3 + publish(channel=2))
    tally = conversation.host.tally
    assert (tally.awaited, tally.confirmed) == (3, 3)
    conversation.answers[c.PublishMessage] = PublishReply(is_refused=True)
    conversation.turn(publish() * 2)
    assert (tally.awaited, tally.confirmed) == (5, 3)


def test_confirms_are_per_channel() -> None:
    """Channels without confirm.select get none; each has tags of its own."""
    conversation = confirming()
    conversation.turn(publish(channel=2) * 3)
    assert conversation.output() == []
    conversation.turn(method(2, "confirm.select", True))
    frames = conversation.turn(publish(channel=2) + publish() * 2 + publish(channel=2))
    assert [(f.channel, f.args) for f in frames] == [(2, (2, True)), (1, (2, True))]


def test_confirm_select_again() -> None:
    """Repeating it is fine and starts nothing anew."""
    conversation = confirming()
    conversation.turn(publish())
    (frame,) = conversation.turn(method(1, "confirm.select", False))
    assert frame.name == "confirm.select-ok"
    assert conversation.turn(publish())[0].args == (2, False)


def test_a_refused_publish_is_not_confirmed() -> None:
    """Those before it are, ahead of the channel's close."""
    conversation = confirming()
    answers = iter([None, None, NO_EXCHANGE])
    conversation.answers[c.PublishMessage] = lambda _: next(answers)
    frames = conversation.turn(publish() * 5)
    assert told(frames) == [("basic.ack", 2), ("channel.close", 404)]


@pytest.mark.parametrize(
    ("data", "last"),
    [
        (method(1, "channel.close", 200, "", 0, 0), "channel.close-ok"),
        (method(0, "connection.close", 200, "", 0, 0), "connection.close-ok"),
        (open_channel(1), "connection.close"),
    ],
)
def test_confirms_come_before_an_end(data: bytes, last: str) -> None:
    """Whoever closes, and in whatever way."""
    frames = confirming().turn(publish() * 2 + data)
    assert [frame.name for frame in frames] == ["basic.ack", last]


def test_a_return_comes_before_its_confirm() -> None:
    """312 with the message unchanged, then the ack."""
    conversation = confirming()
    data = publish(b"x" * 10, key="nowhere", properties=b"\x10\x00\x02", mandatory=True)
    frames = conversation.turn(
        data, [returned(message(b"x" * 10, key="nowhere", properties=b"\x10\x00\x02"))]
    )
    assert [frame.name for frame in frames] == ["basic.return", "header", "body", "basic.ack"]
    assert frames[0].args == (312, "NO_ROUTE", "", "nowhere")
    assert frames[1].payload[12:] == b"\x10\x00\x02"
    assert frames[2].payload == b"x" * 10
    assert conversation.requests[-1].is_mandatory


@pytest.mark.parametrize(
    ("behind", "last"),
    [
        (declare(), "queue.declare-ok"),
        (method(1, "channel.close", 200, "", 0, 0), "channel.close-ok"),
        (method(0, "connection.close", 200, "", 0, 0), "connection.close-ok"),
        (open_channel(1), "connection.close"),
        (declare("amq.x"), "channel.close"),
    ],
)
@pytest.mark.parametrize("size", [0, 1])
def test_a_return_comes_before_later_answers(behind: bytes, last: str, size: int) -> None:
    """A synchronous answer means that all earlier publishes are dealt with, their returns included."""
    conversation = opened()
    data = declare("before") + publish(b"x" * size, mandatory=True) + behind
    frames = conversation.turn(data, [returned(message())])
    assert [frame.name for frame in frames] == ["queue.declare-ok", "basic.return", "header", "body", last]


def test_returns_hold_answers_for_one_turn_only() -> None:
    """The next turn is in its natural order again."""
    conversation = opened()
    conversation.turn(publish(mandatory=True))
    frames = conversation.turn(declare(), [returned(message())])
    assert [frame.name for frame in frames] == ["queue.declare-ok", "basic.return", "header", "body"]


def test_a_large_return_is_cut_into_frames() -> None:
    """As the client tuned."""
    conversation = Conversation().open(1, frame_max=4096)
    frames = conversation.turn(b"", [returned(message(b"x" * 10_000))])
    assert [len(frame.payload) for frame in frames[2:]] == [4088, 4088, 1824]


@pytest.mark.parametrize("header_name", ["CC", "BCC"])
def test_more_keys_than_a_thousand_are_refused(header_name: str) -> None:
    """Each is routed by itself: a frame holds 10,000 of them."""
    for count in (limits.EXTRA_KEYS_MAX, limits.EXTRA_KEYS_MAX + 1):
        keys = Header(header_name, "list", [Header("", "string", f"k{n}") for n in range(count)])
        properties = convert.write_properties(Properties(headers=[keys]))
        conversation = opened()
        frames = conversation.turn(publish(properties=properties))
        if count == limits.EXTRA_KEYS_MAX:
            assert frames == []
            continue
        (close,) = frames
        problem = f"1001 routing keys in header '{header_name}', at most 1000"
        says = f"PRECONDITION_FAILED - invalid message: {problem}"
        assert (close.name, close.args[:2]) == ("channel.close", (406, says))
