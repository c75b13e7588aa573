"""The table of conversations: each has a name, a section of the behaviour list, and a function."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from tests.differential.talk import Talk

Conversation = Callable[[Talk], None]

CONVERSATIONS: dict[str, Conversation] = {}

SLOW: dict[str, None] = {}
"""Those that wait for seconds and touch nothing: they may be held beside others."""


def slow(function: Callable[..., None]) -> Callable[..., None]:
    """Mark a conversation as one of these."""
    function.is_slow = True  # type: ignore[attr-defined]  # functions take attributes
    return function


class Section:
    """Conversations on one subject; the names in the table begin with it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, function: Conversation) -> Conversation:
        """Enter a conversation, by its function's name."""
        self.add(function.__name__.replace("_", " "), function)
        return function

    def add(self, name: str, function: Conversation) -> None:
        """Enter a conversation under a name of its own."""
        name = f"{self.name}: {name}"
        assert name not in CONVERSATIONS, name
        CONVERSATIONS[name] = function
        if hasattr(function, "is_slow"):
            SLOW[name] = None

    def cases(self, *cases: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
        """Enter one conversation for each case: a name and what its function is given besides the talk."""

        def enter(function: Callable[..., None]) -> Callable[..., None]:
            for name, *given in cases:
                what = function.__name__.replace("_", " ")
                self.add(f"{what} [{name}]", _given(function, given))
            return function

        return enter


def _given(function: Callable[..., None], given: list[Any]) -> Conversation:
    @wraps(function)
    def hold(talk: Talk) -> None:
        function(talk, *given)

    return hold
