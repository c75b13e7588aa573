"""One value is replaced; every other character stays."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqstudio.model.filters.paths import MISSING, Steps, follow
from mqstudio.model.patching.splicing import decode, put, remove
from mqstudio.model.patching.tree import PatchError

values = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("text", "steps", "value", "then"),
    [
        ('{ "total" : -12.50, "id": 1e2 }', ("total",), 12.5, '{ "total" : 12.5, "id": 1e2 }'),
        ('{"a":{"b":[1,2]}}', ("a", "b", -1), "x", '{"a":{"b":[1,"x"]}}'),
        ('{"a":1}', ("b",), 2, '{"a":1,"b":2}'),
        ('{"a": 1, "c": 2}', ("b",), 2, '{"a": 1, "c": 2, "b": 2}'),
        ("{}", ("a",), [], '{"a":[]}'),
        (" [1] ", (0,), None, " [null] "),
        ('{"a":1,"a":2}', ("a",), 3, '{"a":1,"a":3}'),
        ("7", (), {"x": 1}, '{"x": 1}'),
        ('{"a":1}', ("a",), "\ud800", '{"a":"\\ud800"}'),
    ],
)
def test_put(text: str, steps: Steps, value: Any, then: str) -> None:
    assert put(text, steps, value) == then


@pytest.mark.parametrize(
    ("text", "steps", "then"),
    [
        ('{"a":1, "b":2}', ("a",), '{"b":2}'),
        ('{"a":1, "b":2}', ("b",), '{"a":1}'),
        ('{"a":1}', ("a",), "{}"),
        ("[1, 2, 3]", (1,), "[1, 3]"),
        ("[1, 2, 3]", (2,), "[1, 2]"),
        ('{"a":1}', ("b",), '{"a":1}'),
    ],
)
def test_remove(text: str, steps: Steps, then: str) -> None:
    assert remove(text, steps) == then


@pytest.mark.parametrize(
    ("text", "steps", "says"),
    [
        ("hello", ("a",), "no JSON"),
        ("NaN", ("a",), "no JSON"),
        ("{} {}", ("a",), "no JSON"),
        ("[" * 100_000, (0,), "no JSON"),
        ('{"a":1}', ("a", "b"), "$.a.b leads nowhere"),
        ('{"a":1}', ("b", "c"), "leads nowhere"),
        ("[1]", (1,), "$[1] leads nowhere"),
        ("[1]", ("a",), "leads nowhere"),
    ],
)
def test_what_cannot_be_put(text: str, steps: Steps, says: str) -> None:
    with pytest.raises(PatchError) as error:
        put(text, steps, 1)
    assert says in error.value.says


@given(values, st.lists(st.text(max_size=2) | st.integers(-2, 2), max_size=3), values, st.booleans())
def test_what_was_put_is_there_and_all_else_is_as_it_was(
    whole: Any, path: list[str | int], value: Any, is_laid_out: bool
) -> None:
    text = json.dumps(whole, indent=2 if is_laid_out else None)
    steps = tuple(path)
    try:
        changed = put(text, steps, value)
    except PatchError:
        return
    assert follow(decode(changed), steps) == value
    was = follow(decode(text), steps)
    again = remove(changed, steps) if was is MISSING else put(changed, steps, was)
    assert decode(again) == whole
