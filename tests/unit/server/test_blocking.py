"""Publishers wait as long as any reason holds, and are told once, in RabbitMQ's words."""

from mqstudio.model.errors import Refusal
from mqstudio.model.events import PublishingBlocked, PublishingResumed
from mqstudio.server import blocking
from tests.support.peers import Peer, new_broker


def told(peer: Peer) -> list[str]:
    return [
        letter.reason if isinstance(letter, PublishingBlocked) else "resumed"
        for letter in peer.session.mail
        if isinstance(letter, PublishingBlocked | PublishingResumed)
    ]


def test_one_reason_after_another() -> None:
    broker = new_broker()
    publisher, consumer = Peer(broker, "p").open(), Peer(broker, "c").open()
    publisher.declare()
    publisher.publish(b"x")
    steps = [(blocking.DISK, True), (blocking.MEMORY, True), (blocking.DISK, False), (blocking.MEMORY, False)]
    paused = []
    for reason, is_on in steps:
        broker.blocking.set(reason, is_on=is_on)
        broker.blocking.apply(())
        paused.append(publisher.transport.is_reading_paused)
    assert paused == [True, True, True, False]
    assert told(publisher) == ["low on disk", "resumed"]
    assert told(consumer) == []


def test_all_reasons_at_once_are_named() -> None:
    broker = new_broker()
    publisher = Peer(broker, "p").open()
    publisher.declare()
    publisher.publish(b"x")
    for reason in (blocking.STORE, blocking.DISK, blocking.MEMORY):
        broker.blocking.set(reason, is_on=True)
    broker.blocking.apply(())
    assert told(publisher) == ["low on memory & disk & store"]
    assert broker.sampler.blocked_by == ("memory", "disk", "store")


def test_whoever_comes_later_waits_too() -> None:
    broker = new_broker()
    broker.blocking.set(blocking.DISK, is_on=True)
    broker.blocking.apply(())
    late = Peer(broker, "late").open()
    assert not late.transport.is_reading_paused
    broker.blocking.apply({late.link})
    assert late.transport.is_reading_paused


def test_whoever_asks_is_refused_with_the_reason() -> None:
    broker = new_broker()
    whys = []
    for reason in (blocking.MEMORY, blocking.DISK, blocking.STORE):
        broker.blocking.set(reason, is_on=True)
        whys.append(broker.blocking.refusal())
        broker.blocking.set(reason, is_on=False)
    assert [each.why for each in whys] == [Refusal.OUT_OF_MEMORY, Refusal.NOT_STORED, Refusal.NOT_STORED]
    assert len({each.says for each in whys}) == 3
