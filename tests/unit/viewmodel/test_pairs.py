"""Arguments as lines of text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqstudio.viewmodel.pairs import LINES_MAX, read_pairs, write_pairs


def test_values_are_what_they_look_like() -> None:
    """JSON where it reads as JSON, text otherwise; blank lines do not count."""
    text = 'a = 3\nb = true\n\nc = null\nd = "3"\ne = some words\nf = x = y\ng = [1, 2]\nh ='
    found = {"a": 3, "b": True, "c": None, "d": "3", "e": "some words", "f": "x = y", "g": [1, 2], "h": ""}
    assert read_pairs(text) == (found, "")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a = 1\nnonsense", "Line 2 is not of the form name = value."),
        ("= 1", "Line 1 is not of the form name = value."),
        ("a = 1\na = 2", "Line 2 gives 'a' again; once is enough."),
        ("x = 1\n" * (LINES_MAX + 1), f"There are {LINES_MAX + 1} lines; {LINES_MAX} is the most."),
    ],
)
def test_what_cannot_be_read_is_said(text: str, says: str) -> None:
    """With the line it is in."""
    assert read_pairs(text) == ({}, says)


names = st.from_regex(r"[a-z][a-z-]{0,10}", fullmatch=True)
values = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.integers()))


@given(st.dictionaries(names, values))
def test_what_is_written_can_be_read(arguments: dict[str, Any]) -> None:
    """Any value comes back as it was."""
    assert read_pairs(write_pairs(arguments)) == (arguments, "")
