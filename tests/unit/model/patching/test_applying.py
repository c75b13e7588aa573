"""A patch done to a message."""

import pytest

from mqstudio.model.limits import CHANGE_MAX_BYTES
from mqstudio.model.message import Header, Properties
from mqstudio.model.patching.applying import apply_patch
from mqstudio.model.patching.syntax import parse_patch
from mqstudio.model.patching.tree import PatchError

SAID = Properties(
    content_type="application/json", headers=[Header("n", "int32", 1), Header("x-old", "string", "y")]
)


def patched(text: str, body: bytes = b'{"total":-12.50}') -> tuple[bytes, Properties]:
    return apply_patch(parse_patch(text), body, SAID)


def test_a_body_is_changed_and_its_properties_stay() -> None:
    assert patched("$.total = abs($.total)") == (b'{"total":12.5}', SAID)


def test_headers_are_set_and_removed_with_kinds_that_fit() -> None:
    body, said = patched(
        "header.n = header.n + 1; header.big = 3000000000; header.t = 'x'; remove header.x-old"
    )
    assert body == b'{"total":-12.50}'
    assert said.content_type == "application/json"
    assert said.headers == [
        Header("n", "int32", 2), Header("big", "int64", 3_000_000_000), Header("t", "string", "x"),
    ]  # fmt: skip


def test_values_go_from_body_to_header_and_back() -> None:
    body, said = patched("header.total = $; $ = header.n", b'{"a":[1.5,true,null]}')
    assert body == b"1"
    table = Header("a", "list", [Header("", "double", 1.5), Header("", "bool", True), Header("", "null")])
    assert (said.headers or [])[-1] == Header("total", "table", [table])


def test_a_later_change_sees_an_earlier_one() -> None:
    assert patched("$.total = 1; $.total = $.total + 1")[0] == b'{"total":2}'


def test_the_last_header_removed_leaves_none() -> None:
    assert patched("remove header.n; remove header.x-old")[1].headers is None


@pytest.mark.parametrize(
    ("text", "body", "says"),
    [
        ("$.total = 1", b"hello", "no JSON"),
        ("$.total = 1", b"\xff", "no JSON"),
        ("header.n = $.total", b"hello", "no JSON"),
        ("header.n = 99999999999999999999", b"{}", "too large for a header"),
        ("header.n = $.x", b'{"x":"\\ud800"}', "half a character"),
        ("$.x = header.gone", b"{}", "There is no header.gone"),
        ("$.x = 1", b'{"y":"' + b"y" * CHANGE_MAX_BYTES + b'"}', "is the most"),
    ],
)
def test_what_does_not_fit(text: str, body: bytes, says: str) -> None:
    with pytest.raises(PatchError) as error:
        patched(text, body)
    assert says in error.value.says
