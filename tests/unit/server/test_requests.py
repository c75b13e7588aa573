"""Requests that are not for the engine alone: whose answers come later, and wait for the disk."""

import asyncio
from typing import Any

import msgspec
import pytest

from mqstudio.model import access as a
from mqstudio.model import commands as c
from mqstudio.model.commands import RestoredMessage
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import EventBatch
from mqstudio.model.message import Traits
from mqstudio.model.queries import GetInfo
from mqstudio.model.replies import CountReply, PublishReply, PurgeReply, TakeReply
from mqstudio.model.rows import BrokerInfo
from mqstudio.server.broker import Broker
from mqstudio.store.base import Bin
from tests.support.lasting import Lasting, lasting
from tests.support.peers import Peer, new_broker
from tests.support.scripted_store import DISK_FAILS
from tests.support.waiting import eventually_async

PERSISTENT = Traits(is_persistent=True)


@pytest.fixture
async def broker() -> Lasting:
    return await lasting()


@pytest.fixture
async def peer(broker: Lasting) -> Peer:
    """With a queue that lasts and has two messages."""
    peer = Peer(broker.broker).open()
    peer.do(c.DeclareQueue(peer.channel, "q", is_durable=True))
    await broker.settle()
    peer.do(*(c.PublishMessage(peer.channel, "", "q", b"", body, traits=PERSISTENT) for body in (b"1", b"2")))
    await broker.settle()
    return peer


def ask(broker: Broker, request: Any) -> Any:
    """Ask as those do who come by no link: one turn."""
    batch, now_us = EventBatch(), broker.clock.now_us()
    try:
        return broker.requests.of_nobody(request, now_us, batch)
    finally:
        broker.end_turn(now_us, batch)


def count(broker: Lasting) -> int:
    """How many messages the queue has."""
    return broker.broker.engine.vhosts["/"].queues["q"].ready_count


class Purged:
    """A purge whose bin only the file has; its reader answers when the test says so."""

    def __init__(self, broker: Lasting, peer: Peer, bin: Bin) -> None:
        self.broker = broker
        self.peer = peer
        self.bin = bin
        self.undo = c.UndoPurge(peer.channel, bin.id)
        self.asked: list[asyncio.Future[Bin | None]] = []
        broker.journal.bin = self._ask  # type: ignore[method-assign]  # in place of another process

    def _ask(self, bin_id: int) -> "asyncio.Future[Bin | None]":
        assert bin_id == self.bin.id
        self.asked.append(asyncio.get_running_loop().create_future())
        return self.asked[-1]


@pytest.fixture
async def purged(broker: Lasting, peer: Peer) -> Purged:
    queue = broker.broker.engine.vhosts["/"].queues["q"]
    there = [RestoredMessage(message, 0) for message in queue.ready]
    peer.do(c.PurgeQueue(peer.channel, "q"))
    await broker.settle()
    (reply,) = peer.session.answers
    assert isinstance(reply, PurgeReply)
    assert reply.bin_id is not None
    assert count(broker) == 0
    return Purged(broker, peer, Bin(reply.bin_id, queue.ref, 0, there, 0, 2))


# ---- by a link


async def test_an_undo_waits_for_the_bin_and_then_for_the_disk(purged: Purged) -> None:
    purged.peer.do(purged.undo, GetInfo())
    (asked,) = purged.asked
    assert purged.peer.session.answers == []
    asked.set_result(purged.bin)
    await purged.broker.turn()
    assert count(purged.broker) == 2
    assert purged.peer.session.answers == []
    await purged.broker.settle()
    undone, info = purged.peer.session.answers
    assert undone == CountReply(2)
    assert isinstance(info, BrokerInfo)


async def test_an_undo_waits_also_if_others_have_their_turn_meanwhile(purged: Purged) -> None:
    other = Peer(purged.broker.broker).open()
    purged.peer.do(purged.undo)
    purged.asked[0].set_result(purged.bin)
    await asyncio.sleep(0)
    other.do(GetInfo())  # a turn of its own, which does not take that commit for its own
    await purged.broker.turn()
    assert purged.peer.session.answers == []
    await purged.broker.settle()
    assert purged.peer.session.answers == [CountReply(2)]


async def test_what_comes_back_is_handed_over_at_once(purged: Purged) -> None:
    """To whoever consumes, before anything is on disk: it was there before."""
    consumer = Peer(purged.broker.broker).open()
    consumer.subscribe()
    purged.peer.do(purged.undo)
    purged.asked[0].set_result(purged.bin)
    await asyncio.sleep(0)
    assert [letter.message.body for letter in consumer.delivered()] == [b"1", b"2"]


async def test_a_bin_that_is_gone_is_refused(purged: Purged) -> None:
    purged.peer.do(purged.undo)
    purged.asked[0].set_result(None)
    await purged.broker.turn()
    (refused,) = purged.peer.session.answers
    assert isinstance(refused, RefusedError)
    assert refused.why is Refusal.NO_SUCH_BIN


async def test_a_bin_that_cannot_be_read_is_refused(purged: Purged) -> None:
    purged.peer.do(purged.undo)
    purged.asked[0].set_exception(RefusedError(Refusal.NOT_STORED, "The reader died."))
    await purged.broker.turn()
    (refused,) = purged.peer.session.answers
    assert isinstance(refused, RefusedError)
    assert "The reader died" in str(refused)


async def test_a_bin_of_another_virtual_host_is_refused(purged: Purged) -> None:
    elsewhere = msgspec.structs.replace(purged.bin.queue, vhost="other")
    purged.peer.do(purged.undo)
    purged.asked[0].set_result(msgspec.structs.replace(purged.bin, queue=elsewhere))
    await purged.broker.turn()
    (refused,) = purged.peer.session.answers
    assert isinstance(refused, RefusedError)
    assert "is of virtual host 'other', not of '/'" in str(refused)


async def test_who_has_gone_meanwhile_brings_nothing_back(purged: Purged) -> None:
    purged.peer.do(purged.undo)
    purged.peer.transport.abort()
    purged.peer.transport.settle()
    purged.asked[0].set_result(purged.bin)
    await purged.broker.settle()
    assert count(purged.broker) == 0
    assert purged.broker.broker.failure is None


async def test_a_large_bin_is_brought_back_by_the_store_itself(purged: Purged) -> None:
    large = msgspec.structs.replace(purged.bin, messages=[], count=5_000, first_position=1, body_bytes=10)
    purged.peer.do(purged.undo)
    purged.asked[0].set_result(large)
    await purged.broker.turn()
    commit = purged.broker.child.commit()
    assert "restore_bin" in [name for name, _ in commit.rows("deeds")]
    await purged.broker.turn()
    assert purged.peer.session.answers == [CountReply(5_000)]
    assert count(purged.broker) == 5_000


async def test_while_publishing_is_stopped_a_publisher_is_told_why(broker: Lasting, peer: Peer) -> None:
    peer.link.is_refused_publishing = True
    with pytest.raises(RefusedError, match="memory"):
        peer.publish()
    assert count(broker) == 2


# ---- by nobody


async def test_what_need_not_wait_is_answered_at_once(broker: Lasting, peer: Peer) -> None:
    assert isinstance(ask(broker.broker, GetInfo()), BrokerInfo)
    assert isinstance(ask(broker.broker, c.TakeMessage(peer.channel, "q")), TakeReply)
    transient = c.PublishMessage(peer.channel, "", "q", b"", b"3")
    assert not isinstance(ask(broker.broker, transient), asyncio.Future)


@pytest.mark.parametrize(
    "request_of",
    [
        lambda channel: c.PublishMessage(channel, "", "q", b"", b"3", traits=PERSISTENT),
        lambda channel: c.PurgeQueue(channel, "q"),
        lambda channel: c.DeleteQueue(channel, "q"),
        lambda channel: c.DeclareQueue(channel, "new", is_durable=True),
        lambda channel: a.PutUserLimits("guest", 5),
    ],
)
async def test_what_says_done_waits_for_the_disk(broker: Lasting, peer: Peer, request_of: Any) -> None:
    answer = ask(broker.broker, request_of(peer.channel))
    assert isinstance(answer, asyncio.Future)
    await broker.turn()
    assert not answer.done()
    broker.child.commit()
    assert answer.done()
    assert answer.exception() is None


async def test_what_will_not_be_on_disk_is_refused(broker: Lasting, peer: Peer) -> None:
    answer = ask(broker.broker, c.PurgeQueue(peer.channel, "q"))
    await broker.turn()
    broker.child.fail(DISK_FAILS)
    with pytest.raises(RefusedError, match="The disk fails"):
        await answer


async def test_a_new_password_is_hashed_first_and_then_on_disk(broker: Lasting) -> None:
    answer = ask(broker.broker, a.PutUser("anna", (), "secret"))
    assert isinstance(answer, asyncio.Future)
    await eventually_async(lambda: bool(broker.child.received))
    assert not answer.done()
    commit = broker.child.commit()
    assert ("user", "", "anna") in commit.rows("definitions")
    assert await answer == a.PutReply(is_new=True)


async def test_an_undo_by_nobody_waits_for_the_disk_too(purged: Purged) -> None:
    answer = ask(purged.broker.broker, purged.undo)
    purged.asked[0].set_result(purged.bin)
    await purged.broker.turn()
    assert not answer.done()
    await purged.broker.settle()
    assert await answer == CountReply(2)


async def test_who_gives_up_on_an_undo_changes_nothing(purged: Purged) -> None:
    answer = ask(purged.broker.broker, purged.undo)
    answer.cancel()
    await purged.broker.settle()
    assert purged.asked[0].cancelled()
    assert count(purged.broker) == 0


async def test_without_a_disk_everything_is_done_at_once() -> None:
    broker = new_broker()
    peer = Peer(broker).open()
    peer.declare()
    assert ask(broker, c.PublishMessage(peer.channel, "", "q", b"", b"1")) in (None, PublishReply(False))
    purged = ask(broker, c.PurgeQueue(peer.channel, "q"))
    assert isinstance(purged, PurgeReply)
    assert ask(broker, c.UndoPurge(peer.channel, purged.bin_id or 0)) == CountReply(1)
