"""Values in a body's tree are copied as people use them, and found."""

import json

import pytest

from mqstudio.model.filters.paths import read_path
from mqstudio.viewers.base import TreeNode
from mqstudio.viewers.json import VIEWER as JSON
from mqstudio.viewmodel.body_values import find_values, path_text, value_text

DOCUMENT = {"id": 8812, "lines": [{"sku": "tea", "unit price": 4.5}, []], "say": 'a "b"\n', "1": {}}


def tree(value: object = DOCUMENT) -> list[TreeNode]:
    return JSON.view(json.dumps(value).encode(), is_whole=True).tree or []


@pytest.mark.parametrize(
    ("places", "path"),
    [
        ((0,), "body.id"),
        ((1, 0), "body.lines[0]"),
        ((1, 0, 1), 'body.lines[0]["unit price"]'),
        ((3,), 'body["1"]'),
    ],
)
def test_paths_are_those_of_filters(places: tuple[int, ...], path: str) -> None:
    """A copied path can be pasted into the filter line."""
    nodes, above = tree(), []
    for place in places[:-1]:
        above.append(nodes[place])
        nodes = nodes[place].children
    assert path_text("object", above, nodes[places[-1]]) == path
    assert read_path(path, len("body"))


def test_paths_begin_with_a_place_in_an_array() -> None:
    """The outermost value may be one."""
    assert path_text("array", [], tree([1, 2])[1]) == "body[1]"


def test_values_are_copied_as_they_are_meant() -> None:
    """A text without quotes and escapes, the rest as JSON."""
    nodes = tree()
    assert value_text(nodes[0]) == "8812"
    assert value_text(nodes[2]) == 'a "b"\n'
    assert json.loads(value_text(nodes[1])) == DOCUMENT["lines"]
    assert value_text(nodes[3]) == "{}"


def test_found_by_name_and_value_from_the_top_down() -> None:
    """Whatever the case; a container's own text, its count, is not looked in."""
    assert find_values(tree(), "TEA") == [(1, 0, 0)]
    assert find_values(tree(), "i") == [(0,), (1,), (1, 0, 1)]
    assert find_values(tree(), "2 ]") == []
    assert find_values(tree(), "") == []
