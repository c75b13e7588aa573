"""Heartbeats both ways, and peers that are slow to begin, to finish a frame, or to go."""

import pytest

from mqstudio.model.access import CheckLogin, LoggedIn
from mqstudio.protocols.amqp091 import codec
from tests.support.amqp091 import PROTOCOL_HEADER, Conversation, method, opened, publish, start_ok


def test_a_heartbeat_when_idle_for_half_the_time() -> None:
    """Sent while nothing else is, early enough to arrive within the time agreed."""
    conversation = opened(heartbeat_s=4)
    for _ in range(8):
        frames = conversation.pass_time(2.25)
        assert [frame.name for frame in frames] == ["heartbeat"]
        conversation.turn(codec.HEARTBEAT_FRAME)


def test_traffic_is_a_heartbeat_too() -> None:
    """Whoever talks need not say that he lives."""
    conversation = opened(heartbeat_s=4)
    for _ in range(10):
        assert conversation.pass_time(1) == []
        conversation.turn(method(1, "basic.qos", 0, 1, False))


def test_a_silent_peer_is_dropped_after_twice_the_time() -> None:
    """By hanging up: nobody is there to read a close."""
    conversation = opened(heartbeat_s=1)
    conversation.pass_time(1.75)
    assert not conversation.session.is_finished()
    frames = conversation.pass_time(0.75)
    assert conversation.session.is_finished()
    assert all(frame.name == "heartbeat" for frame in frames)
    assert conversation.session.close_reason == "missed heartbeats from client, timeout: 1s"
    assert not conversation.session.is_open(), "so the server closes it in the engine"


def test_an_empty_chunk_is_a_sign_of_life() -> None:
    """The server uses it for peers it has stopped reading from."""
    conversation = opened(heartbeat_s=1)
    for _ in range(10):
        conversation.pass_time(1)
        assert conversation.receive(b"") == []
    assert not conversation.session.is_finished()


def test_no_heartbeats_when_turned_off() -> None:
    """0 is off, for both sides."""
    conversation = opened(heartbeat_s=0)
    assert conversation.pass_time(300) == []
    assert not conversation.session.is_finished()


@pytest.mark.parametrize("said", [b"", b"AMQP", PROTOCOL_HEADER, PROTOCOL_HEADER + start_ok()])
def test_an_unfinished_handshake(said: bytes) -> None:
    """Eight seconds from connecting to an open connection, however far it got: over within ten."""
    conversation = Conversation()
    conversation.turn(said)
    conversation.pass_time(7.75)
    assert not conversation.session.is_finished()
    conversation.pass_time(0.5)
    assert conversation.session.is_finished()
    assert conversation.session.close_reason == "no handshake within 8 s"


def test_a_frame_begun_and_not_finished() -> None:
    """501 within ten seconds, whatever heartbeats were agreed; then a hang-up."""
    conversation = opened()
    conversation.turn(publish(b"x" * 100)[:-50])
    assert conversation.pass_time(8) == []
    (close,) = conversation.pass_time(0.5)
    assert (close.name, close.args[0]) == ("connection.close", 501)
    assert conversation.turn(b"x" * 50 + publish()) == []
    conversation.pass_time(3.5)
    assert conversation.session.is_finished()


def test_content_may_wait_between_frames() -> None:
    """A slow publisher is not a broken one."""
    conversation = opened()
    data = publish()
    header_at = data.index(b"\xce\x02") + 1
    conversation.turn(data[:header_at])
    conversation.pass_time(60)
    conversation.turn(data[header_at:])
    assert [type(request).__name__ for request in conversation.requests] == ["PublishMessage"]


def test_no_answer_to_our_close() -> None:
    """A few seconds, then we hang up, whatever comes instead."""
    conversation = opened()
    conversation.session.shut_down("shutdown")
    conversation.output()
    conversation.pass_time(2)
    conversation.turn(publish())
    assert not conversation.session.is_finished()
    conversation.pass_time(1.5)
    assert conversation.session.is_finished()


def test_a_login_that_we_take_long_to_check_is_not_the_peers_delay() -> None:
    """The time for the handshake begins anew with the answer."""
    conversation = Conversation()
    session = conversation.session
    requests = session.receive_data(PROTOCOL_HEADER + start_ok(), conversation.now_us)
    assert next(requests) == CheckLogin("guest", "guest")
    conversation.pass_time(20)
    assert not session.is_finished()
    session.answer(LoggedIn("guest", ()))
    assert list(requests) == []
    (tune,) = conversation.output()
    assert tune.name == "connection.tune"
    conversation.pass_time(7)
    assert not session.is_finished()
    conversation.pass_time(2)
    assert session.close_reason == "no handshake within 8 s"
