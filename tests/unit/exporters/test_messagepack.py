"""MessagePack is read back to the byte, by us and by others; what is none says where it breaks off."""

import io
from collections.abc import Iterator

import msgpack
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mqstudio.exporters.base import NotReadableError, Options, Record
from mqstudio.exporters.messagepack import EXPORTER
from mqstudio.exporters.msgpack_frames import objects
from mqstudio.model.message import Death, Header, Past, Properties
from tests.unit.exporters.test_shape import a_record, headers


def written(*records: Record, options: Options | None = None) -> bytes:
    file = EXPORTER.write(options or Options())
    return b"".join([file.begin(), *map(file.record, records), file.end()])


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def read(data: bytes, size: int = 1 << 20) -> list[Record]:
    return list(EXPORTER.read(cut(data, size)))


@settings(deadline=None)
@given(st.binary(max_size=300), st.one_of(st.none(), headers), st.integers(1, 40))
def test_any_record_comes_back_however_it_is_cut(
    body: bytes, given_headers: list[Header] | None, size: int
) -> None:
    record = a_record(body, Properties(headers=given_headers, message_id="m"))
    assert read(written(record, record), size) == [record, record]


def test_what_a_message_was_before_comes_back() -> None:
    past = Past(3, (Death("q", "expired", "", ("q",), 2, 5),), ("expired", "q", ""))
    record = msgspec.structs.replace(a_record(), past=past)
    assert read(written(record)) == [record]


def test_others_read_it_too() -> None:
    data = written(a_record(b"\xff\x00", Properties(headers=[Header("tenant", "string", "acme")])))
    (found,) = msgpack.Unpacker(io.BytesIO(data))
    assert found["body"] == b"\xff\x00"
    assert found["properties"]["headers"] == {"tenant": "acme"}
    assert found["queue"] == "orders"


@settings(deadline=None)
@given(
    st.lists(
        st.recursive(
            st.one_of(
                st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(),
                st.binary(max_size=70_000), st.text(max_size=300),
            ),
            lambda inner: st.one_of(
                st.lists(inner, max_size=20), st.dictionaries(st.text(max_size=40), inner, max_size=20)
            ),
            max_leaves=20,
        ),
        max_size=4,
    ),
    st.integers(1, 5_000),
)  # fmt: skip
def test_a_stream_of_anything_comes_apart(values: list[object], size: int) -> None:
    each = [msgspec.msgpack.encode(value) for value in values]
    assert list(objects(cut(b"".join(each), size))) == each


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (written(a_record())[:-1], "cut off"),
        (b"\xc1", "0xc1 begins nothing"),
        (b"\x91" * 3_000 + b"\xc0", "record 1"),
        (msgspec.msgpack.encode({"id": 1}), "no record of MQ Studio"),
        (written(a_record()) + b"\xa1\xff", "record 2"),
    ],
)
def test_what_is_no_such_file_says_where_and_why(data: bytes, says: str) -> None:
    with pytest.raises(NotReadableError, match=says):
        read(data)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_hostile_bytes_are_refused_and_no_more(data: bytes) -> None:
    try:
        read(data, 7)
    except NotReadableError:
        return
    assert not data
