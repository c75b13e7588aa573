"""What a payload viewer is: bytes in, text or a tree out; one file each, named VIEWER there.

Payloads are hostile. A viewer is a plain function of the bytes: bounded in depth and size, it
opens nothing, fetches nothing and runs nothing that it finds.
"""

from typing import Protocol

from msgspec import Struct


class TreeNode(Struct, frozen=True):
    """A value inside a body: its name, its kind (string, number, object …), how it reads, what is inside."""

    name: str
    kind: str
    text: str
    children: list["TreeNode"] = []


class View(Struct, frozen=True):
    """What to show: text always, a tree where there is one. `note` says what was left out, "" if nothing.

    `has_columns`: the text's lines are a table and must not be wrapped.
    """

    text: str
    tree: list[TreeNode] | None = None
    note: str = ""
    has_columns: bool = False


class Viewer(Protocol):
    """One way to look at a body."""

    @property
    def title(self) -> str:
        """As the switch above the body calls it."""

    @property
    def chain(self) -> str:
        """How the bytes are read, step by step: `utf-8 → JSON`."""

    @property
    def rank(self) -> int:
        """Of the viewers that accept a body, the highest rank shows it."""

    def accepts(self, body: bytes, *, is_whole: bool) -> bool:
        """Whether this viewer has something to say about the body (or its head)."""

    def view(self, body: bytes, *, is_whole: bool) -> View:
        """Show an accepted body."""
