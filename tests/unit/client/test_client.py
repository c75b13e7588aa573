"""The client against a real session with a scripted broker behind it, over a memory transport."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from mqstudio.client.client import Client
from mqstudio.client.sending import Parcel
from mqstudio.client.transport import MemoryTransport, memory_pair
from mqstudio.client.watching import WatchStream
from mqstudio.model import commands, queries, rows
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import ConnectionKicked
from mqstudio.model.message import Header, Properties, decode_properties
from mqstudio.model.policies import Policy
from mqstudio.model.replies import CountReply, PurgeReply, QueueStatus
from mqstudio.model.replies import PublishReply as EngineReply
from mqstudio.model.samples import Sample, Totals
from mqstudio.model.topology import DestinationKind, VhostSpec
from mqstudio.protocols.base import StartWatch, StopWatch, WatchItem
from mqstudio.protocols.native import codec, messages
from mqstudio.protocols.native.messages import PublishReply
from tests.support.native import INFO, NOWHERE, TOKEN, Answerer, ScriptedBroker, serve_memory

ROW = rows.MessageRow(7, "hello", rows.MessageState.READY, "", "hello", 2, "Hi", 1)
DETAIL = rows.MessageDetail(
    ROW,
    Properties(headers=[Header("t", "table", [Header("n", "int8", 1)])]),
    b"\xffHi",
    0,
    "hub",
    "",
    [rows.LifeStep(1, "published", "", "")],
)
TAIL = rows.TailItem(1, "enqueued", 7, "hello", "", "hello", 2, "Hi", "")


class Served:
    """A client, the scripted broker it is connected to, and the broker's end of the stream."""

    def __init__(self, client: Client, broker: ScriptedBroker, transport: MemoryTransport) -> None:
        self.client = client
        self.broker = broker
        self.transport = transport

    async def push(self, *mail: Any) -> None:
        """Let the broker send mail now."""
        self.broker.session.notify(mail)
        await self.transport.send(self.broker.session.data_to_send())


@asynccontextmanager
async def served(answer: Answerer = lambda request: None) -> AsyncIterator[Served]:
    near, far = memory_pair()
    broker = ScriptedBroker(answer)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve_memory(broker, far))
        async with await Client.over(near, TOKEN, name="tester") as client:
            yield Served(client, broker, far)


def replying(reply: object) -> Answerer:
    """Answers everything after the handshake with one reply."""
    opening = (commands.OpenConnection, commands.OpenChannel)
    return lambda request: None if isinstance(request, opening) else reply


# ---- coming


async def test_it_introduces_itself_and_knows_the_broker() -> None:
    async with served() as s:
        assert s.client.info_at_start == INFO
        assert s.broker.requests[0].info.product == "tester"


async def test_a_wrong_token_is_explained() -> None:
    near, far = memory_pair()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve_memory(ScriptedBroker(), far))
        with pytest.raises(ConnectionError, match="token is not its own"):
            await Client.over(near, "wrong")


async def test_a_port_where_nobody_listens_is_explained() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, not listening: refuses, and nobody else can have it
        port = held.getsockname()[1]
        with pytest.raises(ConnectionError, match=f"No broker answers on 127.0.0.1:{port}"):
            await Client.connect("127.0.0.1", port, TOKEN)


async def test_something_else_on_the_port_is_explained() -> None:
    near, far = memory_pair()
    await far.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with pytest.raises(ConnectionError, match="no MQ Studio broker"):
        await Client.over(near, TOKEN)


async def test_a_goodbye_instead_of_a_welcome_is_passed_on() -> None:
    near, far = memory_pair()
    await far.send(codec.frame(messages.Goodbye("Full.")))
    with pytest.raises(ConnectionError, match="hung up: Full"):
        await Client.over(near, TOKEN)


# ---- every convenience asks the right question and gives a typed answer

TOPOLOGY = rows.Topology([], [])
PAGE = rows.MessagePage([ROW], None, 1)
HISTORY = rows.RateHistory([1], [1.0], [1.0], [1.0], [1])
ROUTE = rows.RoutePreview(["hello"], "")
CALLS: list[tuple[Any, object, object, object]] = [
    (lambda c: c.info(), INFO, queries.GetInfo(), INFO),
    (lambda c: c.topology(), TOPOLOGY, queries.GetTopology(), TOPOLOGY),
    (
        lambda c: c.page("q", limit=5, after_id=3, is_oldest_first=True, states=[rows.MessageState.DONE]),
        PAGE,
        queries.GetPage("q", "/", 5, 3, True, [rows.MessageState.DONE]),
        PAGE,
    ),
    (
        lambda c: c.message("q", 7, body_offset=1, body_limit=2),
        DETAIL,
        queries.GetMessage("q", 7, "/", 1, 2),
        DETAIL,
    ),
    (
        lambda c: c.preview_route("e", "k", headers=[Header("a", "bool", True)]),
        ROUTE,
        queries.PreviewRoute("e", "k", "/", [Header("a", "bool", True)]),
        ROUTE,
    ),
    (lambda c: c.history("q"), HISTORY, queries.GetHistory("q"), HISTORY),
    (lambda c: c.history(), HISTORY, queries.GetHistory(None), HISTORY),
    (
        lambda c: c.bins(),
        [rows.BinRow(1, "/", "q", 2, 3)],
        queries.ListBins(),
        [rows.BinRow(1, "/", "q", 2, 3)],
    ),
    (
        lambda c: c.declare_queue("q", is_durable=True, arguments={"x": 1}),
        QueueStatus("q", 1, 2),
        commands.DeclareQueue(101, "q", is_durable=True, arguments={"x": 1}),
        QueueStatus("q", 1, 2),
    ),
    (
        lambda c: c.delete_queue("q", if_empty=True),
        CountReply(3),
        commands.DeleteQueue(101, "q", False, True),
        3,
    ),
    (
        lambda c: c.declare_exchange("e", "fanout", is_auto_delete=True),
        None,
        commands.DeclareExchange(101, "e", "fanout", is_auto_delete=True),
        None,
    ),
    (lambda c: c.delete_exchange("e", if_unused=True), None, commands.DeleteExchange(101, "e", True), None),
    (lambda c: c.bind("e", "q", "k"), None, commands.Bind(101, "e", "q", "k"), None),
    (lambda c: c.unbind("e", "q", "k"), None, commands.Unbind(101, "e", "q", "k"), None),
    (lambda c: c.purge("q"), PurgeReply(10, 4), commands.PurgeQueue(101, "q"), PurgeReply(10, 4)),
    (lambda c: c.undo_purge(4), CountReply(10), commands.UndoPurge(101, 4), 10),
    (lambda c: c.undo_purge(4, vhost="eu"), CountReply(10), commands.UndoPurge(102, 4), 10),
    (
        lambda c: c.clients(),
        rows.Clients([], []),
        queries.GetClients(),
        rows.Clients([], []),
    ),
    (
        lambda c: c.bind("e", "f", "k", destination_kind=DestinationKind.EXCHANGE),
        None,
        commands.Bind(101, "e", "f", "k", destination_kind=DestinationKind.EXCHANGE),
        None,
    ),
    (lambda c: c.put_vhost(VhostSpec("eu")), None, commands.PutVhost(VhostSpec("eu")), None),
    (lambda c: c.delete_vhost("eu"), None, commands.DeleteVhost("eu"), None),
    (
        lambda c: c.put_policy(Policy("/", "p", ".", {"max-length": 1})),
        None,
        commands.PutPolicy(Policy("/", "p", ".", {"max-length": 1})),
        None,
    ),
    (
        lambda c: c.delete_policy("p", is_operator=True, vhost="eu"),
        None,
        commands.DeletePolicy("eu", "p", True),
        None,
    ),
    (lambda c: c.kick(5, "Enough"), None, commands.KickConnection(5, "Enough"), None),
]


@pytest.mark.parametrize(("ask", "reply", "request_", "answer"), CALLS)
async def test_a_method_asks_and_answers(ask: Any, reply: object, request_: object, answer: object) -> None:
    async with served(replying(reply)) as s:
        assert await ask(s.client) == answer
        assert s.broker.requests[-1] == request_


async def test_publish_says_whether_a_queue_took_it() -> None:
    async with served() as s:
        assert await s.client.publish("", "hello", b"Hi", Properties(type="greeting")) is True
        assert decode_properties(s.broker.requests[-1].properties) == Properties(type="greeting")
        assert await s.client.publish("", NOWHERE, b"Hi") is False


async def test_several_are_sent_in_one_go_and_each_is_answered() -> None:
    """Taken, refused, found no queue: in the order they were sent."""

    def answer(request: object) -> object:
        if isinstance(request, commands.PublishMessage) and request.exchange == "gone":
            raise RefusedError(Refusal.NO_SUCH_EXCHANGE, "There is no exchange 'gone'.")
        return None

    parcels = [Parcel("", "hello", b"1"), Parcel("gone", "hello", b"2"), Parcel("", NOWHERE, b"3")]
    async with served(answer) as s:
        taken, refused, lost = await s.client.send_all(parcels)
        assert (taken, lost) == (PublishReply(True), PublishReply(False))
        assert isinstance(refused, RefusedError)
        assert await s.client.publish("", "hello", b"4") is True


async def test_what_was_answered_before_the_end_counts() -> None:
    async with by_hand() as (client, far, _), asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(client.send_all([Parcel("", "hello", b"")] * 3))
        await far.receive()
        reply = msgspec.Raw(msgspec.msgpack.encode(PublishReply(True)))
        await far.send(codec.frame(messages.Answer(1, reply)))
        await far.close()
        first, *rest = await asking
        assert first == PublishReply(True)
        assert [type(each) for each in rest] == [ConnectionError, ConnectionError]
        with pytest.raises(ConnectionError):
            await client.send_all([Parcel("", "hello", b"")] * 2)


async def test_many_calls_at_once_each_get_their_own_answer() -> None:
    def answer(request: object) -> object:
        return CountReply(int(request.name)) if isinstance(request, commands.DeleteQueue) else None

    async with served(answer) as s, asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(s.client.delete_queue(str(n))) for n in range(50)]
        assert [await task for task in asked] == list(range(50))


# ---- errors


async def test_a_refusal_is_raised_where_it_was_asked_for() -> None:
    def answer(request: object) -> object:
        if isinstance(request, commands.PurgeQueue):
            raise RefusedError(Refusal.NO_SUCH_QUEUE, "There is no queue 'x'.")
        return replying(INFO)(request)

    async with served(answer) as s:
        with pytest.raises(RefusedError, match="There is no queue 'x'") as caught:
            await s.client.purge("x")
        assert caught.value.why is Refusal.NO_SUCH_QUEUE
        assert await s.client.info() == INFO


async def test_an_invalid_call_is_a_refusal() -> None:
    async with served() as s:
        with pytest.raises(RefusedError) as caught:
            await s.client.purge("q" * 256)
        assert caught.value.why is Refusal.INVALID_ARGUMENT


@asynccontextmanager
async def by_hand() -> AsyncIterator[tuple[Client, MemoryTransport, ScriptedBroker]]:
    """A client that has been let in, and the other end of its stream, where nobody answers by himself."""
    near, far = memory_pair()
    broker = ScriptedBroker(replying(INFO))
    await far.send(broker.turn(codec.frame(messages.Hello(TOKEN, "t", "1"))))
    async with await Client.over(near, TOKEN) as client:
        await far.receive()
        yield client, far, broker


async def test_a_refusal_of_a_newer_broker_is_still_a_refusal() -> None:
    async with by_hand() as (client, far, _), asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(_refused(client.info()))
        await far.receive()
        await far.send(codec.frame(messages.Failed(1, "out_of_luck", "Bad luck.")))
        assert (await asking).why is Refusal.NOT_SUPPORTED


async def _refused(call: Any) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        await call
    return caught.value


async def test_an_answer_of_another_version_is_explained() -> None:
    async with served(replying(QueueStatus("q", 1, 2))) as s:
        with pytest.raises(ConnectionError, match="another version"):
            await s.client.info()


async def test_an_item_of_another_version_ends_the_connection_with_a_reason() -> None:
    async with served() as s, s.client.watch(queries.WatchEvents()) as items:
        await s.push(WatchItem(items.id, "an item"))
        assert "another version" in await s.client.wait_closed()


async def _until(holds: Any) -> None:
    while not holds():  # noqa: ASYNC110 - what it waits for happens in this loop, without an event
        await asyncio.sleep(0)


async def test_when_the_broker_goes_those_who_wait_are_told() -> None:
    async with by_hand() as (client, far, _), asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(_lost(client))
        await far.receive()
        await far.close()
        assert "The broker has gone" in await asking
        assert "The broker has gone" in await client.wait_closed()
        assert client.is_closed
        assert "The broker has gone" in await _lost(client)


async def _lost(client: Client) -> str:
    with pytest.raises(ConnectionError) as caught:
        await client.info()
    return str(caught.value)


async def test_a_kicked_client_says_what_it_was_told() -> None:
    async with served() as s, s.client.watch(queries.WatchSamples()) as items:
        await s.push(ConnectionKicked(7, "Enough."))
        assert await s.client.wait_closed() == "The broker hung up: Enough."
        with pytest.raises(ConnectionError, match="Enough"):
            await anext(items)


async def test_close_ends_watches_without_an_error() -> None:
    async with served() as s:
        items = await s.client.watch(queries.WatchSamples()).__aenter__()
        await s.client.close()
        await s.client.close()
        assert [item async for item in items] == []
        with pytest.raises(ConnectionError, match="was closed"):
            await s.client.info()


async def test_a_cancelled_call_leaves_the_client_usable() -> None:
    async with by_hand() as (client, far, broker):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await client.info()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(serve_memory(broker, far))
            assert await client.info() == INFO
            await client.close()


# ---- watching


async def test_items_and_gaps_come_as_the_broker_sends_them() -> None:
    async with served() as s, s.client.watch(queries.WatchEvents("hello")) as items:
        (watch_id,) = [r.watch_id for r in s.broker.requests if isinstance(r, StartWatch)]
        await s.push(WatchItem(watch_id, TAIL), WatchItem(watch_id, TAIL, gap=4))
        assert await _take(items, 3) == [TAIL, messages.Gap(watch_id, 4), TAIL]


async def test_samples_are_samples_and_merge_while_nobody_reads() -> None:
    async with served(replying(None)) as s, s.client.watch(queries.WatchSamples()) as items:
        first = Sample(1, Totals(), queues_gone=[1])
        await s.push(WatchItem(items.id, first), WatchItem(items.id, Sample(2, Totals(), queues_gone=[2])))
        await s.client.kick(1)  # answered behind them: both have arrived
        assert await _take(items, 1) == [Sample(2, Totals(), queues_gone=[1, 2])]


async def _take(items: WatchStream[Any], count: int) -> list[Any]:
    return [await anext(items) for _ in range(count)]


async def test_leaving_a_watch_tells_the_broker() -> None:
    async with served(replying(None)) as s:
        async with s.client.watch(queries.WatchEvents()) as items:
            pass
        await _until(lambda: s.broker.requests[-1] == StopWatch(items.id))


async def test_a_refused_watch_is_refused_at_its_start() -> None:
    def answer(request: object) -> None:
        if isinstance(request, StartWatch):
            raise RefusedError(Refusal.NO_SUCH_QUEUE, "There is none.")

    async with served(answer) as s:
        with pytest.raises(RefusedError, match="There is none"):
            async for _ in s.client.watch(queries.WatchEvents("x")):
                pytest.fail("nothing can come")


async def test_two_watches_do_not_mix() -> None:
    async with (
        served() as s,
        s.client.watch(queries.WatchEvents("a")) as first,
        s.client.watch(queries.WatchEvents("b")) as second,
    ):
        await s.push(WatchItem(second.id, TAIL), WatchItem(first.id, TAIL, gap=1))
        assert await _take(second, 1) == [TAIL]
        assert await _take(first, 2) == [messages.Gap(first.id, 1), TAIL]


async def test_a_full_queue_that_refuses_is_told() -> None:
    def answer(request: object) -> object:
        return EngineReply(True) if isinstance(request, commands.PublishMessage) else None

    async with served(answer) as s:
        assert await s.client.send("", "full", b"Hi") == messages.PublishReply(True, was_refused=True)
        assert await s.client.publish("", "full", b"Hi") is False
