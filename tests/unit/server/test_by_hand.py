"""Verbs about messages that memory has given up: what the store has of them is brought first."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from mqstudio.model import commands as c
from mqstudio.model import verbs as v
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import EventBatch
from mqstudio.model.message import Message, Traits
from mqstudio.model.places import PageEntry
from mqstudio.model.refs import QueueRef
from mqstudio.server.by_hand import TRIES
from mqstudio.store.opened import StoredPage
from tests.support.lasting import Lasting, lasting
from tests.support.peers import Peer
from tests.support.waiting import eventually_async

PERSISTENT = Traits(is_persistent=True)


class Paged:
    """A queue of six messages, one of them in hand; the store answers when the test says so."""

    def __init__(self, broker: Lasting, peer: Peer, messages: list[Message]) -> None:
        self.broker = broker
        self.peer = peer
        self.messages = {message.id: message for message in messages}
        self.asked: list[tuple[Sequence[int], asyncio.Future[StoredPage]]] = []
        broker.journal.read_entries = self._read  # type: ignore[method-assign]  # in place of another process

    @property
    def queue(self) -> Any:
        return self.broker.broker.engine.vhosts["/"].queues["q"]

    def _read(self, queue: QueueRef, ids: Sequence[int]) -> "asyncio.Future[StoredPage]":
        self.asked.append((ids, asyncio.get_running_loop().create_future()))
        return self.asked[-1][1]

    def give(self, *, most: int = 99) -> None:
        """Answer what was asked first."""
        ids, answer = self.asked.pop(0)
        found = [PageEntry(each, self.messages[each]) for each in ids if each in self.messages][:most]
        answer.set_result(StoredPage(found, len(found) == len(ids)))

    def ask(self, command: Any) -> Any:
        broker = self.broker.broker
        batch, now_us = EventBatch(), broker.clock.now_us()
        try:
            return broker.requests.of_nobody(v.ByHand(command), now_us, batch)
        finally:
            broker.end_turn(now_us, batch)

    def ready(self) -> int:
        count: int = self.queue.ready_count
        return count


@pytest.fixture
async def paged() -> Paged:
    broker = await lasting()
    peer = Peer(broker.broker).open()
    peer.do(c.DeclareQueue(peer.channel, "q", is_durable=True))
    await broker.settle()
    bodies = [b"%d" % number for number in range(6)]
    peer.do(*(c.PublishMessage(peer.channel, "", "q", b"", body, traits=PERSISTENT) for body in bodies))
    await broker.settle()
    messages = list(broker.broker.engine.vhosts["/"].queues["q"].ready)
    peer.do(c.PageOut(0, 1))
    await broker.settle()
    paged = Paged(broker, peer, messages)
    assert (len(paged.queue.ready), paged.queue.on_disk) == (1, 5)
    return paged


async def done(paged: Paged, answer: "asyncio.Future[Any]") -> Any:
    await paged.broker.settle()
    await eventually_async(answer.done)
    return answer.result()


async def test_what_is_in_hand_needs_no_store(paged: Paged) -> None:
    first = min(paged.messages)
    paged.ask(v.RemoveMessages(paged.peer.channel, "q", (first,)))
    assert (paged.asked, paged.ready()) == ([], 5)


async def test_the_store_is_asked_for_what_is_not_in_hand(paged: Paged) -> None:
    ids = sorted(paged.messages)
    answer = paged.ask(v.RemoveMessages(paged.peer.channel, "q", (ids[0], ids[3], 10**6)))
    assert paged.asked[0][0] == (ids[3], 10**6)
    ids_asked, asked = paged.asked.pop(0)
    asked.set_result(StoredPage([PageEntry(ids[3], paged.messages[ids[3]])], True))
    reply = await done(paged, answer)
    assert (reply.count, reply.left, paged.ready()) == (2, (10**6,), 4)
    assert len(ids_asked) == 2


async def test_too_much_at_once_is_left_for_later(paged: Paged) -> None:
    ids = tuple(sorted(paged.messages)[1:])
    answer = paged.ask(v.RemoveMessages(paged.peer.channel, "q", ids))
    paged.give(most=2)
    reply = await done(paged, answer)
    assert (reply.count, reply.later, reply.left) == (2, ids[2:], ())


async def test_what_has_changed_meanwhile_is_asked_for_anew(paged: Paged) -> None:
    ids = sorted(paged.messages)
    answer = paged.ask(v.RemoveMessages(paged.peer.channel, "q", (ids[3],)))
    paged.queue.beyond.stamp += 1
    paged.give()
    await paged.broker.turn()
    paged.give()
    assert (await done(paged, answer)).count == 1


async def test_not_for_ever(paged: Paged) -> None:
    ids = sorted(paged.messages)
    answer = paged.ask(v.RemoveMessages(paged.peer.channel, "q", (ids[3],)))
    for _ in range(TRIES):
        paged.queue.beyond.stamp += 1
        paged.give()
        await paged.broker.turn()
    with pytest.raises(RefusedError) as refused:
        await done(paged, answer)
    assert (refused.value.why, paged.ready()) == (Refusal.NOT_STORED, 6)


async def test_a_queue_that_has_gone_meanwhile_is_a_refusal(paged: Paged) -> None:
    ids = sorted(paged.messages)
    answer = paged.ask(v.RemoveMessages(paged.peer.channel, "q", (ids[3],)))
    paged.peer.do(c.DeleteQueue(paged.peer.channel, "q"))
    paged.give()
    with pytest.raises(RefusedError) as refused:
        await done(paged, answer)
    assert refused.value.why is Refusal.NO_SUCH_QUEUE
