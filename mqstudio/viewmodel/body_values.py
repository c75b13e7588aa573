"""Values in a body's tree: where they are, what copying them gives, and which of them have a text."""

from collections.abc import Iterator, Sequence
from json.encoder import encode_basestring

import msgspec

from mqstudio.model.filters.paths import write_path
from mqstudio.viewers.base import TreeNode

Places = tuple[int, ...]
"""Where a value is: its place at each level."""

MATCHES_MAX = 1_000
"""Values found by a text; more are not looked for."""

_ENDS = {"object": ("{", "}"), "map": ("{", "}"), "array": ("[", "]")}


def path_text(root_kind: str, above: Sequence[TreeNode], node: TreeNode) -> str:
    """The path of a value as filters write it: `body.lines[0].sku`."""
    kinds = [root_kind, *(each.kind for each in above)]
    names = [*(each.name for each in above), node.name]
    steps = tuple(
        int(name) if kind == "array" and name.isdecimal() else name
        for kind, name in zip(kinds, names, strict=True)
    )
    return f"body{write_path(steps)}"


def value_text(node: TreeNode) -> str:
    """A value as it is copied: a string's characters, anything else as the laid-out text has it."""
    if node.kind == "string":
        try:
            return msgspec.json.decode(node.text, type=str)
        except msgspec.DecodeError:  # with half a character in it
            return node.text[1:-1]
    return "".join(_pieces(node, 0))


def _pieces(node: TreeNode, depth: int) -> Iterator[str]:
    """The text in pieces; no tree is deeper than viewers make it."""
    if node.kind not in _ENDS or not node.children:
        yield "".join(_ENDS.get(node.kind, (node.text,)))
        return
    begin, end = _ENDS[node.kind]
    yield begin
    for place, child in enumerate(node.children):
        name = "" if node.kind == "array" else f"{encode_basestring(child.name)}: "
        yield f"{',' if place else ''}\n{'  ' * (depth + 1)}{name}"
        yield from _pieces(child, depth + 1)
    yield f"\n{'  ' * depth}{end}"


def find_values(nodes: Sequence[TreeNode], text: str) -> list[Places]:
    """Where names or values have this text, whatever its case; from the top down."""
    wanted = text.casefold()
    found: list[Places] = []
    waiting: list[tuple[Places, TreeNode]] = [((i,), n) for i, n in reversed(list(enumerate(nodes)))]
    while wanted and waiting and len(found) < MATCHES_MAX:
        places, node = waiting.pop()
        is_leaf = not node.children
        if wanted in node.name.casefold() or (is_leaf and wanted in node.text.casefold()):
            found.append(places)
        waiting.extend(((*places, i), child) for i, child in reversed(list(enumerate(node.children))))
    return found
