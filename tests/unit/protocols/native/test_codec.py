"""Frames: cut right however the stream was split; absurd lengths refused before memory is taken."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqstudio.model.errors import RemoteError
from mqstudio.protocols.native.codec import FrameReader, frame
from mqstudio.protocols.native.messages import Gap, Unwatch


def frames_of(reader: FrameReader) -> list[bytes]:
    return list(iter(reader.next_frame, None))


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), st.lists(st.integers(0, 400)))
def test_any_split_of_the_stream_gives_the_same_frames(payloads: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(len(p).to_bytes(4, "big") + p for p in payloads)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    reader = FrameReader(40)
    found: list[bytes] = []
    for start, end in pairwise(edges):
        reader.feed(stream[start:end])
        found += frames_of(reader)
    assert found == payloads
    assert not reader.has_rest()


def test_a_message_is_framed_with_its_length() -> None:
    data = frame(Unwatch(3))
    assert data[:4] == (len(data) - 4).to_bytes(4, "big")
    assert data[4:] == b"\x82\xa4type\xa7Unwatch\xa2id\x03"


def test_frames_of_equal_messages_are_equal_bytes() -> None:
    assert frame(Gap(1, 2)) == frame(Gap(1, 2)) != frame(Gap(1, 3))


@pytest.mark.parametrize(
    "first", [b"GET / HTTP/1.1", b"POST /", b"AMQP\x00\x00\x09\x01", b"\xff" * 4, b"\0" * 4]
)
def test_a_length_that_no_frame_has_is_refused_at_its_fourth_byte(first: bytes) -> None:
    reader = FrameReader(4096)
    reader.feed(first[:3])
    assert reader.next_frame() is None
    reader.feed(first[3:4])
    with pytest.raises(RemoteError):
        reader.next_frame()


def test_the_limit_may_rise_between_frames() -> None:
    reader = FrameReader(4)
    reader.feed(b"\0\0\0\x04abcd" + b"\0\0\0\x05abcde")
    assert reader.next_frame() == b"abcd"
    reader.limit_bytes = 5
    assert reader.next_frame() == b"abcde"
