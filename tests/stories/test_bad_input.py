"""Whatever a peer sends, it alone gets the error: on real sockets, to a real broker."""

import random
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from mqstudio.model.rows import MessageState
from tests.bench import wire
from tests.support.broker import RunningBroker
from tests.support.bystander import Bystander, bystander
from tests.support.waiting import eventually

OUR_HEADER = b"AMQP\x00\x00\x09\x01"
LIMIT_S, MARGIN_S = 10.0, 5.0
MIB = 1024 * 1024
GROWTH_MAX_BYTES = 6 * MIB
"""One frame of 100,000 bytes kept from each of the connections would be 20 MB."""


def start_ok(password: str) -> bytes:
    """A login as guest."""
    response = f"\x00guest\x00{password}".encode()
    fields = struct.pack(">I", 0) + wire.short_string("PLAIN") + struct.pack(">I", len(response)) + response
    return wire.method(0, wire.START_OK, fields + wire.short_string("en_US"))


def publish_with_headers(queue: str, count: int, name_length: int) -> bytes:
    """A message with so many headers of int32."""
    names = [f"{n:0{name_length}d}" for n in range(count)]
    table = b"".join(wire.short_string(name) + b"I" + struct.pack(">i", 1) for name in names)
    to_queue = struct.pack(">H", 0) + wire.short_string("") + wire.short_string(queue) + b"\x00"
    header = struct.pack(">HHQHI", 60, 0, 2, 0x2000, len(table)) + table
    frames = wire.frame(wire.CONTENT_HEADER, 1, header) + wire.frame(wire.BODY, 1, b"hi")
    return wire.method(1, wire.PUBLISH, to_queue) + frames


@dataclass(frozen=True, slots=True)
class Bad:
    """What a peer sends: before or after a handshake; what it gets before the end; what the log says."""

    sends: bytes
    gets: bytes
    log_says: str
    is_after_handshake: bool = False


BAD = {
    "garbage": Bad(bytes(range(200, 256)) * 50, OUR_HEADER, "does not speak AMQP"),
    "random": Bad(random.Random(1).randbytes(4096), OUR_HEADER, "does not speak AMQP"),
    "HTTP request": Bad(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", OUR_HEADER, "HTTP"),
    "TLS hello": Bad(bytes.fromhex("16030100c8010000c40303") + bytes(196), OUR_HEADER, "TLS"),
    "AMQP 1.0 header": Bad(b"AMQP\x00\x01\x00\x00", OUR_HEADER, "AMQP 1.0"),
    "wrong password": Bad(OUR_HEADER + start_ok("wrong"), b"", "User 'guest' and password do not fit."),
    "oversized frame before login": Bad(
        OUR_HEADER + struct.pack(">BHI", 1, 0, 2**31), b"FRAME_ERROR", "frame_too_large"
    ),
    "oversized frame": Bad(
        struct.pack(">BHI", 3, 1, 2**30) + bytes(100_000), b"FRAME_ERROR", "frame_too_large", True
    ),
    "frame without an end": Bad(
        wire.method(1, wire.CHANNEL_OPEN)[:-1] + b"\x00", b"FRAME_ERROR", "FRAME_ERROR", True
    ),
    "channel that is not open": Bad(
        wire.method(7, wire.QUEUE_DECLARE, bytes(9)),
        b"CHANNEL_ERROR - expected 'channel.open'",
        "CHANNEL_ERROR",
        True,
    ),
    "10,000 headers, too large for a frame": Bad(
        publish_with_headers("q", 10_000, 40), b"FRAME_ERROR", "frame_too_large", True
    ),
}


@pytest.fixture(autouse=True)
def other_client(broker: RunningBroker) -> Iterator[Bystander]:
    """Somebody else, who must not notice anything."""
    with bystander(broker.port_amqp) as other:
        eventually(lambda: other.rounds > 0)
        yield other


def connect(broker: RunningBroker, bad: Bad) -> socket.socket:
    """Connect, as far as the bad input needs."""
    if bad.is_after_handshake:
        return wire.Connection(broker.port_amqp).socket
    return socket.create_connection(("127.0.0.1", broker.port_amqp))


def answer_of(peer: socket.socket, until: bytes) -> tuple[bytes, float]:
    """What a peer gets until it holds `until` or is closed, and how long that took."""
    peer.settimeout(LIMIT_S + MARGIN_S)
    begin, got = time.monotonic(), b""
    while not until or until not in got:
        try:
            data = peer.recv(65_536)
        except ConnectionResetError:
            data = b""
        if not data:
            break
        got += data
    return got, time.monotonic() - begin


def log_about(broker: RunningBroker, peer: socket.socket) -> list[str]:
    """The log's lines about a peer."""
    return [line for line in broker.log() if f"peer=127.0.0.1:{peer.getsockname()[1]} " in line]


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_bad_input_ends_its_own_connection(broker: RunningBroker, bad: Bad) -> None:
    """The peer gets the protocol's own error or is closed; the log says why in one line."""
    with connect(broker, bad) as peer:
        peer.sendall(bad.sends)
        got, took_s = answer_of(peer, bad.gets)
        assert bad.gets in got
        assert took_s < LIMIT_S
        peer.shutdown(socket.SHUT_WR)
        answer_of(peer, b"")
        (line,) = eventually(lambda: log_about(broker, peer))
    assert bad.log_says in line


def test_silent_peers_are_closed(broker: RunningBroker, other_client: Bystander) -> None:
    """Who says nothing, or stops within a frame, before or after logging in, goes within 10 s."""
    rounds_before = other_client.rounds
    silent = {
        "no handshake": socket.create_connection(("127.0.0.1", broker.port_amqp)),
        "no handshake ": socket.create_connection(("127.0.0.1", broker.port_amqp)),
        "not finished": wire.Connection(broker.port_amqp).socket,
    }
    silent["no handshake "].sendall(OUR_HEADER + start_ok("guest")[:20])
    silent["not finished"].sendall(wire.publish_frames("", "q", bytes(100))[:30])
    begin = time.monotonic()
    for log_says, peer in silent.items():
        with peer:
            got, _ = answer_of(peer, b"not finished")
            took_s = time.monotonic() - begin
            assert LIMIT_S / 2 < took_s < LIMIT_S, log_says
            assert log_says != "not finished" or b"FRAME_ERROR" in got
            peer.shutdown(socket.SHUT_WR)
            answer_of(peer, b"")
            (line,) = eventually(lambda peer=peer: log_about(broker, peer))
            assert log_says.strip() in line
    assert other_client.rounds > rounds_before


async def test_ten_thousand_headers_pass(broker: RunningBroker) -> None:
    """As many headers as fit into a frame are no offence: they arrive untouched, and can be looked at."""
    publisher = wire.Connection(broker.port_amqp)
    publisher.declare("many-headers")
    publisher.socket.sendall(publish_with_headers("many-headers", 10_000, 5))
    assert publisher.declare("many-headers", is_passive=True) == 1
    async with await broker.attach() as client:
        (row,) = (await client.page("many-headers", states=[MessageState.READY])).rows
        detail = await client.message("many-headers", row.message_id)
        assert detail.properties.headers is not None
        assert [header.name for header in detail.properties.headers] == [f"{n:05d}" for n in range(10_000)]
    publisher.delete("many-headers")
    publisher.close()


def test_memory_stays_flat(broker: RunningBroker) -> None:
    """Hundreds of each kind leave nothing behind, however much they announce."""
    abuse(broker, times=300)  # until the collector's first round: connections are cycles of objects
    before = broker.memory_bytes()
    abuse(broker, times=200)
    assert broker.memory_bytes() - before < GROWTH_MAX_BYTES


def abuse(broker: RunningBroker, *, times: int) -> None:
    """Send everything bad, so many times."""
    for bad in BAD.values():
        for _ in range(times):
            with connect(broker, bad) as peer:
                peer.sendall(bad.sends)
                got, _ = answer_of(peer, bad.gets)
                assert bad.gets in got
