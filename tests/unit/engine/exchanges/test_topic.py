"""Topic patterns, as measured on RabbitMQ."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqstudio.engine.exchanges.topic import matches


def split(key: str) -> list[str]:
    return key.split(".") if key else []


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
    assert matches(split(pattern), split(key)) is expected


words = st.lists(st.sampled_from(["a", "b", "*", "#"]), max_size=6)


@given(words, st.lists(st.sampled_from("ab"), max_size=7))
def test_agrees_with_a_regular_expression(pattern: list[str], key: list[str]) -> None:
    parts = {"*": "[^.]+\\.", "#": "([^.]+\\.)*"}
    expression = "".join(parts.get(word, f"{word}\\.") for word in pattern)
    assert matches(pattern, key) == bool(re.fullmatch(expression, "".join(f"{word}." for word in key)))


def test_many_hashes_do_not_explode() -> None:
    assert not matches(["#", "a"] * 100, ["a"] * 99 + ["b"])
