"""What counts as memory, and who has to wait or go when there is too much."""

from mqstudio.model import limits
from mqstudio.model.events import ConnectionKicked
from mqstudio.server.broker import Broker
from mqstudio.server.clock import ManualClock
from mqstudio.server.memory import HALF_ARRIVED
from tests.support.peers import Peer, new_broker


def tick(broker: Broker) -> None:
    assert isinstance(broker.clock, ManualClock)
    broker.clock.advance(limits.SAMPLE_INTERVAL_US)
    broker.tick()


def kicked(peer: Peer) -> list[str]:
    return [letter.reason for letter in peer.session.mail if isinstance(letter, ConnectionKicked)]


def test_what_has_half_arrived_counts_as_what_messages_take() -> None:
    broker = new_broker(memory_high_water_bytes=1_000)
    publisher, uploader, consumer = (Peer(broker, name).open() for name in ("p", "u", "c"))
    publisher.declare()
    publisher.publish(bytes(200))
    uploader.session.held_bytes_now = 700
    tick(broker)
    assert broker.sampler.is_publishing_blocked
    assert publisher.transport.is_reading_paused
    assert uploader.transport.is_reading_paused, "it publishes, though it has not finished"
    assert not consumer.transport.is_reading_paused
    assert [kicked(peer) for peer in (publisher, uploader, consumer)] == [[], [], []]
    uploader.session.held_bytes_now = 0
    tick(broker)
    assert not broker.sampler.is_publishing_blocked
    assert not uploader.transport.is_reading_paused


def test_if_that_alone_is_too_much_the_largest_goes() -> None:
    broker = new_broker(memory_high_water_bytes=1_000)
    small, large = Peer(broker, "small").open(), Peer(broker, "large").open()
    small.session.held_bytes_now, large.session.held_bytes_now = 400, 601
    tick(broker)
    assert (kicked(small), kicked(large)) == ([], [HALF_ARRIVED])
    large.session.held_bytes_now = 0
    tick(broker)
    assert kicked(small) == []
    assert not small.transport.is_reading_paused


def test_where_nothing_has_half_arrived_nobody_goes() -> None:
    """However low the mark: there is nobody whose end would help."""
    broker = new_broker(memory_high_water_bytes=-1)
    idle = Peer(broker, "idle").open()
    tick(broker)
    assert kicked(idle) == []
    assert broker.sampler.is_publishing_blocked
