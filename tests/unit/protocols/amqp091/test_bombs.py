"""Small inputs made to cost much: memory they may take, time they may take, and how they end.

Source: the vectors of RabbitMQ's and its Java client's advisories of 2026, and those that our own fuzzing and
reading found.
"""

import gc
import tracemalloc
from collections.abc import Callable
from struct import pack

import pytest

from mqstudio.model import limits
from mqstudio.model.commands import CloseConnection, PublishMessage
from mqstudio.protocols.amqp091 import codec
from mqstudio.protocols.base import BREATH
from tests.support.amqp091 import (
    PROTOCOL_HEADER,
    Conversation,
    body,
    header,
    method,
    open_channel,
    opened,
    publish,
    start_ok,
)

START = method(1, "basic.publish", 0, "", "q", False, False)
FRAME = 131_000


def table(inside: bytes) -> bytes:
    return pack(">I", len(inside)) + inside


def with_headers(inside: bytes) -> bytes:
    """A publish whose headers are these fields."""
    return publish(properties=b"\x20\0" + table(inside))


def array(items: bytes) -> bytes:
    """A field that is an array of these items."""
    return b"\x01aA" + pack(">I", len(items)) + items


def nested(depth: int, letter: bytes = b"F") -> bytes:
    inside = b""
    for _ in range(depth):
        inside = (b"\x01a" if letter == b"F" else b"") + letter + table(inside)
    return inside if letter == b"F" else b"\x01a" + inside


def peak_bytes(work: Callable[[], object]) -> int:
    """The most memory that some work takes beyond what was there."""
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        work()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


BOMBS = {
    "580 nested tables": nested(580),
    "580 nested arrays": nested(580, b"A"),
    "nested as deep as a frame allows": nested(18_000),
    "an array of values without width": array(b"V" * FRAME),
    "an array of empty tables": array(b"F\0\0\0\0" * (FRAME // 5)),
    "fields without names or width": b"\0V" * (FRAME // 2),
    "a string longer than the frame": b"\x01aS" + pack(">I", 2**31 - 1) + b"x",
    "an array longer than its table": b"\x01aA" + pack(">I", 2**32 - 1),
    "a table longer than its table": b"\x01aF" + pack(">I", 100) + b"x",
    "bytes of 4 GiB": b"\x01ax" + pack(">I", 2**32 - 1),
}


@pytest.mark.parametrize("fields", BOMBS.values(), ids=BOMBS)
@pytest.mark.parametrize("carrier", ["properties", "arguments", "client properties", "login"])
def test_bombs_in_tables_are_refused_before_they_grow(fields: bytes, carrier: str) -> None:
    """As headers, arguments, before the login: a syntax error or a frame error, and no memory to speak of."""
    conversation = Conversation() if carrier in ("client properties", "login") else opened()
    arguments = (b"\0\0\x01q\0" + table(fields)).join((pack(">HH", 50, 10), b""))
    client = pack(">HH", 10, 11) + table(fields) + b"\x05PLAIN\0\0\0\0\x05en_US"
    login = pack(">HH", 10, 11) + table(b"") + b"\x08AMQPLAIN" + table(fields) + b"\x05en_US"
    data = {
        "properties": with_headers(fields),
        "arguments": codec.frame(codec.METHOD, 1, arguments),
        "client properties": PROTOCOL_HEADER + codec.frame(codec.METHOD, 0, client),
        "login": PROTOCOL_HEADER + codec.frame(codec.METHOD, 0, login),
    }[carrier]
    assert peak_bytes(lambda: conversation.receive(data)) < 6 * len(data) + 100_000
    closes = [frame.args[0] for frame in conversation.output() if frame.name == "connection.close"]
    # Login data that cannot be read is a login refused; strangers are not always told what is wrong.
    assert closes in ([501], [502], [403]) or (conversation.session.is_finished() and not closes)
    assert conversation.session.close_reason
    assert all(isinstance(request, CloseConnection) for request in conversation.requests)


def test_body_frames_are_summed() -> None:
    """One byte more than the header announced ends it, however small the frames."""
    conversation = opened()
    frames = conversation.turn(START + header(1, 5) + body(1, b"abc") + body(1, b"de") + body(1, b"f"))
    assert [r.body for r in conversation.requests if isinstance(r, PublishMessage)] == [b"abcde"]
    assert (frames[0].name, frames[0].args[0]) == ("connection.close", 505), "a body of nothing"
    conversation = opened()
    (close,) = conversation.turn(START + header(1, 5) + body(1, b"abc") + body(1, b"def"))
    assert close.args[:2] == (501, "FRAME_ERROR - content body frame exceeds remaining content size")


@pytest.mark.parametrize("size", [2**63, 2**64 - 1, limits.MESSAGE_MAX_BYTES + 1])
def test_an_announced_size_allocates_nothing(size: int) -> None:
    """Only what has come takes memory, and of what will be refused not even that."""
    conversation = opened()
    data = START + header(1, size) + body(1, b"x" * 100_000) * 20
    assert peak_bytes(lambda: conversation.receive(data)) < 3 * len(data)
    assert conversation.session.held_bytes() <= 2


@pytest.mark.parametrize("part", [b"", b"x", b"xy", b"x" * 50])
def test_a_body_in_tiny_frames_takes_its_size_and_no_more(part: bytes) -> None:
    """As objects of their own, parts of two bytes would take twenty times that; empty ones not even count."""
    conversation = opened()
    conversation.receive(START + header(1, 2**20))
    data = body(1, part) * 20_000
    assert len(part) * 20_000 < 2**20

    def work() -> None:
        for _ in conversation.session.receive_data(data, 0):
            pass

    held = peak_bytes(work)
    assert held < 100_000 + 2 * len(part) * 20_000
    assert conversation.session.held_bytes() == len(part) * 20_000 + 2


def test_unfinished_contents_count_their_headers_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two thousand channels can each begin a publish with a frame full of headers."""
    monkeypatch.setattr(limits, "CONTENTS_MAX_BYTES", 10_000)
    conversation = opened(1, 2, 3)
    large = b"\x20\0" + table(b"\x01aS" + pack(">I", 4_000) + b"x" * 4_000)
    begun = [method(n, "basic.publish", 0, "", "q", False, False) + header(n, 10, large) for n in (1, 2, 3)]
    assert conversation.turn(begun[0] + begun[1]) == []
    (close,) = conversation.turn(begun[2])
    assert close.args[:2] == (506, "RESOURCE_ERROR - too much unfinished content on one connection")


def test_contents_that_end_give_back_what_they_held() -> None:
    """Complete, or with their channel."""
    conversation = opened(1, 2)
    conversation.receive(START + header(1, 10) + body(1, b"12345"))
    other = method(2, "basic.publish", 0, "", "q", False, False) + header(2, 10) + body(2, b"123")
    conversation.receive(other)
    assert conversation.session.held_bytes() == 5 + 3 + 2 * 2
    conversation.receive(body(1, b"67890"))
    assert conversation.session.held_bytes() == 3 + 2
    assert not conversation.session.is_calm()
    conversation.session.drop(conversation.session.channels[2])
    assert conversation.session.held_bytes() == 0
    assert conversation.session.is_calm()


def test_frames_that_ask_for_nothing_let_others_have_their_turn() -> None:
    """A chunk holds 30,000 heartbeats."""
    conversation = opened()
    assert conversation.receive(codec.HEARTBEAT_FRAME * 3 * limits.TURN_FRAMES) == [BREATH] * 3
    conversation.receive(START + header(1, 2**20))
    assert conversation.receive(body(1, b"") * limits.TURN_FRAMES) == [BREATH]


def test_strangers_can_say_only_so_much() -> None:
    """Small frames, few of them, until the connection is open."""
    large = start_ok(response=b"\0guest\0" + b"x" * limits.FRAME_MIN_BYTES)
    conversation = Conversation()
    assert [frame.name for frame in conversation.turn(PROTOCOL_HEADER)] == ["connection.start"]
    (close,) = conversation.turn(large)
    assert close.args[0] == 501 and "frame_too_large" in close.args[1]
    conversation = Conversation()
    conversation.turn(PROTOCOL_HEADER + codec.HEARTBEAT_FRAME * limits.LOGIN_FRAMES_MAX)
    assert not conversation.session.is_finished()
    conversation.turn(codec.HEARTBEAT_FRAME)
    assert conversation.session.is_finished()
    assert conversation.session.close_reason == "32 frames, and no open connection yet"


def test_once_open_any_number_of_frames_may_come() -> None:
    conversation = opened()
    conversation.turn(codec.HEARTBEAT_FRAME * 1_000 + open_channel(2))
    assert conversation.session.is_open()


def test_what_clients_say_of_themselves_is_cut() -> None:
    """It is kept long after they have gone."""
    conversation = Conversation()
    conversation.turn(PROTOCOL_HEADER + start_ok(product="p" * 3_000, connection_name="n" * 300))
    assert (len(conversation.session.client.product), len(conversation.session.client.name)) == (255, 255)


def test_a_frame_byte_by_byte_is_a_frame() -> None:
    """A slow peer costs the frame it has begun; see test_time for how long it may take."""
    conversation = opened()
    data = publish(b"x" * 2_000)
    for place in range(len(data)):
        conversation.receive(data[place : place + 1])
        assert conversation.session.held_bytes() <= len(data)
    assert [request.body for request in conversation.requests] == [b"x" * 2_000]
