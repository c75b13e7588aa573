"""Parquet is read by pyarrow: every column, every value, whatever they hold, and when stopped early."""

import io
import json
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mqstudio.exporters import parquet, thrift
from mqstudio.exporters.base import Options, Record
from mqstudio.model.message import Header, Properties
from tests.unit.exporters.test_shape import a_record, headers


def rows(*records: Record, options: Options | None = None) -> list[dict[str, object]]:
    file = parquet.EXPORTER.write(options or Options())
    data = b"".join([file.begin(), *map(file.record, records), file.end()])
    found: list[dict[str, object]] = pq.read_table(io.BytesIO(data)).to_pylist()
    return found


def test_a_message_is_a_row() -> None:
    told = Properties(content_type="text/plain", priority=3, headers=[Header("tenant", "string", "acme")])
    (row,) = rows(a_record(b"\xff\x00", told))
    assert row["id"] == 7
    assert row["queue"] == "orders"
    assert row["published_at"].replace(tzinfo=UTC) == datetime.fromtimestamp(1_700_000_000, UTC)  # type: ignore[attr-defined]  # a time
    assert row["ended_at"] is None
    assert row["body"] == b"\xff\x00"
    assert row["property_priority"] == 3
    assert row["property_content_type"] == "text/plain"
    assert row["property_app_id"] is None
    assert json.loads(str(row["headers"])) == {"tenant": "acme"}
    assert json.loads(str(row["life"]))[0]["what"] == "published"
    assert row["is_redelivered"] is False


any_record = st.tuples(st.binary(max_size=60), st.text(max_size=12), st.one_of(st.none(), headers))


@settings(deadline=None)
@given(st.lists(any_record, max_size=20))
def test_any_values_come_back(given_records: list[tuple[bytes, str, list[Header] | None]]) -> None:
    records = [
        replace(
            a_record(body, Properties(headers=told, app_id=name)),
            row=replace(a_record(body).row, queue=name, is_redelivered=bool(len(body) & 1)),
        )
        for body, name, told in given_records
    ]
    found = rows(*records)
    assert [row["body"] for row in found] == [record.body for record in records]
    assert [row["queue"] for row in found] == [record.row.queue for record in records]
    assert [row["is_redelivered"] for row in found] == [record.row.is_redelivered for record in records]
    assert [row["property_app_id"] for row in found] == [record.properties.app_id for record in records]


def test_many_rows_make_several_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "PARQUET_GROUP_ROWS", 3)
    file = parquet.EXPORTER.write(Options())
    pieces = [file.begin(), *(file.record(a_record(b"%d" % number)) for number in range(8)), file.end()]
    found = pq.ParquetFile(io.BytesIO(b"".join(pieces)))
    assert found.metadata.num_row_groups == 3
    assert [row["body"] for row in found.read().to_pylist()] == [b"%d" % number for number in range(8)]


def test_none_at_all_is_a_whole_file() -> None:
    assert rows() == []


def test_what_is_left_out_has_no_columns() -> None:
    (row,) = rows(a_record(), options=Options(has_body=False, has_properties=False, has_life=False))
    assert not {"body", "headers", "life", "property_app_id"} & row.keys()


def test_long_lists_and_far_fields_of_thrift() -> None:
    assert thrift.struct({20: thrift.I32(-1)}) == b"\x05\x28\x01\x00"
    assert thrift.struct({1: [thrift.I32(0)] * 20})[:3] == b"\x19\xf5\x14"
