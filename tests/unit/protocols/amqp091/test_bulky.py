"""Large bodies: neither what comes in pieces nor what goes out is copied more than it has to be."""

import sys

import pytest

from mqstudio.model.commands import PublishMessage
from mqstudio.protocols.amqp091.deliveries import BULKY_BYTES
from tests.support.amqp091 import body, delivered, header, message, method, opened, publish


def test_bulky_bodies_are_not_copied_on_their_way_out() -> None:
    conversation = opened()
    bulk = bytes(BULKY_BYTES + 1)
    conversation.session.notify([delivered(message(b"small"), 1), delivered(message(bulk), 2)])
    pieces = conversation.session.data_to_send()
    assert isinstance(pieces, list)
    views = [piece for piece in pieces if isinstance(piece, memoryview)]
    assert views and all(view.obj is bulk for view in views)
    assert sum(len(view) for view in views) == len(bulk)
    conversation.session.notify([delivered(message(b"small"), 3)])
    assert isinstance(conversation.session.data_to_send(), bytes)


def test_a_body_frame_in_three_chunks_and_what_follows_it() -> None:
    conversation = opened()
    data = publish(b"x" * 20_000) + publish(b"y") + publish(b"z" * 6_000)
    for start, stop in ((0, 5_000), (5_000, 12_000), (12_000, 25_000), (25_000, len(data))):
        conversation.receive(data[start:stop])
    published = [each for each in conversation.requests if isinstance(each, PublishMessage)]
    assert [each.body for each in published] == [b"x" * 20_000, b"y", b"z" * 6_000]


def test_a_publish_that_comes_in_pieces_of_any_size() -> None:
    data = publish(b"x" * 9_000) + publish(b"y" * 4_090) + publish(b"") + publish(b"z" * 9_000)
    for size in (1, 7, 50, 1_000, 4_200, 9_100, len(data)):
        conversation = opened()
        for start in range(0, len(data), size):
            conversation.receive(data[start : start + size])
        published = [each for each in conversation.requests if isinstance(each, PublishMessage)]
        assert [each.body for each in published] == [b"x" * 9_000, b"y" * 4_090, b"", b"z" * 9_000], size


BODY = bytes(range(256)) * 100
IN_FRAMES = (
    method(1, "basic.publish", 0, "", "q", False, False)
    + header(1, len(BODY))
    + body(1, BODY[:7_000])
    + body(1, BODY[7_000:7_010])
    + method(2, "basic.publish", 0, "", "q", False, False)
    + header(2, 5_000)
    + body(1, BODY[7_010:7_020])
    + body(1, BODY[7_020:13_000])
    + body(2, b"o" * 5_000)
    + body(1, BODY[13_000:])
)


@pytest.mark.parametrize("size", [1, 99, 4_103, 6_000, 9_000, 20_000, len(IN_FRAMES)])
def test_a_body_of_many_frames_in_chunks_of_any_size(size: int) -> None:
    """Also when its frames are the lesser part of a chunk, and when another channel's are among them."""
    conversation = opened(1, 2)
    for start in range(0, len(IN_FRAMES), size):
        conversation.receive(IN_FRAMES[start : start + size])
    published = [each for each in conversation.requests if isinstance(each, PublishMessage)]
    assert [each.body for each in published] == [b"o" * 5_000, BODY]
    assert conversation.session.held_bytes() == 0


@pytest.mark.parametrize(("others", "is_kept"), [(10, True), (900, False)])
def test_what_has_come_of_a_body_keeps_no_chunk_that_is_mostly_something_else(
    others: int, is_kept: bool
) -> None:
    """Else the memory it takes could be many times what is counted."""
    conversation = opened(1, 2)
    conversation.receive(method(1, "basic.publish", 0, "", "q", False, False) + header(1, len(BODY)))
    chunk = method(2, "basic.ack", 1, False) * others + body(1, BODY[:8_000])
    before = sys.getrefcount(chunk)
    conversation.receive(chunk)
    assert (sys.getrefcount(chunk) > before) is is_kept
    conversation.receive(body(1, BODY[8_000:]))
    assert conversation.requests[-1].body == BODY
    assert sys.getrefcount(chunk) == before
