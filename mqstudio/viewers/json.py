"""Bodies as JSON: a tree and pretty text, exact in numbers and repeated names, bounded in depth and size."""

import json
import re
from typing import Any, Final

from mqstudio.viewers.base import TreeNode, View
from mqstudio.viewers.text import decode_utf8

DEPTH_MAX: Final = 64
"""Nesting beyond this is not JSON that people read (and would end a recursive reader)."""

BODY_MAX_BYTES: Final = 4 * 1024 * 1024
"""Longer bodies are shown as text."""

NODES_MAX: Final = 20_000
"""Tree rows made; the rest is only counted."""

STRING_SHOWN: Final = 500
"""Characters of a string in the tree; the text has all of it."""

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")


class _Number(str):
    """A number as written: 1e400, 0.10 and 20 digits stay what they are."""

    __slots__ = ()


class _Object(list[tuple[str, Any]]):
    """Members in order, repeated names included. Any: a JSON value."""

    __slots__ = ()


class JsonViewer:
    """Shows JSON objects and arrays."""

    title = "JSON"
    chain = "utf-8 → JSON"
    rank = 20

    def accepts(self, body: bytes, *, is_whole: bool) -> bool:
        """A whole body that is an object or array, sound and not too deep."""
        if not is_whole or len(body) > BODY_MAX_BYTES or body.lstrip()[:1] not in (b"{", b"["):
            return False
        return _parse(body) is not None

    def view(self, body: bytes, *, is_whole: bool) -> View:
        """The tree, and the text laid out."""
        value = _parse(body)
        budget = [NODES_MAX]
        tree = _children(value, budget)
        note = "" if budget[0] >= 0 else f"the first {NODES_MAX:,} values"
        return View("".join(_pretty(value, 0)), tree, note)


def _parse(body: bytes) -> Any:  # Any: a JSON value, with _Object and _Number in it; None if unsound
    text = decode_utf8(body, is_whole=True)
    if text is None or _depth(text) > DEPTH_MAX:
        return None
    try:
        return json.loads(text, object_pairs_hook=_Object, parse_int=_Number, parse_float=_Number)
    except ValueError:
        return None


def _depth(text: str) -> int:
    """How deep the brackets nest, read without recursion and before anything is built."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _children(value: Any, budget: list[int]) -> list[TreeNode]:  # Any: a JSON value
    if isinstance(value, _Object):
        pairs = list(value)
    elif isinstance(value, list):
        pairs = [(str(place), item) for place, item in enumerate(value)]
    else:
        return []
    nodes = []
    for name, item in pairs:
        budget[0] -= 1
        if budget[0] < 0:
            break
        nodes.append(TreeNode(name, _kind(item), _short(item), _children(item, budget)))
    return nodes


def _kind(value: Any) -> str:  # Any: a JSON value
    if isinstance(value, _Number | float):
        return "number"
    names = {_Object: "object", list: "array", str: "string", bool: "bool", type(None): "null"}
    return names.get(type(value), "number")


def _short(value: Any) -> str:  # Any: a JSON value
    if isinstance(value, _Object):
        return f"{{ {len(value)} }}"
    if isinstance(value, list):
        return f"[ {len(value)} ]"
    text = _scalar(value)
    return text if len(text) <= STRING_SHOWN else f"{text[:STRING_SHOWN]}…"


def _scalar(value: Any) -> str:  # Any: a JSON value
    return str(value) if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)


def _pretty(value: Any, depth: int) -> list[str]:  # Any: a JSON value
    """Text in pieces. Depth is bounded by DEPTH_MAX, so recursion is safe."""
    if isinstance(value, _Object):
        items = [(f"{json.dumps(name, ensure_ascii=False)}: ", item) for name, item in value]
        ends = "{}"
    elif isinstance(value, list):
        items, ends = [("", item) for item in value], "[]"
    else:
        return [_scalar(value)]
    if not items:
        return [ends]
    pieces = [ends[0], "\n"]
    for place, (name, item) in enumerate(items):
        pieces += ["  " * (depth + 1), name, *_pretty(item, depth + 1)]
        pieces.append(",\n" if place < len(items) - 1 else "\n")
    return [*pieces, "  " * depth, ends[1]]


VIEWER = JsonViewer()
