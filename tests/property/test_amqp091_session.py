"""However the bytes are cut, the same comes of them; and no bytes break a session."""

from itertools import pairwise
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mqstudio.model import commands as c
from mqstudio.model.errors import Refusal
from mqstudio.model.replies import TakeReply
from mqstudio.protocols.amqp091 import codec, methods
from tests.support.amqp091 import (
    PROTOCOL_HEADER,
    Conversation,
    body,
    declare,
    handshake,
    header,
    message,
    method,
    open_channel,
    publish,
    refusal,
    split,
    start_ok,
)


def answers() -> dict[type, Any]:
    """An engine that refuses what is called missing, and tags from 5 on."""
    taken = TakeReply(message(b"taken" * 20), 1, 1)
    return {
        c.PublishMessage: lambda r: missing(Refusal.NO_SUCH_EXCHANGE, r.exchange),
        c.SettleDelivery: lambda r: refusal(Refusal.NO_SUCH_DELIVERY) if r.delivery_tag >= 5 else None,
        c.Bind: lambda r: missing(Refusal.NO_SUCH_QUEUE, r.destination),
        c.Subscribe: lambda r: missing(Refusal.NO_SUCH_QUEUE, r.queue),
        c.TakeMessage: taken,
    }


def missing(why: Refusal, name: str) -> object:
    return refusal(why, name=name, vhost="/") if name == "missing" else None


channels = st.sampled_from([1, 1, 1, 2, 3])
bodies = st.binary(max_size=40) | st.just(b"same") | st.just(b"x" * 5_000)
properties = st.sampled_from(
    [b"\0\0", b"\x10\x00\x02", b"\x01\x00\x0260", b"\x01\x00\x02ab", b"\x80\x00\x09"]
)
publishes = st.builds(
    publish,
    bodies,
    channel=channels,
    exchange=st.sampled_from(["", "", "", "missing"]),
    key=st.sampled_from(["q", "p"]),
    properties=properties,
    mandatory=st.booleans(),
)


def in_pieces(channel: int, parts: list[bytes]) -> bytes:
    size = sum(map(len, parts))
    start = method(channel, "basic.publish", 0, "", "q", False, False)
    return start + header(channel, size) + b"".join(body(channel, part) for part in parts)


good_frames = st.one_of(
    publishes,
    publishes.map(lambda one: one * 4),
    st.builds(in_pieces, channels, st.lists(st.binary(max_size=9), max_size=4)),
    st.builds(
        lambda n, tag, many: method(n, "basic.ack", tag, many), channels, st.integers(0, 6), st.booleans()
    ),
    channels.map(open_channel),
    channels.map(lambda n: method(n, "confirm.select", False)),
    channels.map(lambda n: method(n, "channel.close", 200, "", 0, 0)),
    channels.map(lambda n: method(n, "channel.close-ok")),
    channels.map(lambda n: method(n, "basic.get", 0, "q", True)),
    channels.map(lambda n: method(n, "queue.bind", 0, "missing", "x", "", False, [])),
    st.sampled_from(
        [declare(), declare("", exclusive=True), declare("amq.x"), declare("q", {"x-expires": 5})]
    ),
    st.just(method(1, "basic.consume", 0, "q", "t", False, False, False, False, [])),
    st.just(method(1, "basic.cancel", "t", False)),
    st.just(codec.HEARTBEAT_FRAME),
    st.just(method(0, "connection.close", 200, "", 0, 0)),
    st.just(method(0, "connection.close-ok")),
)
bad_frames = st.one_of(
    st.just(publish(b"\xce" * 5)[:-1] + b"\0"),
    st.just(b"\x03\x00\x01\x00\x10\x00\x00"),
    st.just(codec.frame(codec.BODY, 1, b"x" * 9_000)),
    st.just(method(1, "basic.publish", 0, "", "q", False, True)),
    st.just(method(1, "basic.publish", 0, "", "q", False, False)),
    st.builds(header, channels, st.integers(0, 2**64 - 1), properties),
    st.builds(body, channels, st.binary(max_size=5)),
    st.builds(codec.frame, st.integers(0, 9), st.integers(0, 3), st.binary(max_size=20)),
    st.builds(
        lambda n, code, rest: codec.frame(codec.METHOD, n, code.to_bytes(4) + rest),
        st.integers(0, 3),
        st.sampled_from(sorted(methods.METHODS)),
        st.binary(max_size=20),
    ),
    st.binary(max_size=12),
)
streams = st.lists(st.one_of(good_frames, good_frames, good_frames, bad_frames), max_size=12).map(b"".join)


def converse(chunks: list[bytes], conversation: Conversation) -> tuple[list[object], bytes, str, bool]:
    """All that can be seen of a session, in one turn."""
    for chunk in chunks:
        conversation.receive(chunk)
    data = conversation.session.data_to_send()
    split(data)
    session = conversation.session
    return conversation.requests, data, session.close_reason, session.is_finished()


def cut(data: bytes, places: list[int]) -> list[bytes]:
    borders = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:stop] for start, stop in pairwise(borders)]


def running() -> Conversation:
    conversation = Conversation(answers()).open(1, 2, frame_max=8192)
    return conversation


@settings(max_examples=400, deadline=None)
@given(streams, st.lists(st.integers(0, 2**20), max_size=8))
@example(publish(b"same") * 5 + publish(b"same", properties=b"\x01\x00\x02ab"), [3, 70, 150])
def test_any_split_gives_the_same(data: bytes, places: list[int]) -> None:
    """Requests, bytes, and the end, if there is one."""
    assert converse(cut(data, places), running()) == converse([data], running())


@settings(max_examples=60, deadline=None)
@given(streams.filter(lambda data: len(data) < 2_000))
def test_one_byte_at_a_time_gives_the_same(data: bytes) -> None:
    """The smallest pieces there are."""
    assert converse([data[i : i + 1] for i in range(len(data))], running()) == converse([data], running())


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 2**20), max_size=8), st.sampled_from([b"\0guest\0guest", b"\0guest\0wrong"]))
def test_any_split_of_a_handshake_gives_the_same(places: list[int], response: bytes) -> None:
    """From the first byte on."""
    data = PROTOCOL_HEADER + start_ok(response) + handshake()[len(PROTOCOL_HEADER + start_ok()) :]
    data += open_channel() + publish() * 2
    assert converse(cut(data, places), Conversation()) == converse([data], Conversation())


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["new", "greeted", "running"]), st.booleans())
def test_hostile_bytes_never_raise(data: bytes, phase: str, is_mutation: bool) -> None:
    """Whatever comes ends in a close, a hang-up, or a wait for more."""
    conversation = running() if phase == "running" else Conversation(answers())
    if phase == "greeted":
        conversation.turn(PROTOCOL_HEADER)
    if is_mutation:
        data = bytes(
            a ^ b for a, b in zip(handshake()[8:] + publish() * 3, data.ljust(300, b"\0"), strict=False)
        )
    conversation.receive(data)
    if conversation.session.data_to_send() == PROTOCOL_HEADER:
        assert conversation.session.is_finished()
    conversation.pass_time(15)
    conversation.receive(data)
    assert len(conversation.session.data_to_send()) < 100_000


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2**20), st.integers(1, 255)), min_size=1, max_size=4), streams)
def test_flipped_bits_never_raise(flips: list[tuple[int, int]], data: bytes) -> None:
    """A stream that is almost right."""
    whole = bytearray(handshake()[8:] + open_channel() + data)
    for place, bits in flips:
        whole[place % len(whole)] ^= bits
    conversation = Conversation(answers())
    conversation.turn(PROTOCOL_HEADER + bytes(whole))
    conversation.pass_time(15)
