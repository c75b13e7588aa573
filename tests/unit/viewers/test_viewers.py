"""Viewers show hostile bodies within bounds."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqstudio.registry import discover
from mqstudio.viewers.base import TreeNode
from mqstudio.viewers.hex import SHOWN_BYTES
from mqstudio.viewers.hex import VIEWER as HEX
from mqstudio.viewers.json import DEPTH_MAX, NODES_MAX
from mqstudio.viewers.json import VIEWER as JSON
from mqstudio.viewers.text import VIEWER as TEXT

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def test_discovered_by_name() -> None:
    """One file each, found without a list."""
    discovery = discover("mqstudio.viewers", "VIEWER")
    assert set(discovery.found) >= {"hex", "json", "text"}
    assert discovery.failed == {}


@given(st.binary())
def test_hex_shows_anything(body: bytes) -> None:
    """Every byte, eight a line."""
    assert HEX.accepts(body, is_whole=True)
    lines = HEX.view(body, is_whole=True).text.split("\n") if body else []
    assert b"".join(bytes.fromhex(line[8:31]) for line in lines) == body


def test_hex_is_bounded() -> None:
    """A huge body shows its beginning, and says so."""
    view = HEX.view(b"x" * (SHOWN_BYTES + 1), is_whole=True)
    assert view.note == "the first 64 KiB"
    assert len(view.text.split("\n")) == SHOWN_BYTES // 8


@given(st.text().filter(lambda text: "\0" not in text), st.integers(0, 3))
def test_text_accepts_a_head_cut_inside_a_character(text: str, cut: int) -> None:
    """Only the missing end of a character may be missing."""
    body = text.encode()
    head = body[: max(0, len(body) - cut)]
    assert TEXT.accepts(head, is_whole=False)
    assert text.startswith(TEXT.view(head, is_whole=False).text)


def test_text_refuses_binary() -> None:
    """NUL, or bytes that are no utf-8."""
    assert not TEXT.accepts(b"a\0b", is_whole=True)
    assert not TEXT.accepts(b"\xff\xfe", is_whole=True)


@given(json_values.filter(lambda value: isinstance(value, list | dict)))
def test_json_text_means_the_same(value: object) -> None:
    """Laid-out text reads back as the very same value."""
    body = json.dumps(value).encode()
    assert JSON.accepts(body, is_whole=True)
    assert json.loads(JSON.view(body, is_whole=True).text) == value


def test_json_keeps_numbers_and_repeated_names() -> None:
    """Numbers are shown as written, and no member hides another."""
    body = b'{"n": 10000000000000000000000000001, "f": 0.10, "e": 1e999, "n": 2}'
    tree = JSON.view(body, is_whole=True).tree
    assert tree is not None
    assert [(node.name, node.text) for node in tree] == [
        ("n", "10000000000000000000000000001"), ("f", "0.10"), ("e", "1e999"), ("n", "2"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [b"[" * (DEPTH_MAX + 1) + b"]" * (DEPTH_MAX + 1), b"[" * 1_000_000, b'{"a":' * 100_000, b"[1,", b"{}x",
     b"42", b"[\xff]", b'"text"'],
)  # fmt: skip
def test_json_leaves_the_rest_to_others(body: bytes) -> None:
    """Too deep, unsound, or a lone value: shown as text or hex instead, quickly."""
    assert not JSON.accepts(body, is_whole=True)


def test_json_allows_the_depth_limit_and_brackets_in_strings() -> None:
    """Brackets inside strings are no nesting."""
    assert JSON.accepts(b"[" * DEPTH_MAX + b"]" * DEPTH_MAX, is_whole=True)
    assert JSON.accepts(json.dumps(["[" * 500 + '\\"' + "{" * 500]).encode(), is_whole=True)


def test_json_tree_is_bounded() -> None:
    """A body of a million values makes a bounded tree, and says what was left out."""
    view = JSON.view(b"[" + b"1," * (NODES_MAX + 5) + b"1]", is_whole=True)
    assert view.tree is not None
    assert sum(1 for _ in _all(view.tree)) == NODES_MAX
    assert view.note == "the first 20,000 values"


def test_a_head_is_no_json() -> None:
    """Part of a document is shown as text."""
    assert not JSON.accepts(b"[1]", is_whole=False)


def _all(nodes: list[TreeNode]) -> list[TreeNode]:
    return [each for node in nodes for each in (node, *_all(node.children))]
