"""Chosen chains are kept, within bounds, and whatever is in the settings."""

import pytest

from mqstudio.model.limits import CHAIN_STEPS_MAX, CHAINS_REMEMBERED
from mqstudio.viewmodel.chains import Chains


def test_the_one_chosen_longest_ago_makes_room() -> None:
    """So many queues at most; choosing again counts as new."""
    chains = Chains()
    for number in range(CHAINS_REMEMBERED):
        chains.choose(("/", str(number)), ("Hex",))
    chains.choose(("/", "0"), ("Text",))
    chains.choose(("/", "new"), ("Hex",))
    assert chains.of(("/", "1")) == ()
    assert chains.of(("/", "0")) == ("Text",)


def test_a_chain_is_bounded() -> None:
    """Its end is what counts: the viewer, and the steps before it."""
    chains = Chains()
    chains.choose(("/", "a"), ("gzip",) * 100 + ("Hex",))
    assert chains.of(("/", "a")) == ("gzip",) * CHAIN_STEPS_MAX + ("Hex",)


def test_kept_as_text() -> None:
    """Names of any kind come back as they were."""
    chains = Chains()
    chains.choose(("v\n", '"<b>'), ("base64", "Hex"))
    again = Chains()
    again.restore(chains.to_text())
    assert again.of(("v\n", '"<b>')) == ("base64", "Hex")
    again.forget(("v\n", '"<b>'))
    assert again.to_text() == "[]"


@pytest.mark.parametrize("text", ["", "x", "{}", "[1]", '[["a"]]', '[["a","b"]]', "[[1,2,3]]"])
def test_what_cannot_be_read_counts_for_nothing(text: str) -> None:
    """Settings may be damaged."""
    chains = Chains()
    chains.restore(text)
    assert chains.to_text() == "[]"
