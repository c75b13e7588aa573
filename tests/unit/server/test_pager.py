"""Messages that memory has given up, brought back as they are wanted: by consumers, and one by one."""

import msgspec
import pytest

from mqstudio.engine import pages
from mqstudio.model import limits
from mqstudio.model.message import Message
from mqstudio.model.places import PageEntry
from mqstudio.server import pager
from mqstudio.store.frames import Frame
from mqstudio.store.opened import StoredPage
from tests.support.amqp091 import declare, method, publish
from tests.support.lasting import PERSISTENT, AmqpPeer, Lasting, lasting
from tests.support.waiting import eventually_async

WINDOW = limits.WINDOW_MESSAGES
COUNT = WINDOW + 600
GET = method(1, "basic.get", 0, "q", True)
GET_AND_HOLD = method(1, "basic.get", 0, "q", False)


class Paged:
    """A broker with a queue of COUNT messages, WINDOW of them in hand; pages come when the test says so."""

    def __init__(self, broker: Lasting, peer: AmqpPeer, messages: list[Message]) -> None:
        self.broker = broker
        self.peer = peer
        self.messages = messages
        self.deliveries: dict[int, int] = {}
        self.asked: list[int] = []
        """Behind which message pages were asked for."""

    async def give_page(self) -> None:
        """Do what the store process is sent, up to the next page."""
        await self.broker.settle()
        number, name, (_, _, after, limit, _, _) = self.broker.child.question()
        assert name == "page"
        self.asked.append(after)
        found = [each for each in self.messages if each.id > after][:limit]
        entries = [PageEntry(each.id, each, self.deliveries.get(each.id, 0)) for each in found]
        page = StoredPage(entries, found == [] or found[-1] is self.messages[-1])
        self.broker.child.answer(number, msgspec.msgpack.encode(page))
        await self.broker.turn()

    async def get(self, frame: bytes = GET) -> list[str]:
        """Ask for a message; the methods that have come at once."""
        self.peer.send(frame)
        await self.broker.turn()
        return [frame.name for frame in self.peer.heard()]

    async def empty_hand(self) -> None:
        """Take all that is in hand."""
        for _ in range(WINDOW // 100):
            assert await self.get(GET * 100) == ["basic.get-ok"] * 100


@pytest.fixture
async def paged(monkeypatch: pytest.MonkeyPatch) -> Paged:
    monkeypatch.setattr(limits, "PAGE_OUT_BYTES", 1)
    broker = await lasting()
    peer = await broker.peer()
    peer.send(declare("q", durable=True))
    await broker.settle()
    peer.send(b"".join(publish(b"%d" % number, properties=PERSISTENT) for number in range(COUNT)))
    await broker.settle()
    peer.heard()
    queue = broker.broker.engine.vhosts["/"].queues["q"]
    messages = list(queue.ready)
    broker.broker.sampler.take(broker.broker.clock.now_us())
    broker.broker.pager.page_out()
    await broker.settle()
    assert (len(queue.ready), queue.on_disk) == (WINDOW, COUNT - WINDOW)
    return Paged(broker, peer, messages)


async def test_nothing_is_given_up_while_there_is_memory() -> None:
    broker = await lasting()
    peer = await broker.peer()
    peer.send(declare("q", durable=True))
    await broker.settle()
    peer.send(publish(properties=PERSISTENT) * COUNT)
    await broker.settle()
    broker.broker.pager.page_out()
    assert broker.broker.engine.vhosts["/"].queues["q"].on_disk == 0


async def test_much_is_given_up_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PAGE_OUT_BYTES", 1)
    monkeypatch.setattr(limits, "PAGE_OUT_MESSAGES", 200)
    monkeypatch.setattr(pages, "PAGE_OUT_MESSAGES", 200)
    broker = await lasting()
    peer = await broker.peer()
    peer.send(declare("q", durable=True))
    await broker.settle()
    peer.send(publish(properties=PERSISTENT) * COUNT)
    await broker.settle()
    queue = broker.broker.engine.vhosts["/"].queues["q"]
    broker.broker.sampler.take(broker.broker.clock.now_us())
    broker.broker.pager.page_out()
    first = queue.on_disk
    assert first == 200
    for _ in range(3):
        await broker.settle()
        broker.broker.sampler.take(broker.broker.clock.now_us())
    assert queue.on_disk == COUNT - WINDOW


async def test_a_page_is_asked_for_behind_what_is_in_hand(paged: Paged) -> None:
    await paged.empty_hand()
    await paged.give_page()
    assert paged.asked == [paged.messages[WINDOW - 1].id]
    assert await paged.get() == ["basic.get-ok"]


async def test_who_takes_while_a_page_is_on_its_way_waits_for_it(paged: Paged) -> None:
    """And so does what the client sends behind it."""
    await paged.empty_hand()
    assert await paged.get(GET + method(1, "basic.qos", 0, 5, False)) == []
    await paged.give_page()
    got, qos = paged.peer.heard()
    assert (got.name, got.args[4], qos.name) == ("basic.get-ok", COUNT - WINDOW - 1, "basic.qos-ok")


async def test_all_who_take_are_served_in_their_order(paged: Paged) -> None:
    others = [await paged.broker.peer() for _ in range(3)]
    await paged.empty_hand()
    for other in others:
        other.send(GET)
    await paged.give_page()
    left = [next(frame.args[4] for frame in other.heard()) for other in others]
    assert left == [COUNT - WINDOW - number for number in (1, 2, 3)]


async def test_everything_comes_once_and_in_order(paged: Paged) -> None:
    taken = []
    for _ in range(COUNT):
        paged.peer.send(GET)
        await paged.broker.settle()
        if paged.broker.child.received:
            await paged.give_page()
        taken += [frame.args[4] for frame in paged.peer.heard()]
    assert taken == list(range(COUNT - 1, -1, -1))
    paged.peer.send(GET)
    assert paged.peer.said() == [("basic.get-empty", "")]


async def test_a_page_that_could_not_be_read_is_asked_for_again(
    paged: Paged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pager, "RETRY_S", 0.0)
    await paged.empty_hand()
    assert await paged.get() == []
    await paged.broker.settle()
    number, *_ = paged.broker.child.question()
    paged.broker.child.answer(number, b"no such table", Frame.UNANSWERED)
    await eventually_async(lambda: bool(paged.broker.child.received))
    await paged.give_page()
    assert [frame.name for frame in paged.peer.heard()] == ["basic.get-ok"]


async def test_a_page_on_its_way_from_a_process_that_died_is_asked_of_the_next(
    paged: Paged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pager, "RETRY_S", 0.0)
    await paged.empty_hand()
    assert await paged.get() == []
    await paged.broker.settle()
    paged.broker.child.die()
    await paged.broker.journal.restart()
    await eventually_async(lambda: bool(paged.broker.child.received))
    await paged.give_page()
    assert [frame.name for frame in paged.peer.heard()] == ["basic.get-ok"]


async def test_a_queue_that_is_purged_meanwhile_has_nothing_to_give(paged: Paged) -> None:
    other = await paged.broker.peer()
    await paged.empty_hand()
    assert await paged.get() == []
    await paged.broker.settle()
    question = paged.broker.child.take()
    other.send(method(1, "queue.purge", 0, "q", False))
    await paged.broker.settle()
    assert other.said() == [("queue.purge-ok", COUNT - WINDOW)]
    paged.broker.child.received.insert(0, question)
    await paged.give_page()
    assert [frame.name for frame in paged.peer.heard()] == ["basic.get-empty"]


async def test_a_queue_that_is_deleted_meanwhile_refuses(paged: Paged) -> None:
    other = await paged.broker.peer()
    await paged.empty_hand()
    assert await paged.get() == []
    await paged.broker.settle()
    question = paged.broker.child.take()
    other.send(method(1, "queue.delete", 0, "q", False, False, False))
    await paged.broker.settle()
    paged.broker.child.received.insert(0, question)
    await paged.give_page()
    (closed,) = paged.peer.heard()
    assert (closed.name, closed.args[0]) == ("channel.close", 404)


async def test_who_has_gone_meanwhile_takes_nothing(paged: Paged) -> None:
    other = await paged.broker.peer()
    await paged.empty_hand()
    assert await paged.get() == []
    other.send(GET)
    paged.peer.transport.abort()
    paged.peer.transport.settle()
    await paged.give_page()
    assert [frame.args[4] for frame in other.heard()] == [COUNT - WINDOW - 1]


async def test_a_redelivery_from_a_page_waits_until_it_is_counted(paged: Paged) -> None:
    paged.deliveries[paged.messages[WINDOW].id] = 3
    await paged.empty_hand()
    assert await paged.get(GET_AND_HOLD) == []
    await paged.give_page()
    assert paged.peer.heard() == []
    await paged.broker.settle()
    (got,) = paged.peer.heard()
    assert (got.name, got.args[1]) == ("basic.get-ok", True)
