"""The attacks of published advisories on RabbitMQ and its clients, on a running broker.

Each is answered with the protocol's own error or a hang-up, costs no memory to speak of, and disturbs nobody:
a bystander publishes and gets its message afterwards.

Source: docs/protocols/amqp091.md, sections 1 and 2.
"""

import socket
from collections.abc import Iterator
from struct import pack

import pika
import pytest

from mqstudio.protocols.amqp091 import codec
from tests.support.amqp091 import PROTOCOL_HEADER, body, handshake, header, method, open_channel, start_ok
from tests.support.broker import RunningBroker, running_broker

MIB = 1024 * 1024
GONE = b"(nothing more)"
"""The broker hangs up without a word."""
PUBLISH = method(1, "basic.publish", 0, "", "q", False, False)
RUNNING = handshake() + open_channel()


def table_field(depth: int) -> bytes:
    """A table in a table in a table …"""
    inner = b""
    for _ in range(depth):
        inner = b"\x01aF" + pack(">I", len(inner)) + inner
    return pack(">I", len(inner)) + inner


def with_headers(table: bytes) -> bytes:
    """A publish with these bytes as its headers."""
    return PUBLISH + header(1, 1, b"\x20\x00" + table) + body(1, b"x")


def array_field(count: int, item: bytes) -> bytes:
    items = item * count
    field = b"\x01aA" + pack(">I", len(items)) + items
    return pack(">I", len(field)) + field


def keys_field(count: int, name: bytes) -> bytes:
    items = b"S\0\0\0\1k" * count
    field = bytes([len(name)]) + name + b"A" + pack(">I", len(items)) + items
    return pack(">I", len(field)) + field


def raw_frame(kind: int, channel: int, size: int, payload: bytes) -> bytes:
    """A frame whose length is a lie."""
    return pack(">BHI", kind, channel, size) + payload + b"\xce"


ATTACKS: dict[str, tuple[bytes, bytes]] = {
    "body frames beyond the announced size": (
        RUNNING + PUBLISH + header(1, 10) + body(1, b"x" * 8) + body(1, b"y" * 8),
        b"FRAME_ERROR",
    ),
    "580 nested tables in one frame": (RUNNING + with_headers(table_field(580)), b"SYNTAX_ERROR"),
    "a table as deep as a frame allows": (RUNNING + with_headers(table_field(9_000)), b"SYNTAX_ERROR"),
    "an array of 100,000 values without width": (
        RUNNING + with_headers(array_field(100_000, b"V")),
        b"SYNTAX_ERROR",
    ),
    "14,000 routing keys for one message": (
        RUNNING + with_headers(keys_field(14_000, b"CC")),
        b"SYNTAX_ERROR",
    ),
    "9,000 routing keys for one message": (RUNNING + with_headers(keys_field(9_000, b"CC")), b"PRECONDITION"),
    "heartbeats before the login": (PROTOCOL_HEADER + codec.HEARTBEAT_FRAME * 1_000, GONE),
    "a field that is longer than its frame": (
        RUNNING + with_headers(pack(">I", 10) + b"\x01aS" + pack(">I", 2**31) + b"abc"),
        b"SYNTAX_ERROR",
    ),
    "a table that is longer than its frame": (RUNNING + with_headers(pack(">I", 2**32 - 1)), b"SYNTAX_ERROR"),
    "an array that says it has 2^31 bytes": (
        RUNNING + with_headers(pack(">I", 7) + b"\x01aA" + pack(">I", 2**31)),
        b"SYNTAX_ERROR",
    ),
    "a body of 2^63 bytes announced": (RUNNING + PUBLISH + header(1, 2**63) + body(1, b"x"), b""),
    "a frame of 4 GiB announced": (RUNNING + raw_frame(1, 1, 2**32 - 1, b""), b"FRAME_ERROR"),
    "a frame of 2 GiB before the login": (PROTOCOL_HEADER + raw_frame(1, 0, 2**31, b""), b"FRAME_ERROR"),
    "a frame of 64 KiB before the login": (
        PROTOCOL_HEADER + start_ok(response=b"\0guest\0" + b"x" * 65_536),
        b"FRAME_ERROR",
    ),
    "nested client properties before the login": (
        PROTOCOL_HEADER + raw_frame(1, 0, 4 + len(table_field(300)), pack(">HH", 10, 11) + table_field(300)),
        b"FRAME_ERROR",
    ),
}
"""What is sent; what the answer has in it ("" where the broker may go on, or just wait)."""


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    with running_broker(tmp_path_factory.mktemp("advisories")) as broker:
        yield broker


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_costs_its_own_connection_at_most(attacked: RunningBroker, name: str) -> None:
    """The protocol's error, no memory, and the next client is served."""
    sends, says = ATTACKS[name]
    before = attacked.memory_bytes()
    with socket.create_connection(("127.0.0.1", attacked.port_amqp), timeout=30) as peer:
        peer.sendall(sends)
        heard = b""
        while says and says not in heard:
            part = peer.recv(65_536)
            if not part and says == GONE:
                break
            assert part, f"hung up after {heard[-200:]!r}"
            heard += part
    assert attacked.memory_bytes() - before < 48 * MIB
    with pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", attacked.port_amqp)) as connection:
        channel = connection.channel()
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.basic_publish("", queue, b"bystander")
        assert channel.basic_get(queue, auto_ack=True)[2] == b"bystander"
