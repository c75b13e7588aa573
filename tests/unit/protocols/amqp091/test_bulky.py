"""Large bodies: neither what comes in pieces nor what goes out is copied more than it has to be."""

from mqstudio.model.commands import PublishMessage
from mqstudio.protocols.amqp091.deliveries import BULKY_BYTES
from tests.support.amqp091 import delivered, message, opened, publish


def test_bulky_bodies_are_not_copied_on_their_way_out() -> None:
    conversation = opened()
    body = bytes(BULKY_BYTES + 1)
    conversation.session.notify([delivered(message(b"small"), 1), delivered(message(body), 2)])
    pieces = conversation.session.data_to_send()
    assert isinstance(pieces, list)
    views = [piece for piece in pieces if isinstance(piece, memoryview)]
    assert views and all(view.obj is body for view in views)
    assert sum(len(view) for view in views) == len(body)
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
