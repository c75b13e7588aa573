"""What can be replayed, as a source of records."""

from pathlib import Path

import pytest

from mqstudio.exporters.base import NotReadableError, Options, Record
from mqstudio.exporters.jsonl import EXPORTER
from mqstudio.viewmodel import replay_scope
from mqstudio.viewmodel.replay_scope import Scope
from tests.support.list_broker import ListBroker
from tests.support.replaying import a_record


async def ids(scope: Scope, broker: ListBroker) -> list[int]:
    source = scope.source(broker, 0)
    return [record.row.message_id async for batch in source.batches(is_whole=True) for record in batch]


async def test_each_scope_has_its_messages(broker: ListBroker) -> None:
    broker.add_queue("orders")
    broker.add_queue("others")
    first, second, third = (broker.add_message("orders", b"%d" % n) for n in range(3))
    other = broker.add_message("others")
    assert await ids(replay_scope.selection("/", "orders", frozenset((second,))), broker) == [second]
    assert await ids(replay_scope.shown("/", "orders", ""), broker) == [first, second, third]
    assert await ids(replay_scope.from_here("/", "orders", second, ""), broker) == [second, third]
    assert await ids(replay_scope.marked("/", "orders", frozenset((third,))), broker) == [third]
    queues = iter([("/", "orders"), ("/", "others")])
    assert await ids(replay_scope.everything(queues), broker) == [first, second, third, other]


async def test_a_file_is_one(broker: ListBroker, tmp_path: Path) -> None:
    path = tmp_path / "it.jsonl"
    records: list[Record] = [a_record(n) for n in (4, 5)]
    path.write_bytes(b"".join(map(EXPORTER.write(Options()).record, records)))
    scope = replay_scope.of_file(path)
    assert scope.title == "it.jsonl"
    assert await ids(scope, broker) == [4, 5]
    with pytest.raises(NotReadableError):
        replay_scope.of_file(Path(__file__)).source(broker, 0)


def test_only_what_can_grow_can_feed_itself(broker: ListBroker) -> None:
    certain = replay_scope.selection("/", "orders", frozenset((1,)))
    assert not certain.source(broker, 0).grows_in
    assert replay_scope.shown("/", "orders", "").source(broker, 0).grows_in == {("/", "orders")}
