"""Section 1 of the list, transport and frames: what a client that writes its own frames sees."""

from collections.abc import Callable
from struct import pack

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from mqstudio.protocols.amqp091 import codec
from tests.support.amqp091 import body, header, method, publish
from tests.support.pika_client import refused, settle
from tests.support.raw_client import RawClient, why

Raw = Callable[[], RawClient]

MIB = 1024 * 1024
PUBLISH = ("basic.publish", 0, "", "q", False, False)
HEADERS_ONLY = pack(">H", 1 << 13)
"""Property flags: a header table and nothing else."""

# ---- the header and the frame


@pytest.mark.parametrize(
    ("version", "spoken"), [((0, 0, 9, 1), (0, 9)), ((1, 1, 0, 9), (0, 9)), ((1, 1, 8, 0), (8, 0))]
)
def test_protocol_header(raw: Raw, version: tuple[int, ...], spoken: tuple[int, int]) -> None:
    """`AMQP 0 0 9 1` is answered by connection.start; so are `AMQP 1 1 0 9` and 1 1 8 0."""
    assert raw().greet(b"AMQP" + bytes(version)).args[:2] == spoken


def test_frame_end(raw: Raw) -> None:
    """The frame end is checked, else 501 FRAME_ERROR on the connection."""
    client = raw().open(1)
    client.send(method(1, "channel.flow", True)[:-1], b"\x00")
    scope, code, text, *_ = why(client.frame())
    assert (scope, code) == ("connection", 501)
    assert text.startswith("FRAME_ERROR - ")


def test_unknown_frame_type(raw: Raw) -> None:
    """An unknown type is 501, connection."""
    client = raw().open(1)
    client.send(codec.frame(7, 1, b"x"))
    assert why(client.frame())[:2] == ("connection", 501)


def test_frame_larger_than_agreed(raw: Raw) -> None:
    """A larger incoming frame is 501 and says by how much; frame_max counts payload + 8 bytes."""
    client = raw().open(1, frame_max=4096)
    client.send(method(1, *PUBLISH), header(1, 5000), body(1, b"x" * 5000))
    scope, code, text, *_ = why(client.frame())
    assert (scope, code) == ("connection", 501)
    assert "frame_too_large" in text and "5000" in text and "4088" in text


@pytest.mark.parametrize("size", [0, 1, 4088, 4089, 3 * 4088])
def test_body_frames_of_at_most_frame_max(raw: Raw, queue: str, size: int) -> None:
    """Body frames have at most frame_max - 8 bytes; a body of 0 bytes has no body frame at all."""
    client = raw().open(1, frame_max=4096)
    client.call(1, "queue.declare", 0, queue, False, False, True, False, False, [])
    parts = [b"x" * min(4088, size - at) for at in range(0, size, 4088)]
    to_queue = method(1, "basic.publish", 0, "", queue, False, False)
    client.send(to_queue, header(1, size), *(body(1, part) for part in parts))
    client.send(method(1, "basic.get", 0, queue, True))
    client.expect("basic.get-ok")
    client.expect("header")
    assert [client.expect("body").payload for _ in parts] == parts
    client.send(method(1, "basic.get", 0, queue, True))
    client.expect("basic.get-empty")


# ---- content


@pytest.mark.parametrize(
    ("frames", "code", "says"),
    [
        (
            [method(1, *PUBLISH), method(1, "channel.flow", True)],
            505,
            "expected content header for class 60, got non content header frame instead",
        ),
        ([method(1, *PUBLISH), body(1, b"x")], 505, "got non content header frame instead"),
        ([method(1, *PUBLISH), header(1, 1, class_id=50)], 505, "got one for class 50 instead"),
        (
            [method(1, *PUBLISH), header(1, 1), method(1, "channel.flow", True)],
            505,
            "expected content body, got non content body frame instead",
        ),
        ([header(1, 0)], 505, "expected method frame, got non method frame instead"),
        ([body(1, b"x")], 505, "expected method frame, got non method frame instead"),
    ],
)
def test_wrong_frame_in_a_content(raw: Raw, frames: list[bytes], code: int, says: str) -> None:
    """A wrong frame in a content is 505 UNEXPECTED_FRAME, connection; the header's class must match."""
    client = raw().open(1)
    client.send(*frames)
    scope, got, text, *_ = why(client.frame())
    assert (scope, got) == ("connection", code)
    assert text.startswith("UNEXPECTED_FRAME - ") and says in text


def test_contents_of_two_channels_interleave(raw: Raw, queue: str) -> None:
    """Frames of different channels may interleave."""
    client = raw().open(1, 2)
    client.call(1, "queue.declare", 0, queue, False, False, True, False, False, [])
    begin = ("basic.publish", 0, "", queue, False, False)
    client.send(method(1, *begin), method(2, *begin), header(2, 4), header(1, 4))
    client.send(body(1, b"on"), body(2, b"tw"), body(2, b"o!"), body(1, b"e!"))
    bodies = []
    for channel in (1, 2):
        assert client.call(channel, "channel.flow", True).name == "channel.flow-ok"
    for _ in range(2):
        client.send(method(1, "basic.get", 0, queue, True))
        client.expect("basic.get-ok")
        bodies.append(client.content()[1])
    assert sorted(bodies) == [b"one!", b"two!"]


def test_a_message_over_128_mib(channel: BlockingChannel, queue: str) -> None:
    """The largest message has 128 MiB as in 3.x; a larger one is 406 on the channel once it is complete."""
    channel.basic_publish("", queue, bytes(128 * MIB + 1))
    with refused(406, f"message size {128 * MIB + 1} is larger than configured max size {128 * MIB}"):
        settle(channel)


# ---- strings and tables


@pytest.mark.parametrize("name", ["n" * 255, "with spaces / and, signs", "Grüße-№-早上好", "é" * 127])
def test_names(channel: BlockingChannel, name: str) -> None:
    """Short strings have up to 255 bytes of UTF-8; long names, spaces and non-ASCII are legal."""
    assert channel.queue_declare(name, exclusive=True).method.queue == name
    channel.exchange_declare(name, "topic", auto_delete=True)
    channel.queue_bind(name, name, name)
    channel.basic_publish(name, name, b"x")
    assert channel.basic_get(name)[0].routing_key == name
    channel.queue_delete(name)


def entry(name: bytes, kind: bytes, value: bytes) -> bytes:
    """A field of a table."""
    return bytes([len(name)]) + name + kind + value


EVERY_TYPE = b"".join(
    [
        entry(b"z-first", b"t", b"\x01"),
        entry(b"int8", b"b", pack(">b", -5)),
        entry(b"uint8", b"B", b"\xfe"),
        entry(b"int16", b"s", pack(">h", -300)),
        entry(b"uint16", b"u", pack(">H", 65_000)),
        entry(b"int32", b"I", pack(">i", -70_000)),
        entry(b"uint32", b"i", pack(">I", 4_000_000_000)),
        entry(b"int64", b"l", pack(">q", -(2**40))),
        entry(b"float", b"f", pack(">f", 0.5)),
        entry(b"double", b"d", pack(">d", 0.1)),
        entry(b"decimal", b"D", pack(">Bi", 2, -314)),
        entry(b"text", b"S", pack(">I", 3) + "é!".encode()),
        entry(b"bytes", b"x", pack(">I", 4) + b"\x00\xff\xce\x01"),
        entry(b"time", b"T", pack(">Q", 1_700_000_000)),
        entry(b"void", b"V", b""),
        entry(b"list", b"A", pack(">I", 5) + b"s\x00\x01t\x00"),
        entry(b"table", b"F", pack(">I", 4) + entry(b"k", b"B", b"\x07")),
        entry(b"a-last", b"t", b"\x00"),
    ]
)


def test_headers_come_back_to_the_byte(raw: Raw, queue: str) -> None:
    """Every type of field, with RabbitMQ's letters; headers come back byte for byte, as 3.10 does."""
    properties = HEADERS_ONLY + pack(">I", len(EVERY_TYPE)) + EVERY_TYPE
    client = raw().open(1)
    client.call(1, "queue.declare", 0, queue, False, False, True, False, False, [])
    client.send(publish(b"x", key=queue, properties=properties))
    client.send(method(1, "basic.get", 0, queue, True))
    client.expect("basic.get-ok")
    assert client.content() == (properties, b"x")


def test_integers_are_read_as_rabbitmq_reads_them(channel: BlockingChannel, queue: str) -> None:
    """`s` is a 16-bit integer and not a short string, `l` a 64-bit one."""
    sent = {"small": 300, "large": 2**40, "negative": -1, "flag": False}
    channel.queue_declare(queue, exclusive=True)
    channel.basic_publish("", queue, b"", pika.BasicProperties(headers=sent))
    assert channel.basic_get(queue)[1].headers == sent


def test_timestamps(channel: BlockingChannel, queue: str) -> None:
    """Timestamps have 64 bits and count seconds, as a property and in tables."""
    late_s = 2**33
    channel.queue_declare(queue, exclusive=True)
    channel.basic_publish("", queue, b"", pika.BasicProperties(timestamp=late_s))
    assert channel.basic_get(queue)[1].timestamp == late_s


def test_undecodable_arguments(raw: Raw) -> None:
    """Arguments that cannot be decoded end the connection: 501, naming the method and what it got."""
    client = raw().open(1)
    client.send(codec.frame(codec.METHOD, 1, pack(">HHHB", 50, 10, 0, 200) + b"short"))
    says = "FRAME_ERROR - cannot decode <<0,0,200,115,104,111,114,116>>"
    assert why(client.frame()) == ("connection", 501, says, 50, 10)
