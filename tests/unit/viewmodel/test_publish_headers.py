"""Headers as typed: every type there is comes back as it was; mistakes are sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqstudio.model.limits import TABLE_DEPTH
from mqstudio.model.message import Header
from mqstudio.protocols.amqp091 import codec
from mqstudio.viewmodel.publish_draft import HeaderDraft
from mqstudio.viewmodel.publish_headers import (
    HEADER_KINDS,
    header_problems,
    read_header,
    wants,
    with_header,
    write_header,
)

NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


def _ints(bits: int, *, is_signed: bool) -> st.SearchStrategy[int]:
    low = -(2 ** (bits - 1)) if is_signed else 0
    return st.integers(low, low + 2**bits - 1)


VALUES = st.one_of(
    st.tuples(st.just("string"), st.text(st.characters(codec="utf-8"), max_size=30)),
    st.tuples(st.just("bool"), st.booleans()),
    *(st.tuples(st.just(f"int{bits}"), _ints(bits, is_signed=True)) for bits in (8, 16, 32, 64)),
    *(st.tuples(st.just(f"uint{bits}"), _ints(bits, is_signed=False)) for bits in (8, 16, 32)),
    st.tuples(st.just("float"), st.floats(width=32, allow_nan=False)),
    st.tuples(st.just("double"), st.floats(allow_nan=False)),
    st.tuples(st.just("timestamp"), st.integers(0, 2**64 - 1)),
    st.tuples(st.just("bytes"), st.binary(max_size=20)),
    st.tuples(st.just("null"), st.none()),
)
DECIMALS = st.tuples(st.integers(-(2**31), 2**31 - 1), st.integers(0, 255)).map(
    lambda each: Header("", "decimal", codec._decimal_text((each[1], each[0])))
)
LEAVES = VALUES.map(lambda each: Header("", *each)) | DECIMALS
HEADERS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: Header("", "list", items))
        | st.lists(st.tuples(NAMES, inner), max_size=3).map(
            lambda items: Header("", "table", [Header(name, h.kind, h.value) for name, h in items])
        )
    ),
    max_leaves=8,
)


@given(NAMES, HEADERS)
def test_any_header_comes_back_to_the_byte(name: str, header: Header) -> None:
    """What is shown of it is sound, and sends the same bytes."""
    header = Header(name, header.kind, header.value)
    draft = write_header(header)
    assert header_problems([draft]) == []
    assert codec.write_table([read_header(draft)]) == codec.write_table([header])


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("int8", "128", "a whole number from -128 to 127"),
        ("uint8", "-1", "a whole number from 0 to 255"),
        ("uint32", "4294967296", "4,294,967,295"),
        ("int64", "1.5", "is a whole number."),
        ("int64", "9" * 5_000, "is a whole number."),
        ("float", "1e39", "32-bit"),
        ("double", "ten", "a number"),
        ("decimal", "12,5", "digits with a point"),
        ("decimal", "99999999999", "digits with a point"),
        ("decimal", "1e999999999", "digits with a point"),
        ("decimal", "NaN", "digits with a point"),
        ("timestamp", "yesterday", "seconds since 1970"),
        ("timestamp", "1960-01-01", "seconds since 1970"),
        ("bytes", "0", "pairs of hex digits"),
        ("bool", "yes", "true or false"),
        ("string", "\ud800", "any text"),
    ],
)
def test_mistakes_are_sentences(kind: str, text: str, says: str) -> None:
    (problem,) = header_problems([HeaderDraft("h", kind, text)])
    assert problem.field == "headers.0"
    assert says in problem.says


def test_times_are_typed_as_seconds_or_dates() -> None:
    for text in ("1700000000", "2023-11-14T22:13:20Z", "2023-11-14 22:13:20", "2023-11-14T23:13:20+01:00"):
        assert read_header(HeaderDraft("t", "timestamp", text)).value == 1_700_000_000


def test_mistakes_within_tables_have_a_place() -> None:
    """And lists need no names."""
    inner = (HeaderDraft("", "int8", "1"), HeaderDraft("", "int8", "x"))
    table = HeaderDraft(
        "t", "table", "", (HeaderDraft("", "string", "x"), HeaderDraft("l", "list", "", inner))
    )
    assert [p.field for p in header_problems([table])] == ["headers.0.0", "headers.0.1.1"]


def test_nesting_has_a_bound() -> None:
    draft = HeaderDraft("x", "string", "")
    for _ in range(TABLE_DEPTH):
        draft = HeaderDraft("t", "table", "", (draft,))
    assert "nested deeper" in header_problems([draft])[0].says


def test_editing_by_path() -> None:
    """Added behind the last, replaced, removed; others stay."""
    headers = with_header([], (0,), HeaderDraft("t", "table"))
    headers = with_header(headers, (0, 0), HeaderDraft("a"))
    headers = with_header(headers, (0, 1), HeaderDraft("b"))
    headers = with_header(headers, (0, 0), HeaderDraft("c"))
    assert [each.name for each in headers[0].items] == ["c", "b"]
    headers = with_header(headers, (0, 0), None)
    assert [each.name for each in headers[0].items] == ["b"]
    assert with_header(headers, (0,), None) == []


def test_every_kind_says_what_it_wants() -> None:
    assert all(wants(kind) for kind in HEADER_KINDS)
