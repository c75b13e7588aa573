"""Why bindings do not match: what is said is right, and said exactly where the exchange says no."""

import itertools
from typing import Any

import pytest

from mqstudio.engine.exchanges import direct, headers, topic
from mqstudio.engine.vhost import Binding
from mqstudio.model.message import Header, Properties
from mqstudio.model.mismatch import why_not
from mqstudio.model.topology import BindingSpec, ExchangeSpec

KINDS: dict[str, Any] = {
    "direct": direct.EXCHANGE_KIND,
    "topic": topic.EXCHANGE_KIND,
    "headers": headers.EXCHANGE_KIND,
}


def matches(kind: str, spec: BindingSpec, key: str, told: list[Header]) -> bool:
    index = KINDS[kind].new_index(ExchangeSpec("x", kind), None)  # none of these asks its surroundings
    index.add(Binding(None, None, spec))  # type: ignore[arg-type]  # nor follows it
    return any(True for _ in index.match(key, lambda: Properties(headers=told)))


def test_it_finds_fault_exactly_where_a_topic_exchange_does() -> None:
    words = ("a", "A", "*", "#", "")
    patterns = [".".join(each) for size in range(4) for each in itertools.product(words, repeat=size)]
    keys = [".".join(each) for size in range(4) for each in itertools.product(("a", "b", ""), repeat=size)]
    for pattern, key in itertools.product(patterns, keys):
        spec = BindingSpec("x", "q", pattern)
        assert (why_not("topic", spec, key, {}) == "") is matches("topic", spec, key, []), (pattern, key)


VALUES = [None, True, False, 1, 0, 1.0, "1", "a", "A", b"a", [1], {"a": 1}]


@pytest.mark.parametrize("mode", ["all", "any", "all-with-x", "any-with-x"])
def test_it_finds_fault_exactly_where_a_headers_exchange_does(mode: str) -> None:
    for one, other, value in itertools.product(VALUES, VALUES, VALUES):
        spec = BindingSpec("x", "q", "", {"x-match": mode, "h": one, "x-g": other})
        told = [Header("h", "any", value), Header("x-g", "any", "a")]
        plain = {"h": value, "x-g": "a"}
        if isinstance(value, dict | list):
            continue  # nested headers are compared as the engine reads them
        assert (why_not("headers", spec, "", plain) == "") is matches("headers", spec, "", told), (
            spec,
            value,
        )


@pytest.mark.parametrize(
    ("kind", "wanted", "key", "says"),
    [
        ("direct", "us.new", "eu.new", 'key "eu.new" is not "us.new"'),
        ("direct", "Orders", "orders ", 'key "orders " is not "Orders": they differ in capitals and in'),
        ("topic", "us.*", "eu.new", 'key "eu.new" does not match "us.*": word 1 is "eu", not "us"'),
        ("topic", "eu.*", "eu.new.x", "it has 3 words, and 2 words are wanted"),
        ("topic", "eu.*", "eu", "it has 1 word, and 2 words are wanted"),
        ("topic", "EU.#", "eu.new", "it would but for capitals or white space"),
        ("topic", "a.#.z", "a.b", 'what follows "#" is not there'),
        ("fanout", "x", "y", ""),
        ("x-random", "x", "y", "the exchange chose another of its bindings"),
    ],
)  # fmt: skip
def test_it_says_what_does_not_fit(kind: str, wanted: str, key: str, says: str) -> None:
    told = why_not(kind, BindingSpec("x", "q", wanted), key, {})
    assert says in told if says else not told


@pytest.mark.parametrize(
    ("arguments", "told", "says"),
    [
        ({"region": "eu"}, {}, 'header "region" is missing'),
        ({"region": "eu"}, {"Region": "eu"}, 'header "region" is missing (there is "Region")'),
        ({"region": "eu"}, {"region": "us"}, 'header "region" is "us", not "eu"'),
        ({"n": 5}, {"n": "5"}, 'header "n" is the text "5", not the number 5'),
        ({"n": True}, {"n": 1}, 'header "n" is the number 1, not the truth value True'),
        ({"x-match": "any", "a": 1, "b": 2}, {}, "none of its headers is there"),
        ({"x-match": "any"}, {}, "it asks for any of no headers"),
    ],
)
def test_it_says_which_header_does_not_fit(
    arguments: dict[str, Any], told: dict[str, Any], says: str
) -> None:
    assert says in why_not("headers", BindingSpec("x", "q", "", arguments), "", told)
