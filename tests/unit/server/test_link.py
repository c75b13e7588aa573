"""Links: what a socket tells them, and what they do to it."""

import gc
import weakref

import pytest

from mqstudio.model import limits
from tests.support.amqp091 import declare, handshake, method, open_channel, publish
from tests.support.peers import FakeTransport, Peer, new_broker
from tests.support.waiting import eventually_async


@pytest.mark.parametrize(
    ("host", "is_loopback", "address"),
    [
        ("127.0.0.1", True, "127.0.0.1:50000"),
        ("127.8.9.1", True, "127.8.9.1:50000"),
        ("::1", True, "[::1]:50000"),
        ("::ffff:127.0.0.1", True, "[::ffff:127.0.0.1]:50000"),
        ("192.168.1.7", False, "192.168.1.7:50000"),
        ("1.127.0.0", False, "1.127.0.0:50000"),
        ("::ffff:10.0.0.1", False, "[::ffff:10.0.0.1]:50000"),
        ("::12", False, "[::12]:50000"),
        ("::1f", False, "[::1f]:50000"),
        ("::1:2", False, "[::1:2]:50000"),
    ],
)
def test_a_loopback_peer_is_told_by_its_own_address(host: str, is_loopback: bool, address: str) -> None:
    link = Peer(new_broker(), host=host).link
    assert link.peer_address == address
    assert link.is_loopback_peer is is_loopback


def test_the_native_token_is_the_brokers() -> None:
    broker = new_broker()
    link = Peer(broker).link
    assert link.check_token(broker.token)
    assert not link.check_token("")
    assert link.info() == broker.info()


def test_reading_goes_on_when_no_reason_to_pause_is_left() -> None:
    peer = Peer(new_broker())
    for why, is_paused, is_reading_paused in (
        ("memory", True, True),
        ("memory", True, True),
        ("unread answers", True, True),
        ("memory", False, True),
        ("unread answers", False, False),
        ("unread answers", False, False),
    ):
        peer.link.pause_reading(why, is_paused=is_paused)
        assert peer.transport.is_reading_paused is is_reading_paused
        assert peer.link.is_paused() is is_reading_paused


def test_last_words_are_written_before_hanging_up_and_nothing_after() -> None:
    peer = Peer(new_broker())
    peer.session.shut_down("bye")
    peer.link.flush(1)
    assert peer.transport.is_closing()
    peer.session.outbox += b"too late"
    peer.link.flush(2)
    assert peer.transport.read() == b"bye"
    assert peer.link.closing_since_us == 1


def test_a_reader_is_slow_beyond_the_high_water_mark() -> None:
    peer = Peer(new_broker())
    peer.session.outbox += bytes(limits.OUTBOUND_HIGH_WATER_BYTES)
    peer.link.flush(1)
    assert not peer.link.is_choked
    peer.session.outbox += b"."
    peer.link.flush(1)
    assert peer.link.is_choked
    peer.transport.read()
    assert not peer.link.is_choked


CONSUME = method(1, "basic.consume", 0, "q", "t", False, False, False, False, [])
BUSY = [
    open_channel(),
    declare("q"),
    publish(),
    CONSUME,
    method(1, "basic.publish", 0, "", "q", False, False),
]


@pytest.mark.parametrize("says", [BUSY, [*BUSY[:-1], method(1, "channel.close", 200, "", 0, 0)], BUSY[:3]])
async def test_a_connection_that_is_gone_is_free_at_once(says: list[bytes]) -> None:
    """Its parts know each other; without a cut thousands of them would wait for the collector."""
    broker = new_broker()
    link = broker.new_link("amqp091")
    transport = FakeTransport(link, ("127.0.0.1", 50_000))
    link.connection_made(transport)
    link.data_received(handshake())
    await eventually_async(link.session.is_open)
    for data in says:
        link.data_received(data)
        transport.read()
    assert broker.engine.connections
    gone = [weakref.ref(link), weakref.ref(link.session)]
    gc.disable()
    try:
        transport.abort()
        transport.settle()
        broker.tick()
        del link, transport
        assert [each() for each in gone] == [None, None]
    finally:
        gc.enable()
    assert not broker.engine.connections
