"""Turns of the broker, over sockets made of lists."""

import asyncio
from typing import Any

import pytest

from mqstudio.client.client import Client
from mqstudio.client.transport import memory_pair
from mqstudio.model import commands as c
from mqstudio.model import limits
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import EventBatch
from mqstudio.model.queries import GetInfo, GetPage, ListBins, WatchEvents, WatchSamples
from mqstudio.model.rows import BrokerInfo
from mqstudio.protocols.base import StartWatch, StopWatch, WatchItem
from mqstudio.server.broker import CLOSING_US, Broker
from mqstudio.server.clock import ManualClock
from tests.support.peers import FakeTransport, Peer, new_broker


def _tick(broker: Broker, by_us: int = limits.SAMPLE_INTERVAL_US) -> None:
    assert isinstance(broker.clock, ManualClock)
    broker.clock.advance(by_us)
    broker.tick()


async def _loop_rests(broker: Broker) -> None:
    """Let turns follow turns until none is due."""
    for _ in range(100):
        await asyncio.sleep(0)
    assert not broker.engine.touched


# ---- requests


def test_every_request_of_a_chunk_is_answered_in_order() -> None:
    peer = Peer(new_broker()).open()
    peer.do(c.DeclareQueue(peer.channel, "q"), c.DeleteQueue(peer.channel, "q"), GetInfo())
    status, deleted, info = peer.session.answers
    assert (status.name, deleted.count) == ("q", 0)  # type: ignore[attr-defined]
    assert isinstance(info, BrokerInfo)


def test_after_a_refusal_the_rest_of_the_chunk_is_done() -> None:
    peer = Peer(new_broker()).open()
    peer.do(c.PurgeQueue(peer.channel, "nowhere"), c.DeclareQueue(peer.channel, "q"))
    refused, status = peer.session.answers
    assert isinstance(refused, RefusedError)
    assert refused.why is Refusal.NO_SUCH_QUEUE
    assert status.name == "q"  # type: ignore[attr-defined]


def test_a_delivery_reaches_another_connection_in_the_same_turn() -> None:
    broker = new_broker()
    consumer, publisher = Peer(broker).open(), Peer(broker).open()
    consumer.declare()
    consumer.subscribe()
    publisher.publish(b"Hello!")
    assert consumer.transport.read() == b"Hello!"


def test_what_happened_is_in_the_ledger() -> None:
    broker = new_broker()
    peer = Peer(broker, "Ada").open()
    peer.declare()
    peer.subscribe(is_auto_settled=True)
    peer.publish()
    (row,) = peer.do(GetPage("q")).rows
    assert (row.state, row.holder, row.publisher) == ("done", "Ada · t", "Ada")


# ---- purge and undo


def test_a_purge_is_undone_and_its_bin_is_gone() -> None:
    peer = Peer(new_broker()).open()
    peer.declare()
    peer.publish(count=3)
    purged = peer.do(c.PurgeQueue(peer.channel, "q"))
    assert [(b.bin_id, b.count) for b in peer.do(ListBins())] == [(purged.bin_id, 3)]
    assert peer.do(c.UndoPurge(peer.channel, purged.bin_id)).count == 3
    assert peer.do(ListBins()) == []
    assert [row.state for row in peer.do(GetPage("q")).rows] == ["ready"] * 3
    with pytest.raises(RefusedError, match="is gone") as refused:
        peer.do(c.UndoPurge(peer.channel, purged.bin_id))
    assert refused.value.why is Refusal.NO_SUCH_BIN


def test_undo_is_refused_while_the_queue_is_missing_and_keeps_the_bin() -> None:
    peer = Peer(new_broker()).open()
    peer.declare()
    peer.publish()
    bin_id = peer.do(c.PurgeQueue(peer.channel, "q")).bin_id
    peer.do(c.DeleteQueue(peer.channel, "q"))
    with pytest.raises(RefusedError) as refused:
        peer.do(c.UndoPurge(peer.channel, bin_id))
    assert refused.value.why is Refusal.NO_SUCH_QUEUE
    peer.declare()
    assert peer.do(c.UndoPurge(peer.channel, bin_id)).count == 1


def test_undoing_twice_in_one_chunk_restores_once() -> None:
    peer = Peer(new_broker()).open()
    peer.declare()
    peer.publish(count=2)
    bin_id = peer.do(c.PurgeQueue(peer.channel, "q")).bin_id
    undo = c.UndoPurge(peer.channel, bin_id)
    with pytest.raises(RefusedError):
        peer.do(undo, undo)
    assert peer.do(GetPage("q")).total_live == 2


def test_undoing_within_the_chunk_of_the_purge_works() -> None:
    broker = new_broker()
    peer = Peer(broker).open()
    peer.declare()
    peer.publish(count=2)
    bin_id = broker.engine.next_bin_id
    assert peer.do(c.PurgeQueue(peer.channel, "q"), c.UndoPurge(peer.channel, bin_id)).count == 2


# ---- bugs


def test_a_bug_in_a_session_ends_its_connection_and_nothing_else() -> None:
    broker = new_broker()
    failures: list[str] = []
    broker.on_failure = lambda: failures.append("failed")
    broken, other = Peer(broker).open(), Peer(broker).open()
    other.declare()
    broken.do(c.DeclareQueue(broken.channel, "kept"), RuntimeError("a bug"))
    assert broken.transport.was_aborted
    assert list(broker.links) == [other.link.connection_id]
    assert list(broker.engine.connections) == [other.link.connection_id]
    assert other.do(GetPage("kept")).total_live == 0
    assert (broker.failure, failures) == (None, [])


def test_a_bug_when_time_passes_ends_its_connection_and_nothing_else() -> None:
    broker = new_broker()
    broken, other = Peer(broker).open(), Peer(broker).open()
    broken.session.bug_in_advance = RuntimeError("a bug")
    _tick(broker)
    assert broken.transport.was_aborted
    assert not other.transport.was_aborted


def test_a_bug_in_the_engine_stops_the_broker() -> None:
    """Its state is unknown then: going on could lose or double messages."""
    broker = new_broker()
    failures: list[str] = []
    broker.on_failure = lambda: failures.append("failed")
    peer = Peer(broker).open()
    peer.declare()
    queue: Any = broker.engine.vhosts["/"].queues["q"]
    queue.ready = None
    peer.publish()
    assert isinstance(broker.failure, AttributeError)
    assert failures == ["failed"]


def test_a_bug_of_the_engine_while_it_hands_over_stops_the_broker() -> None:
    broker = new_broker()
    failures: list[str] = []
    broker.on_failure = lambda: failures.append("failed")
    peer = Peer(broker).open()
    peer.declare()
    peer.subscribe()
    queue: Any = broker.engine.vhosts["/"].queues["q"]
    queue.redelivered = 5
    peer.publish()
    assert isinstance(broker.failure, AttributeError)
    assert failures == ["failed"]


@pytest.mark.parametrize("call", ["notify", "data_to_send"])
def test_a_bug_of_a_session_in_another_ones_turn_ends_its_own_connection_only(call: str) -> None:
    broker = new_broker()
    broken, consumer, publisher = Peer(broker).open(), Peer(broker).open(), Peer(broker).open()
    publisher.declare()
    broken.subscribe()
    consumer.subscribe()
    setattr(broken.session, call, None)
    publisher.publish(b"a", count=2)
    assert broken.transport.was_aborted
    assert consumer.transport.read() == b"a"
    assert publisher.do(GetInfo())
    assert broker.failure is None


def test_a_bug_of_the_engine_while_a_connection_ends_stops_the_broker() -> None:
    broker = new_broker()
    peer = Peer(broker).open()
    channels: Any = broker.engine.channels
    channels.clear()
    peer.transport.abort()
    peer.transport.settle()
    assert isinstance(broker.failure, KeyError)


# ---- slow readers


async def test_a_slow_reader_gets_nothing_more_until_it_has_read() -> None:
    broker = new_broker()
    consumer, publisher = Peer(broker).open(), Peer(broker).open()
    consumer.declare()
    consumer.subscribe()
    body = bytes(limits.OUTBOUND_ROOM_BYTES)
    publisher.publish(body, count=40)
    await _loop_rests(broker)
    assert consumer.link.is_choked
    given = len(consumer.delivered())
    most = (limits.OUTBOUND_HIGH_WATER_BYTES + 2 * limits.OUTBOUND_ROOM_BYTES) // len(body)
    assert 1 < given <= most
    for _ in range(20):
        publisher.publish(b"more")
        _tick(broker)
    await _loop_rests(broker)
    assert len(consumer.delivered()) == given

    while len(consumer.delivered()) < 60:
        before = len(consumer.delivered())
        assert consumer.transport.read()
        await _loop_rests(broker)
        assert len(consumer.delivered()) > before
    ids = [delivery.message.id for delivery in consumer.delivered()]
    assert ids == list(range(1, 61))


async def test_a_slow_reader_does_not_hold_up_others() -> None:
    broker = new_broker()
    slow, quick, publisher = Peer(broker).open(), Peer(broker).open(), Peer(broker).open()
    slow.declare()
    slow.subscribe()
    quick.subscribe()
    body = bytes(limits.OUTBOUND_ROOM_BYTES)
    for _ in range(40):
        publisher.publish(body)
        quick.transport.read()
        await _loop_rests(broker)
    assert slow.link.is_choked
    assert len(slow.delivered()) + len(quick.delivered()) == 40
    assert len(quick.delivered()) > 30


async def test_whoever_does_not_read_answers_is_not_read_from() -> None:
    broker = new_broker()
    peer = Peer(broker).open()
    peer.session.outbox += bytes(4 * limits.OUTBOUND_HIGH_WATER_BYTES + 1)
    peer.do(GetInfo())
    assert peer.transport.is_reading_paused
    assert peer.link.is_paused()
    peer.transport.read()
    assert not peer.transport.is_reading_paused


# ---- memory


async def test_publishers_wait_while_memory_is_full_and_go_on_when_consumers_made_room() -> None:
    broker = new_broker(memory_high_water_bytes=1_000)
    publisher, consumer = Peer(broker).open(), Peer(broker).open()
    consumer.declare()
    publisher.publish(bytes(600), count=2)
    _tick(broker)
    assert publisher.transport.is_reading_paused
    assert not consumer.transport.is_reading_paused
    _tick(broker)
    assert broker.sampler.totals.is_publishing_blocked

    consumer.subscribe()
    consumer.do(c.SettleDelivery(consumer.channel, 1, False, Outcome.ACCEPTED))
    _tick(broker)
    assert not publisher.transport.is_reading_paused
    _tick(broker)
    assert not broker.sampler.totals.is_publishing_blocked


def test_a_publisher_that_comes_while_memory_is_full_waits_too() -> None:
    broker = new_broker(memory_high_water_bytes=1_000)
    first, second = Peer(broker).open(), Peer(broker).open()
    first.declare()
    first.publish(bytes(1_001))
    _tick(broker)
    assert not second.transport.is_reading_paused
    second.publish()
    _tick(broker)
    assert second.transport.is_reading_paused


def test_a_peer_we_do_not_read_counts_as_heard() -> None:
    broker = new_broker(memory_high_water_bytes=1_000)
    peer = Peer(broker).open()
    peer.declare()
    peer.session.heard.clear()
    _tick(broker)
    assert peer.session.heard == []
    peer.publish(bytes(5_000))
    peer.session.heard.clear()
    _tick(broker)
    assert peer.session.heard == [b""]


# ---- ends


def test_a_lost_connection_gives_its_deliveries_back() -> None:
    broker = new_broker()
    lost, other = Peer(broker).open(), Peer(broker).open()
    lost.declare()
    lost.subscribe()
    lost.publish(b"mine")
    lost.transport.abort()
    lost.transport.settle()
    other.subscribe()
    (delivery,) = other.delivered()
    assert delivery.is_redelivered
    assert list(broker.engine.connections) == [other.link.connection_id]


def test_the_last_end_is_told() -> None:
    broker = new_broker()
    told: list[int] = []
    broker.on_last_link_lost = lambda: told.append(len(broker.links))
    peers = [Peer(broker).open(), Peer(broker)]
    broker.shut_down("bye")
    for peer in peers:
        assert peer.transport.read() == b"bye"
    assert told == [0]


def test_a_peer_that_never_takes_our_last_bytes_is_dropped() -> None:
    broker = new_broker()
    peer = Peer(broker).open()
    broker.shut_down("bye")
    _tick(broker, CLOSING_US)
    assert not peer.transport.was_aborted
    _tick(broker, 1)
    assert peer.transport.was_aborted


def test_ids_are_never_given_twice() -> None:
    broker = new_broker()
    peers = [Peer(broker) for _ in range(3)]
    ids = [id for peer in peers for id in (peer.link.connection_id, peer.channel)]
    assert len(set(ids)) == 6


# ---- watches


def test_a_watcher_hears_of_a_turn_at_its_end_and_no_more_after_it_stopped() -> None:
    broker = new_broker()
    watcher, publisher = Peer(broker).open(), Peer(broker).open()
    publisher.declare()
    watcher.do(StartWatch(1, WatchEvents("q")))
    publisher.publish()
    items = [letter for letter in watcher.session.mail if isinstance(letter, WatchItem)]
    assert [item.item.what for item in items] == ["routed", "enqueued"]  # type: ignore[attr-defined]
    watcher.do(StopWatch(1))
    publisher.publish()
    assert len(watcher.session.mail) == 2


def test_a_watcher_of_samples_is_served_at_each_tick() -> None:
    broker = new_broker()
    watcher = Peer(broker).open()
    watcher.do(StartWatch(1, WatchSamples()))
    _tick(broker)
    _tick(broker)
    first, second = (letter.item for letter in watcher.session.mail)
    assert second.at_us - first.at_us == limits.SAMPLE_INTERVAL_US
    assert [each.id for each in first.connections] == [watcher.link.connection_id]
    assert second.connections == []


def test_a_turn_without_events_reaches_nobody() -> None:
    broker = new_broker()
    watcher = Peer(broker).open()
    watcher.do(StartWatch(1, WatchEvents()))
    assert broker.watches.offer(EventBatch()) == []


# ---- through the real native session


async def test_a_client_purges_and_undoes_through_the_broker() -> None:
    broker = new_broker()
    near, far = memory_pair()
    link = broker.new_link("native")
    transport = FakeTransport(link, ("127.0.0.1", 50_000))
    link.connection_made(transport)

    async def serve() -> None:
        while data := await far.receive():
            link.data_received(data)
            await far.send(transport.read())

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve())
        async with await Client.over(near, broker.token) as client:
            await client.declare_queue("q")
            for _ in range(3):
                await client.publish("", "q", b"Hello!")
            purged = await client.purge("q")
            assert purged.count == 3
            assert purged.bin_id is not None
            assert [row.state for row in (await client.page("q")).rows] == ["purged"] * 3
            assert await client.undo_purge(purged.bin_id) == 3
            assert [row.state for row in (await client.page("q")).rows] == ["ready"] * 3
            with pytest.raises(RefusedError, match="is gone"):
                await client.undo_purge(purged.bin_id)


def test_one_client_too_many_is_sent_away_and_the_next_finds_a_place_when_one_goes() -> None:
    broker = new_broker(clients_max=1)
    first = Peer(broker).open()
    second = Peer(broker)
    assert second.transport.was_aborted
    second.transport.settle()
    first.transport.close()
    first.transport.settle()
    assert not Peer(broker).open().transport.was_aborted
