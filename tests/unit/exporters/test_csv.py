"""CSV as other programs read it, with hostile names and bodies."""

import csv
import io

import pytest

from mqstudio.exporters.base import Options, Record
from mqstudio.exporters.csv import EXPORTER, time_text
from mqstudio.model.message import Header, Properties
from tests.unit.exporters.test_shape import a_record


def rows(*records: Record, options: Options | None = None) -> list[dict[str, str]]:
    writing = EXPORTER.write(options or Options())
    data = writing.begin() + b"".join(writing.record(each) for each in records) + writing.end()
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_a_row_has_what_a_message_is() -> None:
    (row,) = rows(a_record(b'{"a": 1}', Properties(content_type="application/json")))
    assert (row["id"], row["queue"], row["state"], row["body"]) == ("7", "orders", "done", '{"a": 1}')
    assert row["content_type"] == "application/json"
    assert row["published_at"] == "2023-11-14T22:13:20.000000Z"
    assert row["enqueued_at"] == ""


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_nothing_is_a_formula(text: str) -> None:
    (row,) = rows(a_record(text.encode(), Properties(app_id=text), queue=text))
    assert row["queue"][0] == row["app_id"][0] == row["body"][0] == "'"


@pytest.mark.parametrize("text", ['a"b', "a,b", "line\r\nline", "é\u2028", "\0"])
def test_any_text_stays_in_its_cell(text: str) -> None:
    (row,) = rows(a_record(text.encode(), queue=text))
    assert row["queue"] == row["body"] == text.replace("\0", "\ufffd")
    assert None not in row


def test_bytes_are_base64() -> None:
    (row,) = rows(a_record(b"\xff"))
    assert (row["encoding"], row["body"]) == ("base64", "/w==")


def test_paths_are_columns() -> None:
    options = Options(columns=("body.total", "headers.x-tenant", "body.none"))
    (row,) = rows(
        a_record(b'{"total": 129.9}', Properties(headers=[Header("x-tenant", "string", "acme")])),
        options=options,
    )
    assert (row["body.total"], row["headers.x-tenant"], row["body.none"]) == ("129.9", "acme", "")


def test_what_is_not_wanted_has_no_column() -> None:
    (row,) = rows(a_record(b"x"), options=Options(has_body=False, has_properties=False, has_life=False))
    assert not {"body", "headers", "app_id", "life"} & row.keys()


def test_times_keep_their_microseconds() -> None:
    assert time_text(1_700_000_000_999_999) == "2023-11-14T22:13:20.999999Z"
    assert time_text(None) == ""


@pytest.mark.parametrize(
    ("at_us", "text"),
    [
        (None, ""),
        (1_700_000_000_000_005, "2023-11-14T22:13:20.000005Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (-62_135_596_800_000_000, "0001-01-01T00:00:00.000000Z"),
        (2**62, "4611686018427.387904Z"),
    ],
)
def test_times_are_those_of_iso_8601_as_far_as_there_are_any(at_us: int | None, text: str) -> None:
    assert time_text(at_us) == text
