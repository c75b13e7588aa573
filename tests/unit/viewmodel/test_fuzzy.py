"""How a few typed letters fit a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqstudio.viewmodel.fuzzy import (
    INSIDE,
    SLIP,
    SPREAD,
    START,
    WHOLE,
    WORD,
    WORD_START,
    differ_by_one,
    is_spread,
    score_word,
)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("purge queue", WHOLE),
        ("pur", START),
        ("queue", WORD),
        ("que", WORD_START),
        ("rge", INSIDE),
        ("pq", SPREAD),
        ("queeu", SLIP),
        ("qeue", SLIP),
        ("purgee", SLIP),
        ("x", 0),
        ("zebra", 0),
    ],
)
def test_better_fits_score_higher(typed: str, expected: int) -> None:
    """A whole text, its start, a word, a word's start, its inside, its initials, a slip; and nothing."""
    assert score_word(typed, "purge queue", ["purge", "queue"]) == expected


def test_the_order_of_fits() -> None:
    """What people mean most likely comes first."""
    assert WHOLE > START > WORD > WORD_START > INSIDE > SPREAD > SLIP > 0


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        ("purge", "purge", True),
        ("purge", "prge", True),
        ("purge", "purrge", True),
        ("purge", "purhe", True),
        ("purge", "prugex", True),
        ("purge", "merge", False),
        ("purge", "ab", False),
    ],
)
def test_a_slip_is_one_letter(one: str, other: str, is_one: bool) -> None:
    """One too many, too few, wrong, or two that changed places; the rest of a word is not typed yet."""
    assert differ_by_one(one, other) is is_one


def test_spread_letters_begin_at_a_word() -> None:
    """Else everything long would fit."""
    assert is_spread("sm", "send a test message")
    assert not is_spread("dm", "send a test message")


@given(st.text("abcdefgh ", min_size=1, max_size=30).map(str.strip).filter(bool))
def test_a_text_fits_itself_best(text: str) -> None:
    """Nothing scores higher than the text itself, nor less than nothing."""
    words = text.split()
    assert score_word(text, text, words) == WHOLE
    assert 0 <= score_word(text[:3], text, words) <= WHOLE
