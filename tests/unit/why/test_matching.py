"""What rules think of a binding is what the engine does with it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqstudio.model.message import Header
from mqstudio.model.topology import BindingSpec, DestinationKind
from mqstudio.registry import discover
from mqstudio.why.matching import alternate_of, matches, reached
from tests.support.exchanges import Bindings
from tests.support.why_facts import exchange, topology

KINDS = {k.name: k for k in discover("mqstudio.engine.exchanges", "EXCHANGE_KIND").found.values()}
WORDS = st.sampled_from(["a", "b", "eu", "*", "#", ""])
KEYS = st.lists(WORDS, max_size=4).map(".".join)
VALUES = st.sampled_from([1, 1.0, "1", True, False, 0, "", "a", None])
HEADERS = st.dictionaries(st.sampled_from(["a", "b", "x-c"]), VALUES, max_size=3)
MODES = st.sampled_from(["all", "any", "all-with-x", "any-with-x"])


def _engine_matches(kind: str, binding: BindingSpec, key: str, headers: dict[str, Any]) -> bool:
    index = Bindings(KINDS[kind])
    index.add(binding.routing_key, **binding.arguments)
    told = [Header(name, _kind(value), value) for name, value in headers.items()]
    return bool(index.match(key, told))


def _kind(value: object) -> str:
    kinds = {bool: "bool", int: "int64", float: "double", str: "string"}
    return "null" if value is None else kinds[type(value)]


@pytest.mark.parametrize("kind", ["direct", "topic", "fanout"])
@given(pattern=KEYS, key=st.lists(st.sampled_from(["a", "b", "eu"]), max_size=4).map(".".join))
def test_keys_match_as_in_the_engine(kind: str, pattern: str, key: str) -> None:
    """Of each kind that goes by keys."""
    binding = BindingSpec("x", "q", pattern)
    assert matches(kind, binding, key, {}) is _engine_matches(kind, binding, key, {})


@given(mode=MODES, wanted=HEADERS, headers=HEADERS)
def test_headers_match_as_in_the_engine(mode: str, wanted: dict[str, Any], headers: dict[str, Any]) -> None:
    """In all four ways."""
    binding = BindingSpec("x", "q", "", {"x-match": mode, **wanted})
    assert matches("headers", binding, "", headers) is _engine_matches("headers", binding, "", headers)


def test_a_message_comes_to_exchanges_bound_to_its_own_and_to_alternates() -> None:
    """Each once, also where they lead in a circle."""
    first = exchange("first", "fanout")
    first.bindings.append(BindingSpec("first", "second", "", {}, DestinationKind.EXCHANGE))
    second = exchange("second", "direct", **{"alternate-exchange": "first"})
    there = topology(first, second)
    assert [each.spec.name for each in reached(there, "/", "first", "k", {})] == ["first", "second"]
    assert alternate_of(second, there) == "first"
    assert reached(there, "/", "gone", "k", {}) == []
