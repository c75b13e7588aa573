"""Which pages were open, as a text to keep: they are opened again once what they show is there."""

import msgspec
from msgspec import Struct

from mqstudio.viewmodel.structure import Structure

PAGES_MAX = 50
"""Pages that are remembered; who has more open does not want them all again."""

KEPT_MAX_CHARACTERS = 65_536

Key = tuple[str, str, str]
"""queue or exchange, virtual host, name."""


class OpenPages(Struct, frozen=True):
    """Pages from left to right, and the one in front; None is the first page of the window.

    pairs: those that are side by side, the left one first.
    """

    pages: list[Key] = []
    front: Key | None = None
    pairs: list[tuple[Key, Key]] = []

    def to_text(self) -> str:
        """As it is kept."""
        kept = OpenPages(self.pages[:PAGES_MAX], self.front, self.pairs[:PAGES_MAX])
        return msgspec.json.encode(kept).decode()

    def there(self, structure: Structure) -> "OpenPages":
        """Those whose queue or exchange is there still."""
        pages = [key for key in self.pages[:PAGES_MAX] if _is_there(key, structure)]
        pairs = [pair for pair in self.pairs[:PAGES_MAX] if set(pair) <= set(pages) and len(set(pair)) == 2]
        return OpenPages(pages, self.front if self.front in pages else None, pairs)


def kept_pages(text: str) -> OpenPages:
    """What was kept; none of what is no such text."""
    try:
        return msgspec.json.decode(text[:KEPT_MAX_CHARACTERS], type=OpenPages)
    except (msgspec.MsgspecError, UnicodeError):
        return OpenPages()


def _is_there(key: Key, structure: Structure) -> bool:
    kind, vhost, name = key
    if kind == "queue":
        return structure.queue(vhost, name) is not None
    return kind == "exchange" and structure.exchange(vhost, name) is not None
