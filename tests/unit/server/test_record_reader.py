"""Records in bulk say what is said of each message alone: where it stands, what it holds, what happened."""

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pika
import pytest
from msgspec.structs import replace

from mqstudio.client.client import Client
from mqstudio.client.exporting import read_one
from mqstudio.exporters import jsonl, messagepack
from mqstudio.exporters.base import Record
from mqstudio.exporters.redaction import DEFAULT, write_profile
from mqstudio.model.errors import RefusedError
from mqstudio.model.message import Header, Properties
from mqstudio.model.records import GetRecords, Records
from mqstudio.model.rows import MessageState
from tests.support.broker import RunningBroker, running_broker

BIG = b'{"password": "hunter2-Zq9", "n": "' + b"x" * 400_000 + b'"}'


def lives(broker: RunningBroker) -> pika.BlockingConnection:
    """Messages with about every fate there is."""
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", broker.port_amqp))
    channel = connection.channel()
    channel.queue_declare("dead", durable=True)
    channel.queue_declare(
        "work",
        durable=True,
        arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead", "x-max-length": 6},
    )
    channel.queue_declare("copies")
    channel.queue_declare("log", durable=True, arguments={"x-queue-type": "stream"})
    channel.exchange_declare("both", "fanout", durable=True)
    channel.queue_bind("work", "both")
    channel.queue_bind("copies", "both")
    lasting = pika.BasicProperties(delivery_mode=2, headers={"tenant": "acme", "n": 1})
    for number in range(9):
        channel.basic_publish("both", f"k.{number}", b'{"n": %d}' % number, lasting)
        channel.basic_publish("", "log", b"in the log")
    channel.basic_publish("both", "big", BIG, lasting)
    channel.basic_publish("both", "nobody cares", b"\xff\x00", pika.BasicProperties(expiration="1"))
    channel.basic_publish("", "nowhere", b"lost")
    method, _, _ = channel.basic_get("work")
    channel.basic_ack(method.delivery_tag)
    method, _, _ = channel.basic_get("work")
    channel.basic_reject(method.delivery_tag, requeue=False)
    method, _, _ = channel.basic_get("work")
    channel.basic_reject(method.delivery_tag, requeue=True)
    channel.basic_get("work", auto_ack=True)
    channel.basic_get("copies", auto_ack=True)
    channel.queue_purge("copies")
    channel.basic_publish("both", "after", b"after", lasting)
    held = connection.channel()
    held.basic_get("work")
    return connection  # which has a message still


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    with running_broker(tmp_path_factory.mktemp("bulk")) as broker:
        connection = lives(broker)
        yield broker
        connection.close()


@pytest.fixture
async def client(broker: RunningBroker) -> AsyncIterator[Client]:
    async with await broker.attach() as client:
        yield client


async def everything(client: Client, wanted: GetRecords) -> tuple[list[Record], list[Records]]:
    """All records, slice by slice."""
    parts: list[Records] = []
    after_id: int | None = wanted.after_id
    while after_id is not None:
        parts.append(await client.records(replace(wanted, after_id=after_id)))
        after_id = parts[-1].reached
    reader = jsonl.IMPORTER if wanted.format == "jsonl" else messagepack.IMPORTER
    return list(reader.read(iter([part.data for part in parts]))), parts


def plain(record: Record) -> Record:
    """What both ways of reading know: rows carry no beginning of the body, and no deadlines."""
    row = replace(record.row, preview="", expires_at_us=None, lease_until_us=None)
    return replace(record, row=row)


@pytest.mark.parametrize("format", ["jsonl", "msgpack"])
async def test_bulk_says_what_is_said_of_each_alone(client: Client, format: str) -> None:
    found, _ = await everything(client, GetRecords(format=format))
    states = {each.row.state for each in found}
    assert states == {*MessageState}
    for record in found:
        alone = await read_one(client, record.vhost or "/", record.row)
        assert alone is not None
        if not record.row.queue:
            alone = replace(alone, vhost="")
        assert plain(record) == plain(alone)
    assert [each.row.message_id for each in found] == sorted(each.row.message_id for each in found)
    topology = await client.topology()
    for queue in topology.queues:
        page = await client.page(queue.spec.name, limit=1_000)
        told = {each.row.message_id: each.row.state for each in found if each.row.queue == queue.spec.name}
        assert told == {row.message_id: row.state for row in page.rows}


async def test_some_queues_states_ids_and_a_filter(client: Client) -> None:
    found, _ = await everything(client, GetRecords(queues=[("/", "dead")]))
    assert found
    assert {each.row.queue for each in found} == {"dead"}
    ready, _ = await everything(client, GetRecords(states=[MessageState.READY], queues=[("/", "work")]))
    assert {each.row.state for each in ready} == {MessageState.READY}
    ids = [each.row.message_id for each in found]
    some, parts = await everything(client, GetRecords(ids=ids[:2], queues=[("/", "dead")]))
    assert [each.row.message_id for each in some] == ids[:2] == parts[0].message_ids
    where = "body.n >= 7 and headers.tenant == acme and state == purged"
    sifted, _ = await everything(client, GetRecords(where=where))
    assert {each.body for each in sifted} == {b'{"n": 7}', b'{"n": 8}'}
    with pytest.raises(RefusedError, match="no queue 'never-was'"):
        await everything(client, GetRecords(queues=[("/", "never-was")]))
    future, _ = await everything(client, GetRecords(since_us=2**61))
    assert future == []


async def test_secrets_are_taken_out_where_they_are_read(client: Client) -> None:
    wanted = GetRecords(redaction=write_profile(DEFAULT), where="key == big")
    found, parts = await everything(client, wanted)
    assert {each.body[:40] for each in found} == {b'{"password": "[redacted]", "n": "xxxxxxx'}
    assert sum(part.redacted for part in parts) == len(found)
    assert sum(part.hits.get("password", 0) for part in parts) == len(found)
    _, trial = await everything(client, replace(wanted, is_trial=True))
    assert [part.data for part in trial] == [b""] * len(trial)
    assert [part.size_bytes for part in trial] == [part.size_bytes for part in parts]
    assert trial[0].examples[0].where == "body $.password"


async def test_parts_are_bounded(client: Client, broker: RunningBroker) -> None:
    await client.declare_queue("many", is_durable=True)
    told = Properties(delivery_mode=2, headers=[Header("a", "string", "b")])
    for _ in range(40):
        await client.publish("", "many", b"y" * 100_000, told)
    found, parts = await everything(client, GetRecords(queues=[("/", "many")]))
    assert len(found) == 40
    assert max(part.size_bytes for part in parts) < 2_000_000
    assert len(parts) > 3


@pytest.mark.parametrize(
    "wanted",
    [
        GetRecords(format="docx"),
        GetRecords(where="body.n ="),
        GetRecords(redaction=b"{"),
        GetRecords(redaction=b'{"name": "x", "expressions": [{"name": "e", "pattern": "("}]}'),
    ],
)
async def test_what_makes_no_sense_is_refused(client: Client, wanted: GetRecords) -> None:
    with pytest.raises(RefusedError):
        await client.records(wanted)
    assert (await client.records(GetRecords())).is_kept


async def test_what_cannot_be_is_nothing(client: Client) -> None:
    for after_id in (-(2**63), 2**63 - 1):
        with suppress(RefusedError):
            assert (await client.records(GetRecords(after_id=after_id, ids=[5], until_us=2**63 - 1))).is_kept


async def test_a_broker_without_a_profile_says_so(tmp_path: Path) -> None:
    with running_broker(tmp_path, "--memory") as broker:
        async with await broker.attach() as client:
            assert not (await client.records(GetRecords())).is_kept
