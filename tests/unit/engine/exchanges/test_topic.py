"""Topic patterns, as measured on RabbitMQ."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mqstudio.engine.exchanges.topic import EXCHANGE_KIND
from tests.support.exchanges import Bindings


def matches(pattern: str, key: str) -> bool:
    bindings = Bindings(EXCHANGE_KIND)
    bindings.add(pattern)
    return bool(bindings.match(key))


@pytest.mark.parametrize(
    ("pattern", "key", "expected"),
    [
        ("a.b", "a.b", True),
        ("a.b", "a.B", False),
        ("a.*", "a.b", True),
        ("a.*", "a", False),
        ("a.*", "a.b.c", False),
        ("#", "", True),
        ("*", "", False),
        ("", "", True),
        ("a.#", "a", True),
        ("a.#.c", "a.c", True),
        ("a.#.c", "a.b.b.c", True),
        ("a.#.c", "a..c", True),
        ("a.*.#", "a..c", True),
        ("#.b.#.b", "b.x.b.b", True),
        ("#.#", "", True),
    ],
)
def test_patterns(pattern: str, key: str, expected: bool) -> None:
    assert matches(pattern, key) is expected


words = st.lists(st.sampled_from(["a", "b", "*", "#"]), max_size=6)


@settings(deadline=None)
@given(words, st.lists(st.sampled_from("ab"), max_size=7))
def test_agrees_with_a_regular_expression(pattern: list[str], key: list[str]) -> None:
    parts = {"*": "[^.]+\\.", "#": "([^.]+\\.)*"}
    expression = "".join(parts.get(word, f"{word}\\.") for word in pattern)
    assert matches(".".join(pattern), ".".join(key)) == bool(
        re.fullmatch(expression, "".join(f"{word}." for word in key))
    )


def test_many_hashes_do_not_explode() -> None:
    assert not matches(".".join(["#", "a"] * 60), ".".join(["a"] * 99 + ["b"]))


patterns = st.lists(words.map(".".join), min_size=1, max_size=12)


@settings(deadline=None)
@given(patterns, st.data())
def test_what_is_removed_matches_no_more_and_the_rest_still_does(
    some: list[str], data: st.DataObject
) -> None:
    """Removing a binding leaves an index that answers as if it had never been there."""
    gone = data.draw(st.sets(st.integers(0, len(some) - 1)))
    key = ".".join(data.draw(st.lists(st.sampled_from("ab"), max_size=4)))
    bindings, rest = Bindings(EXCHANGE_KIND), Bindings(EXCHANGE_KIND)
    added = [bindings.add(pattern, f"q{number}") for number, pattern in enumerate(some)]
    for number, pattern in enumerate(some):
        if number in gone:
            bindings.remove(added[number])
        else:
            rest.add(pattern, f"q{number}")
    assert bindings.match(key) == rest.match(key)


@settings(deadline=None)
@given(patterns, st.lists(st.sampled_from(["a", "b", "*", "#", ""]), max_size=5))
def test_many_patterns_agree_with_a_naive_matcher(some: list[str], words: list[str]) -> None:
    """Words of keys that look like wildcards are words like any other."""
    key = ".".join(words)
    bindings = Bindings(EXCHANGE_KIND)
    for number, pattern in enumerate(some):
        bindings.add(pattern, f"q{number}")
    split = key.split(".") if key else []
    expected = {
        f"q{n}" for n, pattern in enumerate(some) if naive(pattern.split(".") if pattern else [], split)
    }
    assert bindings.match(key) == expected


def naive(pattern: list[str], key: list[str]) -> bool:
    if not pattern:
        return not key
    if pattern[0] == "#":
        return any(naive(pattern[1:], key[skipped:]) for skipped in range(len(key) + 1))
    return bool(key) and pattern[0] in ("*", key[0]) and naive(pattern[1:], key[1:])


def test_each_binding_comes_once_by_however_many_ways() -> None:
    bindings = Bindings(EXCHANGE_KIND)
    bindings.add("#.a.#")
    assert len(list(bindings.index.match("a.a.a", lambda: pytest.fail("keys decide")))) == 1
