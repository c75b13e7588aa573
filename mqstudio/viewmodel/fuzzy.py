"""How well a few typed letters fit a text: whole words first, then beginnings, middles, initials, a slip.

Everything is compared without case. A score is 0 if a text does not fit; that of several words is their sum,
and all of them must fit.
"""

from collections.abc import Iterable

WHOLE, START, WORD, WORD_START, INSIDE, SPREAD, SLIP = 120, 100, 95, 85, 55, 25, 20
"""A text is what was typed, starts with it, has it as a word, has a word that starts with it, has it inside,
has its letters in this order, or has a word that differs by one letter."""

SPREAD_LEAST, SLIP_LEAST = 2, 4
"""Fewer letters fit nearly everything."""


def score_word(typed: str, text: str, words: Iterable[str]) -> int:
    """How well one typed word fits a text (lower case) and its words."""
    if typed == text:
        return WHOLE
    if text.startswith(typed):
        return START
    words = list(words)
    if typed in words:
        return WORD
    if any(word.startswith(typed) for word in words):
        return WORD_START
    if typed in text:
        return INSIDE
    if len(typed) >= SLIP_LEAST and any(differ_by_one(typed, word[: len(typed) + 1]) for word in words):
        return SLIP
    if len(typed) >= SPREAD_LEAST and is_spread(typed, text):
        return SPREAD
    return 0


def is_spread(typed: str, text: str) -> bool:
    """Whether a text has the letters in their order, the first at the beginning of a word.

    Letters that may begin anywhere fit everything that is long.
    """
    starts = (
        i for i, letter in enumerate(text) if letter == typed[0] and (not i or not text[i - 1].isalnum())
    )
    return any(_follow(typed, text[start:]) for start in starts)


def _follow(typed: str, text: str) -> bool:
    letters = iter(text)
    return all(letter in letters for letter in typed)


def differ_by_one(typed: str, word: str) -> bool:
    """Whether one letter too many, too few, another one or two that changed places part two words."""
    for cut in {word, word[: len(typed)], word[: len(typed) - 1]}:
        if abs(len(cut) - len(typed)) <= 1 and _is_one_edit(typed, cut):
            return True
    return False


def _is_one_edit(one: str, other: str) -> bool:
    if len(one) > len(other):
        one, other = other, one
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return one[at:] == other[at + 1 :]
    swapped = one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]
    return swapped or one[at + 1 :] == other[at + 1 :]
