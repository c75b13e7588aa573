"""Frames that are not what they should be."""

import pytest

from mqstudio.model import commands as c
from mqstudio.protocols.amqp091 import codec
from tests.support.amqp091 import (
    Conversation,
    body,
    declare,
    header,
    method,
    open_channel,
    opened,
    publish,
)

QOS = method(1, "basic.qos", 0, 1, False)


def close_of(data: bytes, conversation: Conversation | None = None) -> tuple[int, str, int, int]:
    conversation = conversation or opened()
    (close,) = conversation.turn(data)
    assert close.name == "connection.close"
    assert not conversation.session.is_open()
    return close.args


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (
            QOS[:-1] + b"\0",
            501,
            "type 1, all octets = <<0,60,0,10,0,0,0,0,0,1,0>>: {invalid_frame_end_marker,0}",
        ),
        (publish()[:-1] + b"\1", 501, 'type 3, all octets = <<"hello">>: {invalid_frame_end_marker,1}'),
        (codec.frame(9, 1, b"abc"), 501, 'type 9, all octets = <<"abc">>: unknown_frame'),
        (codec.frame(0, 0, b""), 501, "type 0, all octets = <<>>: unknown_frame"),
        (codec.frame(1, 1, b"\0"), 501, "type 1, all octets = <<0>>: unknown_frame"),
        (codec.frame(8, 0, b"x"), 501, 'type 8, all octets = <<"x">>: unknown_frame'),
        (codec.frame(8, 1, b""), 505, "type 8, all octets = <<>>"),
        (codec.frame(8, 5, b""), 505, "type 8, all octets = <<>>"),
        (codec.frame(3, 0, b"x"), 505, 'type 3, all octets = <<"x">>'),
        (header(1, 5), 505, "expected method frame, got non method frame instead"),
        (body(1, b"x"), 505, "expected method frame, got non method frame instead"),
        (body(9, b"x"), 505, "expected method frame, got non method frame instead"),
    ],
)
def test_framing_errors(data: bytes, code: int, says: str) -> None:
    """In RabbitMQ's words; no method is to blame."""
    name = {501: "FRAME_ERROR", 505: "UNEXPECTED_FRAME"}[code]
    assert close_of(data) == (code, f"{name} - {says}", 0, 0)


@pytest.mark.parametrize(
    ("code", "payload", "expected"),
    [
        (
            60 << 16 | 10,
            b"\0\0",
            (501, "FRAME_ERROR - cannot decode <<0,0>>", 60, 10),
        ),
        (50 << 16 | 30, b"\0\0\1\xff\0", (501, "FRAME_ERROR - Malformed UTF-8 in shortstr", 0, 0)),
        (99 << 16 | 10, b"", (540, "NOT_IMPLEMENTED - unknown method 99.10", 99, 10)),
        (
            60 << 16 | 40,
            b"\0\0\0",
            (501, "FRAME_ERROR - cannot decode <<0,0,0>>", 60, 40),
        ),
    ],
)
def test_methods_that_cannot_be_read(code: int, payload: bytes, expected: tuple[object, ...]) -> None:
    """The close names the method."""
    assert close_of(codec.frame(1, 1, code.to_bytes(4) + payload)) == expected


@pytest.mark.parametrize("is_complete", [False, True])
def test_oversized_frame(is_complete: bool) -> None:
    """Refused at its head, before its body is taken in."""
    conversation = Conversation().open(1, frame_max=4096)
    data = codec.frame(codec.BODY, 1, b"x" * 5_000)
    says = "FRAME_ERROR - type 3, all octets = <<>>: {frame_too_large,5000,4088}"
    assert close_of(data if is_complete else data[:7], conversation) == (501, says, 0, 0)


def test_frames_a_little_too_large_are_taken() -> None:
    """Clients count differently: RabbitMQ takes a payload of frame_max."""
    conversation = Conversation().open(1, frame_max=4096)
    assert conversation.turn(publish(b"x" * 4096)) == []
    assert close_of(publish(b"x" * 4097), conversation)[0] == 501


def test_before_tuning_frames_are_small() -> None:
    """Nobody may send us more than 4096 bytes before we know who he is."""
    conversation = Conversation()
    conversation.turn(b"AMQP\0\0\x09\x01")
    (close,) = conversation.turn(b"\x01\0\0" + (5_000).to_bytes(4))
    assert close.args[0] == 501


def test_a_giant_length_is_not_waited_for() -> None:
    """2 GiB announced, 501 answered."""
    assert close_of(b"\x01\x00\x01\x7f\xff\xff\xff")[0] == 501


def test_lost_sync_is_deafness() -> None:
    """After a broken frame nothing can be read any more, not even close-ok; then we hang up."""
    conversation = opened()
    assert len(conversation.turn(QOS[:-1] + b"\0" + publish())) == 1
    assert conversation.turn(method(0, "connection.close-ok") + publish()) == []
    assert [type(r) for r in conversation.requests] == [c.CloseConnection]
    conversation.pass_time(3.5)
    assert conversation.session.is_finished()
    assert conversation.turn(open_channel(2)) == []


def test_a_heartbeat_between_frames_is_nothing() -> None:
    """Alone in a chunk and in the middle of one."""
    conversation = opened()
    assert conversation.turn(codec.HEARTBEAT_FRAME) == []
    frames = conversation.turn(codec.HEARTBEAT_FRAME + declare() + codec.HEARTBEAT_FRAME * 2)
    assert [frame.name for frame in frames] == ["queue.declare-ok"]


def test_answers_to_what_we_never_ask_are_ignored() -> None:
    """flow-ok, close-ok of an open channel, cancel-ok."""
    data = (
        method(1, "channel.flow-ok", True) + method(1, "channel.close-ok") + method(1, "basic.cancel-ok", "t")
    )
    frames = opened().turn(data + QOS)
    assert [frame.name for frame in frames] == ["basic.qos-ok"]


def test_a_broken_end_after_equal_messages() -> None:
    """The short cut for repetitions looks at the frame end too."""
    conversation = opened()
    (close,) = conversation.turn(publish() * 4 + publish()[:-1] + b"\1")
    assert close.args[0] == 501
    assert "{invalid_frame_end_marker,1}" in close.args[1]
    assert [type(r) for r in conversation.requests] == [c.PublishMessage] * 4 + [c.CloseConnection]


def test_an_oversized_content_header_is_refused_however_the_bytes_are_split() -> None:
    """The quick way through whole publishes keeps the limit too."""
    properties = b"\x80\0" + b"\xff" + b"t" * 255 + b"x" * 5_000
    data = publish(b"hello", properties=properties)
    whole, split = opened(frame_max=4096), opened(frame_max=4096)
    told = [frame.args[:2] for frame in whole.turn(data)]
    said = [frame.args[:2] for part in (data[:-20], data[-20:]) for frame in split.turn(part)]
    assert told == said
    assert told[0][0] == 501 and "frame_too_large" in told[0][1]
    assert whole.requests == split.requests
    assert not any(type(request).__name__ == "PublishMessage" for request in whole.requests)
