"""A tree and laid-out text from values as a reader comes upon them, up to so many of them.

Reading stops where the outline is full, so that the time a body takes does not grow with it.
"""

from typing import Final

from mqstudio.viewers.base import TreeNode, UnreadableError, View

VALUES_MAX: Final = 10_000
"""Values shown of one body; about 15 ms of reading."""

DEPTH_MAX: Final = 64
"""Nesting beyond this is nothing that people read."""

_ENDS: Final = {
    "object": ("{", "}"), "map": ("{", "}"), "array": ("[", "]"), "tag": ("(", ")"), "pieces": ("(", ")"),
}  # fmt: skip

_OUTERMOST: Final = ("object", "map", "array")

_Open = tuple[str, str, list[TreeNode], str]
"""A container that is being read: its name, its kind, what is in it so far, how it begins."""


class Outline:
    """Collects values. A name of None: an item of an array, which is called by its place.

    is_full: no more is wanted. depth: how many containers are open.
    """

    def __init__(self) -> None:
        self.is_full = False
        self.depth = 0
        self._left = VALUES_MAX
        self._tree: list[TreeNode] = []
        self._into = self._tree
        self._open: list[_Open] = []
        self._pieces: list[str] = []

    def add(self, name: str | None, written: str, kind: str, text: str) -> None:
        """A value without others inside. `written`: what stands before it in the text."""
        self._begin(written)
        self._pieces.append(text)
        into = self._into
        if name is None:
            name = str(len(into))
        into.append(TreeNode(name, kind, text))

    def open(self, name: str | None, written: str, kind: str, title: str = "") -> None:
        """A value with others inside begins. Raises: UnreadableError if it is too deep."""
        if self.depth >= DEPTH_MAX:
            raise UnreadableError(f"it is nested deeper than {DEPTH_MAX}")
        self._begin(written)
        self._pieces.append(title + _ENDS[kind][0])
        self._open.append((str(len(self._into)) if name is None else name, kind, self._into, title))
        self._into = []
        self.depth += 1

    def close(self) -> None:
        """The value that was opened last ends."""
        self.depth -= 1
        name, kind, outer, title = self._open.pop()
        begin, end = _ENDS[kind]
        inside, self._into = self._into, outer
        self._pieces.append(f"\n{'  ' * self.depth}{end}" if inside else end)
        self._into.append(TreeNode(name, kind, f"{title}{begin} {len(inside)} {end}", inside))

    def finish(self, note: str = "") -> View:
        """What was collected; what is still open ends here."""
        while self.depth:
            self.close()
        if self.is_full:
            note = f"the first {VALUES_MAX:,} values"
        tree = self._tree
        if tree and tree[0].kind in _OUTERMOST:  # its members are the tree: one click less
            tree = tree[0].children
        return View("".join(self._pieces), tree, note)

    @property
    def has_members(self) -> bool:
        """Whether anything is in the innermost open value so far."""
        return bool(self._into)

    def _begin(self, written: str) -> None:
        self._left -= 1
        self.is_full = self._left <= 0
        if self.depth:
            comma = ",\n" if self._into else "\n"
            self._pieces.append(f"{comma}{'  ' * self.depth}{written}")
