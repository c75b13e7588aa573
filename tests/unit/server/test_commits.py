"""Who waits for the disk, and for how long: confirms, answers, redeliveries, publishers that are too fast."""

import pytest

from mqstudio.model import commands as c
from mqstudio.model import limits
from mqstudio.model.replies import TakeReply
from mqstudio.server.commits import promises
from tests.support.amqp091 import declare, method, publish
from tests.support.lasting import PERSISTENT, AmqpPeer, Lasting, lasting
from tests.support.scripted_store import DISK_FAILS, DISK_IS_FULL

ACK, NACK = "basic.ack", "basic.nack"


@pytest.fixture
async def broker() -> Lasting:
    return await lasting()


@pytest.fixture
async def peer(broker: Lasting) -> AmqpPeer:
    """With confirms on channel 1, a queue that lasts and one that does not."""
    peer = await broker.peer(1, 2)
    peer.send(declare("q", durable=True) + declare("passing") + method(1, "confirm.select", False))
    await broker.settle()
    peer.heard()
    return peer


def lasts(body: bytes = b"", *, channel: int = 1) -> bytes:
    return publish(body, properties=PERSISTENT, channel=channel)


def passes(body: bytes = b"") -> bytes:
    return publish(body, key="passing")


def consume(queue: str = "q", *, channel: int = 1) -> bytes:
    return method(channel, "basic.consume", 0, queue, "", False, False, False, False, [])


def deliveries(peer: AmqpPeer) -> list[tuple[int, bool]]:
    """Tag and redelivered flag of what has come."""
    return [(frame.args[1], frame.args[2]) for frame in peer.heard() if frame.name == "basic.deliver"]


# ---- confirms


async def test_a_confirm_waits_for_the_disk(broker: Lasting, peer: AmqpPeer) -> None:
    peer.send(lasts())
    await broker.turn()
    assert peer.said() == []
    commit = broker.child.write()
    await broker.turn()
    assert peer.said() == []
    broker.child.confirm(commit)
    assert peer.said() == [(ACK, 1, False)]


async def test_what_does_not_last_is_confirmed_at_once(broker: Lasting, peer: AmqpPeer) -> None:
    peer.send(passes())
    assert peer.said() == [(ACK, 1, False)]
    peer.send(publish(key="passing", properties=PERSISTENT) + publish(key="q"))
    assert peer.said() == [(ACK, 3, True)]


async def test_confirms_come_in_order_one_for_each_commit(broker: Lasting, peer: AmqpPeer) -> None:
    peer.send(lasts() * 3)
    await broker.turn()
    peer.send(lasts())
    peer.send(lasts())
    assert peer.said() == []
    broker.child.commit()
    assert peer.said() == [(ACK, 3, True)]
    broker.child.commit()
    assert peer.said() == [(ACK, 5, True)]


async def test_what_need_not_wait_does_not_overtake_what_must(broker: Lasting, peer: AmqpPeer) -> None:
    peer.send(lasts())
    await broker.turn()
    peer.send(passes())
    assert peer.said() == []
    broker.child.commit()
    assert peer.said() == [(ACK, 2, True)]


async def test_each_channel_is_told_of_its_own(broker: Lasting, peer: AmqpPeer) -> None:
    peer.send(method(2, "confirm.select", False))
    other = await broker.peer(1)
    other.send(method(1, "confirm.select", False))
    peer.heard(), other.heard()
    peer.send(lasts() + lasts(channel=2) + lasts(channel=2))
    other.send(lasts())
    other.send(passes())
    await broker.turn()
    broker.child.commit()
    told = [(frame.channel, frame.name, *frame.args) for frame in peer.heard()]
    assert sorted(told) == [(1, ACK, 1, False), (2, ACK, 2, True)]
    assert other.said() == [(ACK, 2, True)]


async def test_a_full_queue_refuses_within_the_order(broker: Lasting, peer: AmqpPeer) -> None:
    peer.send(declare("one", {"x-max-length": 1, "x-overflow": "reject-publish"}, durable=True))
    await broker.settle()
    peer.heard()
    one = publish(key="one", properties=PERSISTENT)
    peer.send(lasts() + one + one + lasts())
    await broker.turn()
    assert peer.said() == []
    broker.child.commit()
    assert peer.said() == [(ACK, 2, True), (NACK, 3, True), (ACK, 4, False)]


async def test_what_is_acknowledged_before_it_is_written_is_confirmed_when_it_would_be(
    broker: Lasting, peer: AmqpPeer
) -> None:
    peer.send(method(2, "basic.consume", 0, "q", "", False, True, False, False, []))
    peer.heard()
    peer.send(lasts())
    assert [name for name, *_ in peer.said()] == ["basic.deliver"]
    await broker.turn()
    commit = broker.child.commit()
    assert peer.said() == [(ACK, 1, False)]
    assert commit.rows("new_places") == []


async def test_a_channel_that_closes_is_told_nothing_of_what_is_not_on_disk(
    broker: Lasting, peer: AmqpPeer
) -> None:
    peer.send(lasts() + declare("q", exclusive=True))
    (closed,) = peer.heard()
    assert closed.name == "channel.close"
    await broker.settle()
    assert peer.heard() == []


async def test_a_client_that_is_gone_is_not_told(broker: Lasting, peer: AmqpPeer) -> None:
    peer.send(lasts())
    await broker.turn()
    peer.transport.abort()
    peer.transport.settle()
    await broker.settle()
    assert broker.broker.failure is None


# ---- answers


@pytest.mark.parametrize(
    ("request_bytes", "answer"),
    [
        (declare("new", durable=True), "queue.declare-ok"),
        (method(1, "queue.delete", 0, "q", False, False, False), "queue.delete-ok"),
        (method(1, "queue.bind", 0, "q", "amq.topic", "#", False, []), "queue.bind-ok"),
        (
            method(1, "exchange.declare", 0, "x", "topic", False, True, False, False, False, []),
            "exchange.declare-ok",
        ),
    ],
)
async def test_what_says_done_waits_for_the_disk(
    broker: Lasting, peer: AmqpPeer, request_bytes: bytes, answer: str
) -> None:
    """And all that the client sends behind it waits, too."""
    peer.send(request_bytes + method(1, "basic.qos", 0, 5, False))
    await broker.turn()
    assert peer.said() == []
    broker.child.commit()
    await broker.turn()
    assert [name for name, *_ in peer.said()] == [answer, "basic.qos-ok"]


async def test_a_purge_and_a_transaction_say_done_when_it_is_on_disk(broker: Lasting, peer: AmqpPeer) -> None:
    peer.send(lasts())
    await broker.settle()
    peer.heard()
    peer.send(method(1, "queue.purge", 0, "q", False))
    await broker.turn()
    assert peer.said() == []
    await broker.settle()
    assert peer.said() == [("queue.purge-ok", 1)]
    peer.send(method(2, "tx.select") + lasts(channel=2) + method(2, "tx.commit"))
    await broker.turn()
    assert peer.said() == [("tx.select-ok",)]
    await broker.settle()
    assert peer.said() == [("tx.commit-ok",)]


async def test_what_changes_nothing_that_lasts_is_answered_at_once(broker: Lasting, peer: AmqpPeer) -> None:
    peer.send(declare("also passing") + declare("q", durable=True) + declare("q", passive=True))
    assert [name for name, *_ in peer.said()] == ["queue.declare-ok"] * 3


async def test_who_declares_what_another_has_just_declared_waits_for_it(
    broker: Lasting, peer: AmqpPeer
) -> None:
    other = await broker.peer()
    peer.send(declare("new", durable=True))
    other.send(declare("new", durable=True))
    await broker.turn()
    assert (peer.said(), other.said()) == ([], [])
    await broker.settle()
    assert other.said() == [("queue.declare-ok", "new", 0)]


# ---- deliveries


async def test_a_first_delivery_waits_for_nothing(broker: Lasting, peer: AmqpPeer) -> None:
    consumer = await broker.peer()
    consumer.send(consume())
    consumer.heard()
    peer.send(lasts())
    assert deliveries(consumer) == [(1, False)]
    assert peer.said() == []


async def test_a_redelivery_waits_until_it_is_counted(broker: Lasting, peer: AmqpPeer) -> None:
    consumer = await broker.peer()
    consumer.send(consume())
    peer.send(lasts())
    await broker.settle()
    assert deliveries(consumer) == [(1, False)]
    consumer.send(method(1, NACK, 1, False, True))
    await broker.turn()
    assert deliveries(consumer) == []
    commit = broker.child.commit()
    assert commit.rows("changed_places")
    assert deliveries(consumer) == [(2, True)]


async def test_what_comes_behind_a_redelivery_stays_behind_it(broker: Lasting, peer: AmqpPeer) -> None:
    consumer = await broker.peer()
    consumer.send(consume())
    peer.send(lasts(b"1"))
    await broker.settle()
    consumer.heard()
    consumer.send(method(1, NACK, 1, False, True))
    peer.send(publish(b"2"))
    assert deliveries(consumer) == []
    await broker.settle()
    assert deliveries(consumer) == [(2, True), (3, False)]


async def test_others_do_not_wait_for_a_redelivery(broker: Lasting, peer: AmqpPeer) -> None:
    consumer, other = await broker.peer(), await broker.peer()
    consumer.send(consume())
    other.send(consume("passing"))
    peer.send(lasts())
    await broker.settle()
    consumer.send(method(1, NACK, 1, False, True))
    other.heard()
    peer.send(passes())
    assert deliveries(other) == [(1, False)]


async def test_a_redelivery_of_what_does_not_last_waits_for_nothing(broker: Lasting, peer: AmqpPeer) -> None:
    consumer = await broker.peer()
    consumer.send(consume("passing"))
    peer.send(passes())
    assert deliveries(consumer) == [(1, False)]
    consumer.send(method(1, NACK, 1, False, True))
    assert deliveries(consumer) == [(2, True)]
    peer.send(lasts())  # and the next turn that must wait is not taken for one with a redelivery
    peer.send(passes())
    assert deliveries(consumer) == [(3, False)]


async def test_a_redelivery_that_is_taken_waits_until_it_is_counted(broker: Lasting, peer: AmqpPeer) -> None:
    peer.send(lasts())
    await broker.settle()
    peer.heard()
    get = method(2, "basic.get", 0, "q", False)
    peer.send(get)
    assert [name for name, *_ in peer.said()] == ["basic.get-ok"]
    peer.send(method(2, NACK, 1, False, True) + get)
    await broker.turn()
    assert peer.said() == []
    await broker.settle()
    assert peer.said() == [("basic.get-ok", 2, True)]


async def test_much_that_is_held_is_followed_by_the_rest(broker: Lasting, peer: AmqpPeer) -> None:
    """A consumer gets no more room while its mail is held, and more when it is let go."""
    body = bytes(limits.OUTBOUND_ROOM_BYTES // 4)
    peer.send(publish(body, properties=PERSISTENT) * 12)
    await broker.settle()
    peer.heard()
    broker.broker.engine.vhosts["/"].queues["q"].flagged_up_to = 100
    consumer = await broker.peer()
    consumer.send(method(1, "basic.consume", 0, "q", "", False, True, False, False, []))
    await broker.turn()
    assert deliveries(consumer) == []
    held = sum(len(mail) for _, mail in consumer.link.held_mail)
    assert 0 < held < 12
    for _ in range(5):
        consumer.send(method(1, "basic.qos", 0, 0, False))
    assert sum(len(mail) for _, mail in consumer.link.held_mail) == held
    seen = 0
    for _ in range(12):
        await broker.settle()
        seen += len(deliveries(consumer))
    assert seen == 12


# ---- publishers that are ahead


async def test_a_publisher_that_is_ahead_of_the_disk_is_not_read(
    broker: Lasting, peer: AmqpPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer = await broker.peer()
    monkeypatch.setattr(limits, "STORE_PENDING_BYTES", 10_000)
    peer.send(lasts(bytes(5_000)))
    await broker.turn()
    peer.send(lasts(bytes(6_000)))
    assert peer.transport.is_reading_paused
    consumer.send(method(1, "basic.qos", 0, 5, False))
    assert not consumer.transport.is_reading_paused
    broker.child.commit()
    assert peer.transport.is_reading_paused  # more than half is still to be written
    broker.child.commit()
    assert not peer.transport.is_reading_paused


# ---- failures


async def test_what_will_not_be_on_disk_is_refused(broker: Lasting, peer: AmqpPeer) -> None:
    peer.send(lasts() * 2)
    await broker.turn()
    peer.send(lasts())
    broker.child.fail(DISK_FAILS)
    assert peer.said() == [(NACK, 1, True), (NACK, 2, True), (NACK, 3, True)]
    peer.send(passes())
    assert peer.said() == [(ACK, 4, False)]


async def test_after_a_failure_tags_go_on(broker: Lasting, peer: AmqpPeer) -> None:
    peer.send(lasts())
    await broker.turn()
    broker.child.fail(DISK_FAILS)
    assert peer.said() == [(NACK, 1, True)]
    peer.send(lasts())
    assert peer.said() == []
    await broker.journal.restart()
    await broker.settle()
    assert peer.said() == [(ACK, 2, False)]


async def test_an_answer_that_will_not_be_true_is_refused(broker: Lasting, peer: AmqpPeer) -> None:
    peer.send(declare("new", durable=True))
    await broker.turn()
    broker.child.fail(DISK_FAILS)
    await broker.turn()
    (closed,) = peer.heard()
    assert closed.name == "connection.close"
    assert closed.args[0] == 541
    assert "could not be written to disk" in closed.args[1]


async def test_a_redelivery_that_could_not_be_counted_is_handed_over_all_the_same(
    broker: Lasting, peer: AmqpPeer
) -> None:
    consumer = await broker.peer()
    consumer.send(consume())
    peer.send(lasts())
    await broker.settle()
    consumer.heard()
    consumer.send(method(1, NACK, 1, False, True))
    await broker.turn()
    broker.child.fail(DISK_FAILS)
    assert deliveries(consumer) == [(2, True)]


async def test_while_the_disk_is_full_nothing_is_confirmed_nor_refused(
    broker: Lasting, peer: AmqpPeer
) -> None:
    peer.send(lasts())
    await broker.turn()
    broker.child.fail(DISK_IS_FULL)
    await broker.turn()
    assert peer.said() == []
    await broker.journal.restart()
    await broker.settle()
    assert peer.said() == [(ACK, 1, False)]


async def test_a_store_process_that_dies_is_not_noticed_by_clients(broker: Lasting, peer: AmqpPeer) -> None:
    peer.send(lasts())
    await broker.turn()
    broker.child.write()
    broker.child.die()
    peer.send(lasts())
    await broker.journal.restart()
    await broker.settle()
    assert peer.said() == [(ACK, 1, False), (ACK, 2, False)]


def test_of_what_is_taken_only_a_redelivery_promises_something() -> None:
    take = c.TakeMessage(1, "q")
    assert promises(take, TakeReply(None, 0, is_redelivered=True))
    assert not promises(take, TakeReply(None, 0))
    assert not promises(c.CancelSubscription(1, "t"), None)
