"""The client against a real broker over a real socket: everything a window can do."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from mqstudio.client.client import Client
from mqstudio.client.watching import WatchStream
from mqstudio.client.wire import LOOPBACK
from mqstudio.model import limits
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.message import Header, Properties
from mqstudio.model.policies import Policy
from mqstudio.model.queries import WatchEvents, WatchSamples
from mqstudio.model.rows import MessageState, TailItem
from mqstudio.model.samples import Sample
from mqstudio.model.topology import BindingSpec, DestinationKind, VhostSpec
from tests.support.broker import RunningBroker

PROPERTIES = Properties(
    content_type="application/json",
    headers=[
        Header("n", "int32", 5),
        Header("t", "table", [Header("l", "list", [Header("", "bool", True)])]),
    ],
    delivery_mode=2,
    timestamp_s=1_700_000_000,
)


@pytest.fixture
async def client(broker: RunningBroker) -> AsyncIterator[Client]:
    async with await broker.attach() as client:
        yield client


async def refusal(call: object) -> Refusal:
    with pytest.raises(RefusedError) as caught:
        await call  # type: ignore[misc]
    assert caught.value.says
    return caught.value.why


async def test_a_message_published_is_seen_as_it_is(client: Client) -> None:
    await client.declare_queue("seen")
    assert await client.publish("", "seen", b'{"total": 5}', PROPERTIES) is True
    page = await client.page("seen")
    (row,) = page.rows
    assert (row.state, row.queue, row.routing_key, row.size_bytes) == (MessageState.READY, "seen", "seen", 12)
    assert row.preview == '{"total": 5}'
    detail = await client.message("seen", row.message_id)
    assert detail.body == b'{"total": 5}'
    assert detail.properties == PROPERTIES
    assert detail.property_error == ""
    assert [step.what for step in detail.life] == ["published", "routed", "enqueued"]


async def test_a_message_that_no_queue_takes_is_told(client: Client) -> None:
    assert await client.publish("", "nobody-home", b"x") is False
    preview = await client.preview_route("", "nobody-home")
    assert preview.queues == []
    assert "nobody-home" in preview.problem


async def test_routes_are_previewed_and_bindings_come_and_go(client: Client) -> None:
    await client.declare_exchange("logs", "fanout")
    await client.declare_queue("log-a")
    await client.declare_queue("log-b")
    await client.bind("logs", "log-a")
    await client.bind("logs", "log-b")
    assert sorted((await client.preview_route("logs", "any")).queues) == ["log-a", "log-b"]
    topology = await client.topology()
    (exchange,) = [e for e in topology.exchanges if e.spec.name == "logs"]
    assert exchange.spec.kind == "fanout"
    assert sorted(b.destination for b in exchange.bindings) == ["log-a", "log-b"]
    (queue,) = [q for q in topology.queues if q.spec.name == "log-a"]
    assert queue.bindings == [BindingSpec("logs", "log-a", "")]
    await client.unbind("logs", "log-a")
    assert (await client.preview_route("logs", "any")).queues == ["log-b"]
    await client.delete_exchange("logs")
    assert (await client.preview_route("logs", "any")).queues == []


async def test_a_purge_is_undone_from_its_bin(client: Client) -> None:
    await client.declare_queue("emptied")
    for number in range(10):
        await client.publish("", "emptied", str(number).encode())
    purged = await client.purge("emptied")
    assert purged.count == 10
    assert purged.bin_id is not None
    assert (await client.page("emptied", states=[MessageState.READY])).rows == []
    (bin_,) = [b for b in await client.bins() if b.bin_id == purged.bin_id]
    assert (bin_.queue, bin_.count) == ("emptied", 10)
    assert await client.undo_purge(purged.bin_id) == 10
    rows = (await client.page("emptied", is_oldest_first=True)).rows
    assert [row.preview for row in rows] == [str(number) for number in range(10)]
    assert await refusal(client.undo_purge(purged.bin_id)) is Refusal.NO_SUCH_BIN


async def test_pages_follow_each_other(client: Client) -> None:
    await client.declare_queue("paged")
    for number in range(25):
        await client.publish("", "paged", str(number).encode())
    seen: list[str] = []
    after_id: int | None = None
    while True:
        page = await client.page("paged", limit=10, after_id=after_id)
        seen += [row.preview for row in page.rows]
        if page.next_id is None:
            break
        after_id = page.next_id
    assert seen == [str(number) for number in reversed(range(25))]


async def test_a_queue_is_declared_checked_and_deleted(client: Client) -> None:
    status = await client.declare_queue("checked", is_durable=True, arguments={"x-note": ["a", 1, True]})
    assert (status.name, status.ready, status.subscriptions) == ("checked", 0, 0)
    assert (await client.declare_queue("checked", is_passive=True)).name == "checked"
    assert await refusal(client.declare_queue("checked")) is Refusal.DECLARED_DIFFERENTLY
    await client.publish("", "checked", b"x")
    assert await refusal(client.delete_queue("checked", if_empty=True)) is Refusal.QUEUE_NOT_EMPTY
    assert await client.delete_queue("checked") == 1
    assert await refusal(client.declare_queue("checked", is_passive=True)) is Refusal.NO_SUCH_QUEUE


async def test_refusals_leave_the_connection_as_it_was(client: Client) -> None:
    assert await refusal(client.purge("no-such")) is Refusal.NO_SUCH_QUEUE
    assert await refusal(client.page("no-such")) is Refusal.NO_SUCH_QUEUE
    assert await refusal(client.publish("no-such", "", b"")) is Refusal.NO_SUCH_EXCHANGE
    assert await refusal(client.declare_exchange("odd", "no-such-kind")) is Refusal.UNKNOWN_EXCHANGE_KIND
    assert await refusal(client.kick(10**9)) is Refusal.NO_SUCH_CONNECTION
    assert await refusal(client.purge("q" * 256)) is Refusal.INVALID_ARGUMENT
    assert (await client.info()).pid


async def test_a_large_body_goes_in_and_comes_out_whole(client: Client) -> None:
    await client.declare_queue("large")
    body = bytes(range(256)) * 80_000  # 20 MB
    assert await client.publish("", "large", body)
    (row,) = (await client.page("large")).rows
    assert row.size_bytes == len(body)
    head = await client.message("large", row.message_id)
    assert head.body == body[: limits.BODY_HEAD_BYTES]
    rest = await client.message("large", row.message_id, body_offset=len(head.body), body_limit=len(body))
    assert head.body + rest.body == body
    await client.delete_queue("large")


async def test_events_are_watched_as_they_happen(client: Client, broker: RunningBroker) -> None:
    await client.declare_queue("watched")
    async with await broker.attach() as other, other.watch(WatchEvents("watched")) as events:
        await client.publish("", "watched", b"Hi!")
        items = [await anext(events) for _ in range(2)]
        assert [item.what for item in items if isinstance(item, TailItem)] == ["routed", "enqueued"]


async def test_samples_have_everything_first_and_then_what_changed(client: Client) -> None:
    await client.declare_queue("sampled")
    async with client.watch(WatchSamples()) as samples:
        first = await _sample_with(samples, "sampled")
        (sample,) = [q for q in first.queues if q.name == "sampled"]
        assert sample.ready == 0
        assert any(each.product == "test" for each in first.connections)
        await client.publish("", "sampled", b"x")
        after = await _sample_with(samples, "sampled")
        (sample,) = [q for q in after.queues if q.name == "sampled"]
        assert (sample.ready, sample.counters.published) == (1, 1)
        await client.delete_queue("sampled")
        while sample.id not in (item := await anext(samples)).queues_gone:  # type: ignore[union-attr]
            assert isinstance(item, Sample)


async def _sample_with(samples: WatchStream[Sample], name: str) -> Sample:
    async for item in samples:
        if isinstance(item, Sample) and any(queue.name == name for queue in item.queues):
            return item
    raise AssertionError("the watch ended")


async def test_rates_have_a_history(client: Client) -> None:
    await client.declare_queue("rated")
    history = await client.history("rated")
    lengths = {len(getattr(history, field)) for field in history.__struct_fields__}
    assert len(lengths) == 1
    assert (await client.history()).times_us == sorted((await client.history()).times_us)


async def test_a_client_is_kicked_and_told_why(client: Client, broker: RunningBroker) -> None:
    async with await Client.attach(broker.data_dir, name="victim") as victim:
        async with client.watch(WatchSamples()) as samples:
            ids = [
                each.id
                for sample in [await anext(samples)]
                for each in sample.connections  # type: ignore[union-attr]
                if each.product == "victim"
            ]
        await client.kick(*ids, "Enough.")
        assert await victim.wait_closed() == "The broker hung up: Enough."
    assert not client.is_closed


async def test_an_exclusive_queue_goes_with_its_connection(client: Client, broker: RunningBroker) -> None:
    async with await broker.attach() as other:
        name = (await other.declare_queue("", is_exclusive=True)).name
        assert name.startswith("amq.gen-")
        assert name in {q.spec.name for q in (await client.topology()).queues}
        async with client.watch(WatchSamples()) as samples:
            await _sample_with(samples, name)
            await other.close()
            while not (await anext(samples)).queues_gone:  # type: ignore[union-attr]
                pass
    assert name not in {q.spec.name for q in (await client.topology()).queues}


# ---- strangers


async def test_a_wrong_token_is_not_let_in(broker: RunningBroker) -> None:
    with pytest.raises(ConnectionError, match="token is not its own"):
        await Client.connect(LOOPBACK, broker.port_native, "x" * 43)


@pytest.mark.parametrize(
    "data",
    [b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"POST / HTTP/1.1\r\n\r\n", b"\xff" * 100, b"\0" * 100],
    ids=["GET", "POST", "ones", "zeros"],
)
async def test_foreign_bytes_are_hung_up_on_without_an_answer(
    data: bytes, broker: RunningBroker, client: Client
) -> None:
    with socket.create_connection((LOOPBACK, broker.port_native), timeout=30) as stranger:
        stranger.sendall(data)
        assert await asyncio.to_thread(_read_to_end, stranger) == b""
    assert (await client.info()).pid == broker.process.pid


def _read_to_end(stranger: socket.socket) -> bytes:
    try:
        return stranger.recv(100)
    except ConnectionResetError:  # it had not read everything we sent
        return b""


async def test_virtual_hosts_are_worlds_of_their_own(client: Client) -> None:
    await client.put_vhost(VhostSpec("eu", default_kind="quorum"))
    await client.declare_queue("same", is_durable=True, vhost="eu")
    await client.declare_queue("same", is_durable=True)
    assert await client.publish("", "same", b"here", vhost="eu")
    assert (await client.page("same", vhost="eu")).total_live == 1
    assert (await client.page("same")).total_live == 0
    purged = await client.purge("same", vhost="eu")
    assert purged.bin_id is not None
    assert await refusal(client.undo_purge(purged.bin_id)) is Refusal.NO_SUCH_BIN
    assert await client.undo_purge(purged.bin_id, vhost="eu") == 1
    kinds = {(q.vhost, q.spec.name): q.rules.kind for q in (await client.topology()).queues}
    assert (kinds["eu", "same"], kinds["/", "same"]) == ("quorum", "classic")
    await client.delete_vhost("eu")
    assert await refusal(client.purge("same", vhost="eu")) is Refusal.NO_SUCH_VHOST
    await client.put_vhost(VhostSpec("eu"))
    assert await refusal(client.purge("same", vhost="eu")) is Refusal.NO_SUCH_QUEUE
    await client.delete_vhost("eu")
    await client.delete_queue("same")


async def test_policies_apply_at_once_and_a_full_queue_refuses(client: Client) -> None:
    await client.declare_queue("short")
    definition = {"max-length": 1, "overflow": "reject-publish"}
    await client.put_policy(Policy("/", "short", "^short$", definition))
    assert await client.publish("", "short", b"1")
    reply = await client.send("", "short", b"2")
    assert (reply.was_routed, reply.was_refused) == (True, True)
    await client.delete_policy("short")
    assert await client.publish("", "short", b"2")
    assert await refusal(client.delete_policy("short")) is Refusal.NO_SUCH_POLICY


async def test_what_a_publish_asks_for_is_done(client: Client) -> None:
    await client.declare_queue(
        "asked", arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}
    )
    await client.declare_queue("copy")
    await client.declare_queue("dead")
    carbon = [Header("BCC", "list", [Header("", "string", "copy")])]
    await client.publish("", "asked", b"x", Properties(expiration="0", headers=carbon))
    (row,) = (await client.page("dead")).rows
    detail = await client.message("dead", row.message_id)
    assert detail.past is not None
    assert (detail.past.deaths[0].queue, detail.past.deaths[0].reason) == ("asked", "expired")
    (left,) = (await client.page("asked")).rows
    assert left.state is MessageState.DEAD_LETTERED
    (row,) = (await client.page("copy")).rows
    assert not (await client.message("copy", row.message_id)).properties.headers


async def test_an_exchange_leads_to_an_exchange(client: Client) -> None:
    await client.declare_exchange("outer", "fanout")
    await client.declare_exchange("inner", "fanout")
    await client.declare_queue("behind")
    await client.bind("inner", "behind")
    await client.bind("outer", "inner", destination_kind=DestinationKind.EXCHANGE)
    assert await client.publish("outer", "any", b"x")
    await client.unbind("outer", "inner", destination_kind=DestinationKind.EXCHANGE)
    assert not await client.publish("outer", "any", b"x")
