"""What counts as memory, and who has to wait or go when there is too much."""

from mqstudio.model import commands as c
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


def blocked(broker: Broker) -> set[str]:
    """Who is said to be, by a sample."""
    return {each.name for each in broker.sampler.since(0).connections if each.is_blocked}


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


def test_what_transactions_hold_counts_too() -> None:
    """Whoever holds it cannot commit while it is not read: if there is too much of that, the largest goes."""
    broker = new_broker(memory_high_water_bytes=2_000)
    small, large = Peer(broker, "small").open(), Peer(broker, "large").open()
    small.declare()
    for peer in (small, large):
        peer.do(c.SelectTransaction(peer.channel))
    small.publish(bytes(100))
    large.publish(bytes(1_000))
    tick(broker)
    assert not broker.sampler.is_publishing_blocked
    small.publish(bytes(300))
    tick(broker)
    assert (kicked(small), kicked(large)) == ([], [HALF_ARRIVED])
    tick(broker)
    assert kicked(small) == []
    assert not small.transport.is_reading_paused


def test_a_transaction_and_what_waits_are_too_much_together() -> None:
    broker = new_broker(memory_high_water_bytes=2_000)
    publisher, holder = Peer(broker, "publisher").open(), Peer(broker, "holder").open()
    publisher.declare()
    publisher.publish(bytes(500))
    holder.do(c.SelectTransaction(holder.channel))
    holder.publish(bytes(1_000))
    tick(broker)
    tick(broker)
    assert holder.transport.is_reading_paused
    assert publisher.transport.is_reading_paused
    assert blocked(broker) == {"publisher", "holder"}
    consumer = Peer(broker, "consumer").open()
    consumer.do(c.PurgeQueue(consumer.channel, "q"))
    tick(broker)
    tick(broker)
    assert blocked(broker) == set()
    assert not holder.transport.is_reading_paused


def test_who_is_blocked_and_gone_leaves_nothing_behind() -> None:
    broker = new_broker(memory_high_water_bytes=-1)
    stays, goes = Peer(broker, "stays").open(), Peer(broker, "goes").open()
    stays.declare()
    for peer in (stays, goes):
        peer.publish(b"x")
    tick(broker)
    goes.transport.abort()
    goes.transport.settle()
    tick(broker)
    assert blocked(broker) == {"stays"}
    assert [each.name for each in broker.sampler.since(0).connections] == ["stays"]
