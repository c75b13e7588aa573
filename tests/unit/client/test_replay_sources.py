"""Messages to replay come in the order of ids: from files, and from what a real broker has kept."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mqstudio.client.client import Client
from mqstudio.client.export_source import Wanted
from mqstudio.client.recordings import open_recording
from mqstudio.client.replay_sources import (
    BATCH,
    BATCH_BYTES,
    Chosen,
    FileSource,
    LedgerSource,
    ReplaySource,
    some_of,
)
from mqstudio.exporters.base import Options, Record
from mqstudio.exporters.jsonl import EXPORTER
from mqstudio.model.filters.problems import FilterError
from mqstudio.model.limits import BODY_SHOWN_BYTES
from mqstudio.model.rows import MessageState
from tests.support.broker import RunningBroker
from tests.support.replaying import a_record


@pytest.fixture
async def client(broker: RunningBroker) -> AsyncIterator[Client]:
    async with await broker.attach() as client:
        yield client


async def read(source: ReplaySource, *, is_whole: bool = True) -> list[Record]:
    return [record async for batch in source.batches(is_whole=is_whole) for record in batch]


async def bodies(client: Client, wanted: Wanted, from_id: int = 0) -> list[bytes]:
    chosen = Chosen(wanted, from_id)
    return [record.body for record in await read(LedgerSource(client, chosen, "it"))]


async def test_a_file_is_read_as_often_as_asked_and_its_filter_asked(tmp_path: Path) -> None:
    path = tmp_path / "it.jsonl"
    records = [a_record(n, body=b'{"n":%d}' % n) for n in range(100)]
    file = EXPORTER.write(Options())
    path.write_bytes(b"".join(map(file.record, records)))
    source = FileSource(open_recording(path), "body.n >= 40", 0, from_id=42)
    assert await read(source) == await read(source) == records[42:]
    assert not source.grows_in
    with pytest.raises(FilterError):
        FileSource(open_recording(path), "body.n >", 0)


async def test_several_queues_come_as_one_in_the_order_of_publishing(client: Client) -> None:
    for name in ("left", "right"):
        await client.declare_queue(name)
    await client.declare_exchange("both", "fanout")
    for name in ("left", "right"):
        await client.bind("both", name)
    for number in range(BATCH * 2):
        await client.publish("", ("left", "right")[number % 3 == 0], b"%d" % number)
    await client.publish("both", "", b"both")
    wanted = Wanted((("/", "left"), ("/", "right")))
    found = await bodies(client, wanted)
    assert found == [*(b"%d" % n for n in range(BATCH * 2)), b"both", b"both"]
    assert LedgerSource(client, Chosen(wanted), "it").grows_in == set(wanted.queues)


async def test_what_comes_later_is_not_in_it(client: Client) -> None:
    await client.declare_queue("growing")
    await client.publish("", "growing", b"1")
    source = LedgerSource(client, Chosen(Wanted((("/", "growing"),))), "it")
    seen = []
    async for batch in source.batches(is_whole=True):
        seen += [record.body for record in batch]
        await client.publish("", "growing", b"2")
    assert seen == [b"1"]
    assert [record.body for record in await read(source)] == [b"1"]


async def test_ids_times_filters_and_states_choose(client: Client) -> None:
    await client.declare_queue("some")
    for number in range(5):
        await client.publish("", "some", b'{"n":%d}' % number)
    rows = (await client.page("some", is_oldest_first=True)).rows
    queues = (("/", "some"),)
    ids, at = [row.message_id for row in rows], [row.published_at_us for row in rows]
    picked = Wanted(queues, ids=frozenset((ids[1], ids[3])))
    assert await bodies(client, picked) == [b'{"n":1}', b'{"n":3}']
    assert not Chosen(picked).grows
    assert await bodies(client, Wanted(queues), from_id=ids[3]) == [b'{"n":3}', b'{"n":4}']
    brushed = Wanted(queues, since_us=at[1], until_us=at[2])
    assert await bodies(client, brushed) == [b'{"n":1}', b'{"n":2}']
    assert not Chosen(brushed).grows
    assert await bodies(client, Wanted(queues, "body.n < 1")) == [b'{"n":0}']
    assert await bodies(client, Wanted(queues, states=(MessageState.DONE,))) == []


async def test_everything_has_what_no_queue_took_too(client: Client) -> None:
    await client.declare_exchange("nowhere", "direct")
    await client.publish("nowhere", "x", b"lost")
    assert b"lost" in await bodies(client, Wanted((), is_all=True))
    assert LedgerSource(client, Chosen(Wanted((), is_all=True)), "it").grows_in == frozenset()


def test_a_few_are_read_at_once_and_fewer_large_ones() -> None:
    small = iter([a_record(n) for n in range(100)])
    assert len(some_of(small)) == BATCH
    large = iter([a_record(n, body=b"x" * BATCH_BYTES) for n in range(3)])
    assert [len(some_of(large)) for _ in range(4)] == [1, 1, 1, 0]


async def test_long_bodies_come_whole_and_without_bodies_none_do(client: Client) -> None:
    await client.declare_queue("long")
    body = b"x" * (BODY_SHOWN_BYTES * 2 + 5)
    await client.publish("", "long", body)
    source = LedgerSource(client, Chosen(Wanted((("/", "long"),))), "it")
    assert [record.body for record in await read(source)] == [body]
    assert [record.body for record in await read(source, is_whole=False)] == [b""]
