"""A glance at one header finds what reading all of them finds."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from mqstudio.model.filters.paths import MISSING
from mqstudio.model.message import Header, Properties, plain_headers
from mqstudio.protocols.amqp091 import convert
from mqstudio.protocols.amqp091.glancing import glance

NAMES = ["a", "tenant", "é", "x-odd name", ""]
values = st.one_of(
    st.tuples(st.just("bool"), st.booleans()),
    st.tuples(st.just("int8"), st.integers(-128, 127)),
    st.tuples(st.just("uint16"), st.integers(0, 65_535)),
    st.tuples(st.just("int64"), st.integers(-(2**63), 2**63 - 1)),
    st.tuples(st.just("double"), st.floats(allow_nan=False)),
    st.tuples(st.just("timestamp"), st.integers(0, 2**40)),
    st.tuples(st.just("string"), st.sampled_from(NAMES)),
    st.tuples(st.just("bytes"), st.binary(max_size=3)),
    st.tuples(st.just("null"), st.none()),
    st.tuples(st.just("decimal"), st.just("12.50")),
    st.tuples(st.just("table"), st.just([Header("tenant", "string", "inner")])),
)
tables = st.lists(
    st.builds(lambda name, value: Header(name, *value), st.sampled_from(NAMES), values), max_size=5
)
short = st.none() | st.sampled_from(NAMES)
properties = st.builds(
    Properties, content_type=short, content_encoding=short, headers=st.none() | tables, type=short
)


@given(properties, st.sampled_from(NAMES))
@settings(max_examples=1000)
def test_a_glance_finds_what_reading_finds(said: Properties, name: str) -> None:
    """Types of all kinds, nested ones, equal names, names that occur within values."""
    data = convert.write_properties(said)
    found = plain_headers(convert.read_properties(data).headers).get(name, MISSING)
    glanced = glance(data, name.encode())
    assert type(glanced) is type(found)
    assert glanced == found


@given(properties, st.sampled_from(NAMES), st.data())
@settings(max_examples=1000)
def test_broken_bytes_are_refused_or_read(said: Properties, name: str, data: st.DataObject) -> None:
    """Nothing but ValueError is ever raised."""
    whole = bytearray(convert.write_properties(said))
    if whole:
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    with suppress(ValueError):
        glance(cut, name.encode())
