"""What a plug-in that reads payloads is, one file each: named VIEWER, or UNWRAPPERS where it only unwraps.

Payloads are hostile. Both are plain functions of the bytes: bounded in depth, size and time, they open
nothing, fetch nothing and run nothing that they find. They never fail but with UnreadableError.
"""

from typing import Protocol

from msgspec import Struct


class UnreadableError(ValueError):
    """The bytes are not what a step reads; the text says why, for people."""


class Hints(Struct, frozen=True):
    """What the message says of its body: MIME words in lower case, "" where it says nothing."""

    content_type: str = ""
    content_encoding: str = ""
    charset: str = ""


class TreeNode(Struct, frozen=True):
    """A value inside a body: its name, its kind (string, number, object …), how it reads, what is inside."""

    name: str
    kind: str
    text: str
    children: list["TreeNode"] = []


class Picture(Struct, frozen=True):
    """What the window may draw of the bytes: of this format, so large as their own head says."""

    format: str
    width: int
    height: int


class View(Struct, frozen=True):
    """What to show: text always, a tree where there is one. `note` says what was left out, "" if nothing.

    `has_columns`: the text's lines are a table and must not be wrapped.
    """

    text: str
    tree: list[TreeNode] | None = None
    note: str = ""
    has_columns: bool = False
    picture: Picture | None = None


class Unwrapped(Struct, frozen=True):
    """What was inside the bytes. `is_whole`: all of it, and all of it was well."""

    data: bytes
    is_whole: bool


class Viewer(Protocol):
    """One way to look at a body."""

    @property
    def title(self) -> str:
        """As the chain calls it."""

    @property
    def reads_text(self) -> bool:
        """Whether it reads utf-8, so that the chain says so."""

    @property
    def rank(self) -> int:
        """Of the viewers that a body suits, the highest rank shows it."""

    def suits(self, body: bytes, hints: Hints, *, is_whole: bool) -> bool:
        """Whether a body (or its head) looks as if this viewer were meant; quickly."""

    def view(self, body: bytes, *, is_whole: bool) -> View:
        """Show a body. Raises: UnreadableError."""


class Unwrapper(Protocol):
    """One way in which a body is wrapped: bytes in, the bytes inside out."""

    @property
    def title(self) -> str:
        """As the chain calls it."""

    @property
    def group(self) -> str:
        """What it is a kind of, as menus order them."""

    @property
    def sense(self) -> int:
        """0 if no bytes look so wrapped by chance; else the rank that a viewer inside must have."""

    def suits(self, body: bytes, hints: Hints, *, is_whole: bool) -> bool:
        """Whether a body (or its head) looks so wrapped; quickly."""

    def unwrap(self, body: bytes, limit: int, *, is_whole: bool) -> Unwrapped:
        """What is inside, `limit` bytes of it at most. Raises: UnreadableError."""


def is_of_type(hints: Hints, *words: str) -> bool:
    """Whether the message says that its content is one of these: `application/json`, `+json`."""
    said = hints.content_type
    return any(said.endswith(word) if word.startswith("+") else said == word for word in words)
