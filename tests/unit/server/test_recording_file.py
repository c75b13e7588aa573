"""A recording becomes a ledger file and back, without loss; and this program opens it again."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mqstudio.client.client import Client
from mqstudio.exporters.base import Record
from mqstudio.model.message import Properties
from mqstudio.model.records import GetRecords
from mqstudio.model.rows import LifeStep, MessageState
from mqstudio.server.recording_file import RecordingFile, read_recording
from tests.support.broker import running_broker
from tests.unit.exporters.test_shape import a_record, headers
from tests.unit.server.test_record_reader import broker, client, everything

__all__ = ["broker", "client"]  # fixtures


def written(path: Path, records: list[Record]) -> Path:
    file = RecordingFile(path)
    for record in records:
        file.record(record)
    file.close()
    return path


async def test_a_recording_of_every_fate_comes_back(client: Client, tmp_path: Path) -> None:
    found, _ = await everything(client, GetRecords())
    path = written(tmp_path / "r.mqs", found)
    assert list(read_recording(path)) == found
    assert list(map(str, tmp_path.iterdir())) == [str(path)]  # noqa: ASYNC240
    again = written(tmp_path / "again.mqs", list(read_recording(path)))
    assert list(read_recording(again)) == found


async def test_it_is_opened_to_be_looked_at(client: Client, tmp_path: Path) -> None:
    found, _ = await everything(client, GetRecords())
    path = written(tmp_path / "r.mqs", found)
    with running_broker(tmp_path / "data", "--read-only", str(path)) as looking:
        async with await looking.attach() as looker:
            topology = await looker.topology()
            assert {each.spec.name for each in topology.queues} == {"work", "dead", "copies", "log"}
            for queue in ("work", "dead", "copies"):
                page = await looker.page(queue, limit=1_000)
                told = {row.message_id: row.state for row in page.rows}
                wanted = {each.row.message_id: each.row.state for each in found if each.row.queue == queue}
                held = {key for key, state in wanted.items() if state is MessageState.IN_FLIGHT}
                assert told == wanted | dict.fromkeys(held, MessageState.READY)
            detail = await looker.message("dead", page_id(found, "dead"))
            assert detail.properties.headers is not None


def page_id(records: list[Record], queue: str) -> int:
    return next(each.row.message_id for each in records if each.row.queue == queue)


def test_the_shell_of_sqlite_reads_it(tmp_path: Path) -> None:
    path = written(tmp_path / "r.mqs", [a_record(b'{"n": 1}')])
    sql = (
        "SELECT what, queue FROM message_life; SELECT CAST(body AS TEXT) FROM message; PRAGMA integrity_check"
    )
    done = subprocess.run(["sqlite3", str(path), sql], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["enqueued|orders", "accepted|orders", '{"n": 1}', "ok"]


ids = st.integers(1, 5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(ids, st.binary(max_size=50), st.text(max_size=10), st.one_of(st.none(), headers)),
        max_size=6,
    )
)
def test_hostile_records_are_all_in_it(
    tmp_path: Path, given_records: list[tuple[int, bytes, str, object]]
) -> None:
    records = [
        replace(
            a_record(body, Properties(headers=told)),  # type: ignore[arg-type]  # as hypothesis makes them
            row=replace(a_record(body).row, message_id=number, queue=name or "q", published_at_us=place),
            life=(),
        )
        for place, (number, body, name, told) in enumerate(given_records, 1)
    ]
    path = tmp_path / "h.mqs"
    path.unlink(missing_ok=True)
    found = list(read_recording(written(path, records)))
    assert sorted((each.body, each.row.queue) for each in found) == sorted(
        (each.body, each.row.queue) for each in records
    )
    assert len({each.row.message_id for each in found}) == len(records)


def test_a_life_that_only_the_row_tells(tmp_path: Path) -> None:
    row = replace(
        a_record().row,
        state=MessageState.DONE,
        enqueued_at_us=1_700_000_000_000_000,
        delivered_at_us=1_700_000_000_000_005,
        ended_at_us=1_700_000_000_000_009,
        holder="app · tag",
        delivery_count=1,
        ended_because="accepted",
        publisher="shop",
    )
    (found,) = read_recording(written(tmp_path / "r.mqs", [replace(a_record(), row=row, life=())]))
    assert replace(found.row, holder_connection_id=None) == row
    assert [step.what for step in found.life] == ["published", "routed", "enqueued", "delivered", "settled"]
    assert isinstance(found.life[0], LifeStep)


@pytest.mark.parametrize("format", ["json", "none"])
def test_a_message_of_another_format_keeps_its_properties(tmp_path: Path, format: str) -> None:
    told = Properties(content_type="text/plain", timestamp_s=-5)
    record = replace(a_record(properties=told), format=format)
    (found,) = read_recording(written(tmp_path / "r.mqs", [record]))
    assert found.properties == told
