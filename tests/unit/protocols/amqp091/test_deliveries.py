"""Deliveries as frames: what is kept from one to the next has a bound."""

import tracemalloc

import pytest

from mqstudio.model.events import MessageDelivered
from mqstudio.model.message import Message
from mqstudio.model.refs import ChannelRef, QueueRef, SubscriptionRef
from mqstudio.protocols.amqp091 import deliveries
from mqstudio.protocols.amqp091.deliveries import DeliveryWriter
from mqstudio.protocols.base import Piece
from tests.support.amqp091 import split

QUEUE = QueueRef("/", "q", 1)
CHANNEL = ChannelRef(5, 1, 1)


def letter(number: int, key: str, length: int) -> MessageDelivered:
    """A delivery with a key, and properties of some length: an app_id."""
    properties = b"\x00\x08" + bytes([length]) + b"x" * length
    message = Message(number, b"%d" % number, properties, "x", key, 1, deliveries.NAME, 1, 300)
    subscription = SubscriptionRef(number % 3, 1, 1, "t")
    return MessageDelivered(1, message, QUEUE, CHANNEL, subscription, number, False, False)


def write(writer: DeliveryWriter, letters: list[MessageDelivered]) -> list[bytes]:
    """Bodies as they come out, in frames that are whole."""
    out: list[Piece] = []
    writer.write(letters, out)
    return [frame.payload for frame in split(b"".join(out)) if frame.name == "body"]


def test_keys_and_lengths_at_random_take_limited_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each alone, and both together; frames are right all the time."""
    monkeypatch.setattr(deliveries, "_KINDS_MAX", 100)
    writer = DeliveryWriter({5: object()})
    writer.body_max = 4_096
    sizes = []
    tracemalloc.start()
    for begin in range(0, 6_000, 1_000):
        letters = [letter(n, f"k{n % 70}", n // 70 % 200) for n in range(begin + 1, begin + 1_001)]
        assert write(writer, letters) == [b"%d" % n for n in range(begin + 1, begin + 1_001)]
        del letters
        sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert max(sizes[1:]) - sizes[0] < 300_000


def test_what_repeats_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as it is not too much: nothing is made anew."""
    writer = DeliveryWriter({5: object()})
    writer.body_max = 4_096
    write(writer, [letter(n, f"k{n % 10}", n % 7) for n in range(1, 1_000)])
    monkeypatch.setattr(deliveries, "_layout", lambda *_: pytest.fail("it was made before"))
    write(writer, [letter(n, f"k{n % 10}", n % 7) for n in range(1, 1_000)])
