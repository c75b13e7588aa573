"""Channels: open, close, fail, reopen; the others go on."""

import pytest

from mqstudio.model import commands as c
from mqstudio.model.errors import Refusal
from tests.support.amqp091 import (
    Conversation,
    Frame,
    declare,
    delivered,
    handshake,
    message,
    method,
    open_channel,
    opened,
    publish,
    refusal,
)

NO_QUEUE = refusal(Refusal.NO_SUCH_QUEUE, kind="queue", name="q", vhost="/")
CLOSE_OK = "channel.close-ok"


def names(frames: list[Frame]) -> list[tuple[int, str]]:
    return [(frame.channel, frame.name) for frame in frames]


def failed(conversation: Conversation | None = None) -> Conversation:
    """A connection whose channel 1 we have closed because of an error."""
    conversation = conversation or opened(1, 2)
    conversation.answers[c.DeclareQueue] = NO_QUEUE
    conversation.turn(declare())
    del conversation.answers[c.DeclareQueue]
    conversation.requests.clear()
    return conversation


def test_open_and_close() -> None:
    """Each opening is a new channel to the engine, also under an old number."""
    conversation = opened(1)
    frames = conversation.turn(method(1, "channel.close", 200, "bye", 0, 0) + open_channel(1))
    assert names(frames) == [(1, CLOSE_OK), (1, "channel.open-ok")]
    assert frames[1].args == (b"",)
    assert conversation.requests == [c.CloseChannel(101), c.OpenChannel(102, 7, 1)]


def test_open_twice() -> None:
    """504, which ends the connection."""
    (close,) = opened(1).turn(open_channel(1))
    assert (close.name, close.args) == (
        "connection.close",
        (504, "CHANNEL_ERROR - second 'channel.open' seen", 20, 10),
    )


@pytest.mark.parametrize(
    "data", [declare(), method(1, "channel.close", 0, "", 0, 0), method(1, "basic.ack", 1, False), publish()]
)
def test_use_before_open(data: bytes) -> None:
    """504 naming the method that came too early."""
    (close,) = opened(2).turn(data)
    assert close.name == "connection.close"
    assert close.args[:2] == (504, "CHANNEL_ERROR - expected 'channel.open'")
    assert close.args[2:] == (int.from_bytes(data[7:9]), int.from_bytes(data[9:11]))


def test_a_refusal_closes_the_channel_and_tells_the_engine() -> None:
    """The close names the failing method; the channel's deliveries return through CloseChannel."""
    conversation = opened(1, 2)
    conversation.answers[c.DeclareQueue] = NO_QUEUE
    (close,) = conversation.turn(declare())
    assert (close.channel, close.name) == (1, "channel.close")
    assert close.args == (404, "NOT_FOUND - no queue 'q' in vhost '/'", 50, 10)
    assert [type(r) for r in conversation.requests] == [c.DeclareQueue, c.CloseChannel]
    assert conversation.requests[-1] == c.CloseChannel(101)


def test_until_close_ok_everything_on_the_channel_is_ignored() -> None:
    """Pipelined methods and publishes vanish; other channels go on."""
    conversation = failed()
    pipelined = publish() + declare() + open_channel(1) + method(1, "basic.ack", 1, False)
    assert conversation.turn(pipelined + publish(channel=2)) == []
    assert [type(r) for r in conversation.requests] == [c.PublishMessage]
    assert conversation.requests[0].channel_id == 102


def test_a_failed_channel_in_the_middle_of_a_chunk() -> None:
    """What comes behind the failing publish in the same chunk is ignored as well."""
    conversation = opened(1)
    conversation.answers[c.PublishMessage] = refusal(Refusal.NO_SUCH_EXCHANGE, name="x", vhost="/")
    (close,) = conversation.turn(publish(exchange="x") * 5)
    assert close.args == (404, "NOT_FOUND - no exchange 'x' in vhost '/'", 60, 40)
    assert [type(r) for r in conversation.requests] == [c.PublishMessage, c.CloseChannel]


def test_after_close_ok_the_number_is_free() -> None:
    """The client reopens the same number."""
    conversation = failed()
    frames = conversation.turn(method(1, CLOSE_OK) + open_channel(1) + declare())
    assert names(frames) == [(1, "channel.open-ok"), (1, "queue.declare-ok")]


def test_close_crossing_close() -> None:
    """A client that closed at the same moment gets its answer too, and still owes us one."""
    conversation = failed()
    assert names(conversation.turn(method(1, "channel.close", 200, "", 0, 0))) == [(1, CLOSE_OK)]
    assert conversation.turn(open_channel(1)) == []
    assert names(conversation.turn(method(1, CLOSE_OK) + open_channel(1))) == [(1, "channel.open-ok")]


def test_a_closing_channel_counts() -> None:
    """Its number is not free for channel_max until it is answered."""
    conversation = failed(Conversation().open(1, channel_max=1))
    (close,) = conversation.turn(open_channel(2))
    assert close.args[0] == 530


def test_deliveries_to_a_failed_channel_are_dropped() -> None:
    """The engine has taken them back."""
    conversation = failed()
    assert conversation.turn(b"", [delivered(message())]) == []
    assert names(conversation.turn(b"", [delivered(message(), channel_id=102, number=2)]))[0] == (
        2,
        "basic.deliver",
    )


def test_deliveries_to_the_old_channel_do_not_reach_the_new() -> None:
    """The number is the same, the channel is not."""
    conversation = failed()
    conversation.turn(method(1, CLOSE_OK) + open_channel(1))
    assert conversation.turn(b"", [delivered(message(), channel_id=101)]) == []
    assert conversation.turn(b"", [delivered(message(), channel_id=103)])[0].name == "basic.deliver"


def test_an_engine_that_forgot_the_channel_does_no_harm() -> None:
    """Ending what is gone already is fine."""
    conversation = opened(1)
    conversation.answers[c.DeclareQueue] = NO_QUEUE
    conversation.answers[c.CloseChannel] = refusal(Refusal.NO_SUCH_CHANNEL)
    assert names(conversation.turn(declare())) == [(1, "channel.close")]
    assert conversation.turn(publish() + method(1, CLOSE_OK)) == []


@pytest.mark.parametrize(
    ("is_active", "expected"),
    [
        (True, ("channel.flow-ok", (True,))),
        (False, ("connection.close", (540, "NOT_IMPLEMENTED - active=false", 20, 20))),
    ],
)
def test_flow(is_active: bool, expected: tuple[str, tuple[object, ...]]) -> None:
    """On is granted, off is not implemented (nor in RabbitMQ)."""
    (frame,) = opened().turn(method(1, "channel.flow", is_active))
    assert (frame.name, frame.args) == expected


@pytest.mark.parametrize("name", ["connection.close-ok", "queue.declare-ok", "basic.recover-ok"])
def test_a_method_that_clients_do_not_send_here(name: str) -> None:
    """503, as RabbitMQ's channels say it."""
    arguments = ("q", 1, 1) if name == "queue.declare-ok" else ()
    (close,) = opened().turn(method(1, name, *arguments))
    assert close.args[:2] == (503, "COMMAND_INVALID - unimplemented method")


def test_a_whole_session_in_one_chunk() -> None:
    """Clients may send everything without waiting."""
    conversation = Conversation()
    frames = conversation.turn(
        handshake()
        + open_channel()
        + declare("hello")
        + publish(key="hello")
        + method(1, "channel.close", 200, "", 0, 0)
        + method(0, "connection.close", 200, "", 0, 0)
    )
    assert [frame.name for frame in frames] == [
        "connection.start",
        "connection.tune",
        "connection.open-ok",
        "channel.open-ok",
        "queue.declare-ok",
        "channel.close-ok",
        "connection.close-ok",
    ]
    assert conversation.session.is_finished()
