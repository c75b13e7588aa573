"""What is written is read back: every property, every type of header, every body, to the byte."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mqstudio.exporters.base import NotReadableError, Options, Record
from mqstudio.exporters.jsonl import EXPORTER
from mqstudio.exporters.shape import json_line, record_of, shape_of
from mqstudio.model.message import Header, Properties
from mqstudio.model.rows import LifeStep, MessageRow, MessageState

ALL = Options()


def a_record(body: bytes = b"{}", properties: Properties | None = None, **fields: object) -> Record:
    row = MessageRow(
        7, "orders", MessageState.DONE, "orders.ex", "eu.new", len(body), "", 1_700_000_000_000_000
    )
    return Record(
        "/",
        msgspec.structs.replace(row, **fields),
        properties or Properties(),
        body,
        "amqp091",
        (LifeStep(1_700_000_000_000_000, "published", "", "by app.py"),),
    )


def again(record: Record, options: Options = ALL) -> Record:
    (back,) = EXPORTER.read(iter([json_line(shape_of(record, options))]))
    return back


texts = st.text(max_size=20)
leaves = st.one_of(
    st.builds(lambda v: Header("", "string", v), texts),
    st.builds(lambda v: Header("", "bool", v), st.booleans()),
    st.builds(lambda v: Header("", "int8", v), st.integers(-128, 127)),
    st.builds(lambda v: Header("", "int32", v), st.integers(-(2**31), 2**31 - 1)),
    st.builds(lambda v: Header("", "int64", v), st.integers(-(2**63), 2**63 - 1)),
    st.builds(lambda v: Header("", "double", v), st.floats(allow_nan=False)),
    st.builds(lambda v: Header("", "bytes", v), st.binary(max_size=20)),
    st.builds(lambda v: Header("", "timestamp", v), st.integers(0, 2**40)),
    st.just(Header("", "decimal", "12.50")),
    st.just(Header("", "null")),
)


def named(header: Header, name: str) -> Header:
    return Header(name, header.kind, header.value)


headers = st.lists(
    st.builds(
        named,
        st.recursive(
            leaves,
            lambda inner: st.one_of(
                st.builds(lambda v: Header("", "list", v), st.lists(inner, max_size=3)),
                st.builds(
                    lambda v: Header("", "table", v), st.lists(st.builds(named, inner, texts), max_size=3)
                ),
            ),
            max_leaves=6,
        ),
        texts,
    ),
    max_size=4,
)


@settings(deadline=None)
@given(st.one_of(st.none(), headers))
def test_headers_come_back_with_their_types(given_headers: list[Header] | None) -> None:
    record = a_record(properties=Properties(headers=given_headers))
    assert again(record).properties.headers == given_headers


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_body_comes_back_to_the_byte(body: bytes) -> None:
    assert again(a_record(body)).body == body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b' {"a": 1.0, "a": 2} ',
        b'{\n  "pretty": true,\r\n "n": 1e400\n}\n',
        b'{"n": 12345678901234567890123}',
        b"[1, 2",
        b"12",
        '{"é": "\u2028"}'.encode(),
        b"\xff\xfe{}",
        b"[" * 5_000 + b"]" * 5_000,
    ],
)
def test_bodies_that_are_nearly_json_come_back_to_the_byte(body: bytes) -> None:
    line = json_line(shape_of(a_record(body), ALL))
    assert line.count(b"\n") == 1
    assert again(a_record(body)).body == body


def test_a_body_of_json_is_json() -> None:
    line = json_line(shape_of(a_record(b'{"total": 129.90, "items": ["tea"]}'), ALL))
    assert json.loads(line)["body"] == {"total": 129.9, "items": ["tea"]}
    assert b"129.90" in line  # as its publisher wrote it


def test_a_body_that_is_not_text_says_how_it_is_written() -> None:
    shape = json.loads(json_line(shape_of(a_record(b"\xff\x00"), ALL)))
    assert (shape["encoding"], shape["body"]) == ("base64", "/wA=")


def test_all_of_a_record_comes_back() -> None:
    record = a_record(
        b'{"a": 1}',
        Properties(content_type="application/json", priority=3, headers=[Header("x", "string", "y")]),
        enqueued_at_us=1_700_000_000_000_100,
        holder="worker · ctag",
        deaths=2,
        died_of="rejected",
    )
    assert again(record) == record
    once = json_line(shape_of(record, ALL))
    assert json_line(shape_of(again(record), ALL)) == once


def test_what_is_not_wanted_is_not_written() -> None:
    record = a_record(b"secret", Properties(user_id="ann"))
    line = json_line(shape_of(record, Options(has_body=False, has_properties=False, has_life=False)))
    assert not {"body", "properties", "life", "encoding"} & json.loads(line).keys()
    assert b"secret" not in line


@pytest.mark.parametrize(
    "line",
    [
        b"[]\n",
        b"{}\n",
        b'{"mqstudio": 2}\n',
        b'{"mqstudio": 1, "id": "x"}\n',
        b'{"mqstudio": 1',
        b"\xff\n",
        json_line(shape_of(a_record(b"\xff"), ALL)).replace(b"/w==", b"?"),
    ],
)
def test_what_cannot_be_read_says_in_which_line(line: bytes) -> None:
    good = json_line(shape_of(a_record(), ALL))
    reading = EXPORTER.read(iter([good + line]))
    assert next(reading) == a_record()
    with pytest.raises(NotReadableError, match="line 2"):
        list(reading)


def test_records_are_found_whatever_the_pieces() -> None:
    data = b"".join(json_line(shape_of(a_record(b"x" * size), ALL)) for size in (0, 5, 5_000))
    pieces = [data[i : i + 7] for i in range(0, len(data), 7)]
    assert [len(each.body) for each in EXPORTER.read(iter(pieces))] == [0, 5, 5_000]


def test_other_things_are_no_records() -> None:
    with pytest.raises(NotReadableError, match="mqstudio"):
        record_of({"hello": 1})
