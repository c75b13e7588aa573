"""Properties in the hub's own format."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqstudio.model.message import Header, Properties, decode_properties, encode_properties

scalars = st.one_of(
    st.builds(Header, st.text(), st.just("string"), st.text()),
    st.builds(Header, st.text(), st.just("int64"), st.integers(-(2**63), 2**63 - 1)),
    st.builds(Header, st.text(), st.just("double"), st.floats(allow_nan=False)),
    st.builds(Header, st.text(), st.just("bool"), st.booleans()),
    st.builds(Header, st.text(), st.just("null"), st.none()),
)
headers = st.recursive(
    scalars,
    lambda inner: st.builds(Header, st.text(), st.sampled_from(["table", "list"]), st.lists(inner)),
    max_leaves=10,
)


@given(st.lists(headers), st.text(), st.integers(0, 255))
def test_what_is_written_is_read(fields: list[Header], app_id: str, priority: int) -> None:
    """Nested headers come back as headers, not as plain maps."""
    properties = Properties(headers=fields, app_id=app_id, priority=priority)
    assert decode_properties(encode_properties(properties)) == properties


def test_silence_is_kept() -> None:
    """A property that is not set stays unset."""
    assert decode_properties(encode_properties(Properties())) == Properties()


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x93\x01\x02\x03", b"\x81\xa7headers\x05"])
def test_foreign_bytes_are_refused(data: bytes) -> None:
    """Whatever is not ours raises msgspec's own error."""
    with pytest.raises(msgspec.DecodeError):
        decode_properties(data)
