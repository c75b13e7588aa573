"""Where exports come from: what was not recorded comes last, what is too large alone, queues are merged."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from mqstudio.client.export_source import AHEAD, Wanted, parts
from mqstudio.client.exporting import export
from mqstudio.exporters import jsonl
from mqstudio.exporters.base import Options, Record
from mqstudio.exporters.redaction import DEFAULT
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.records import GetRecords, Records
from tests.support.list_broker import Clock, ListBroker
from tests.unit.exporters.test_shape import a_record

ORDERS = (("/", "orders"),)


def line(message_id: int) -> bytes:
    record = a_record()
    file = jsonl.EXPORTER.write(Options())
    return file.record(replace(record, row=replace(record.row, message_id=message_id)))


class Recorded(ListBroker):
    """A broker that has recorded every second message, three of them in a part."""

    def __init__(self) -> None:
        super().__init__(Clock())
        self.alone = 0
        self.asked: list[GetRecords] = []
        self.is_failing = False

    async def records(self, wanted: GetRecords) -> Records:
        self.asked.append(wanted)
        if wanted.ids and wanted.is_trial:
            return Records(message_ids=[each for each in wanted.ids if not each % 2])
        if self.is_failing and wanted.after_id:
            raise RefusedError(Refusal.NOT_STORED, "The disk fails.")
        ids = [each for each in range(wanted.after_id + 1, 11) if not each % 2][:3]
        reached = ids[-1] if ids and ids[-1] < 10 else None
        alone, self.alone = self.alone, 0
        return Records(
            b"".join(map(line, ids)), len(ids), first_id=1, last_id=10, reached=reached, alone=alone,
            is_thinned=True,
        )  # fmt: skip


async def found(broker: ListBroker, wanted: Wanted) -> list[int]:
    data = [part.data async for part in parts(broker, wanted, "jsonl", Options(), DEFAULT)]
    return [record.row.message_id for record in jsonl.IMPORTER.read(iter(data))]


async def test_what_was_not_recorded_comes_last() -> None:
    broker = Recorded()
    broker.add_queue("orders", 10)
    assert await found(broker, Wanted(ORDERS)) == [2, 4, 6, 8, 10, 1, 3, 5, 7, 9]
    assert {wanted.up_to_id for wanted in broker.asked if wanted.after_id} == {10}


async def test_what_is_too_large_comes_alone() -> None:
    broker = Recorded()
    broker.add_queue("orders", 10)
    broker.alone = 7
    assert (await found(broker, Wanted(ORDERS)))[:4] == [2, 4, 6, 7]


async def test_many_chosen_messages_are_asked_for_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mqstudio.client.export_source.EXPORT_IDS_AT_ONCE", 2)
    broker = Recorded()
    broker.add_queue("orders", 10)
    ids = frozenset((2, 4, 6, 8, 10))
    await found(broker, Wanted(ORDERS, ids=ids))
    assert [wanted.ids for wanted in broker.asked if not wanted.is_trial and not wanted.after_id] == [
        [2, 4], [6, 8], [10],
    ]  # fmt: skip


async def test_queues_are_merged_where_nothing_is_on_disk() -> None:
    broker = ListBroker(Clock())
    broker.add_queue("orders", AHEAD + 5)
    broker.add_queue("audit", 3)
    ids = await found(broker, Wanted((("/", "audit"), ("/", "orders"))))
    assert ids == sorted(ids)
    assert len(ids) == AHEAD + 8


async def test_a_failure_on_the_way_leaves_no_file(tmp_path: Path) -> None:
    broker = Recorded()
    broker.add_queue("orders", 10)
    broker.is_failing = True
    path = tmp_path / "a.jsonl"
    with pytest.raises(RefusedError, match="disk fails"):
        await export(broker, Wanted(ORDERS), jsonl.EXPORTER, Options(), path)
    assert not list(map(str, tmp_path.iterdir()))  # noqa: ASYNC240


def test_a_record_is_what_is_written() -> None:
    (record,) = jsonl.IMPORTER.read(iter([line(7)]))
    assert isinstance(record, Record)
