"""Patterns find what Python's own engine finds, and never fail on what it cannot finish."""

import re
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from mqstudio.model.patterns import Pattern

ATOMS = st.sampled_from(
    [
        "a",
        "b",
        ".",
        "\\.",
        "[ab]",
        "[^a]",
        "[a-c.]",
        "\\w",
        "\\d",
        "\\S",
        "^",
        "$",
        "\\b",
        "\\B",
        "\\n",
        "\\x62",
    ]
)
REPEATS = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,3}", "{2,}", "*?", "+?"])


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    groups = st.sampled_from(["(%s)", "(?:%s)", "(?=%s)", "(?!%s)", "(?i:%s)"])
    return st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=1, max_size=3).map("|".join),
        st.builds(lambda group, part, times: group % part + times, groups, inner, REPEATS),
    )


PLACES = ("^", "$", "\\b", "\\B")
PARTS = st.builds(lambda atom, times: atom if atom in PLACES else atom + times, ATOMS, REPEATS)
PATTERNS = st.recursive(PARTS, _larger, max_leaves=8).filter(lambda text: len(text) <= 60)
NAMES = st.text("abcABC.1-\n ü_", min_size=1, max_size=14)
"""Not the empty one, where Python's `\\B` is not PCRE's."""


@settings(max_examples=1_500, deadline=None)
@given(PATTERNS, st.lists(NAMES, min_size=1, max_size=4))
def test_they_find_what_the_standard_library_finds(text: str, names: list[str]) -> None:
    expected = re.compile(text)
    pattern = Pattern(text)
    for name in names:
        assert pattern.search(name) == (expected.search(name) is not None), (text, name)


@settings(max_examples=300, deadline=None)
@given(st.text("ab.*+?()[]{}|^$\\1,-:=!<iP", max_size=40), st.text("ab", min_size=200, max_size=255))
def test_any_text_is_refused_or_searches_quickly(text: str, name: str) -> None:
    begin = time.process_time()
    try:
        Pattern(text).search(name)
    except ValueError as problem:
        assert str(problem).endswith(".")
    assert time.process_time() - begin < 0.1
