"""Bodies as text: utf-8, as it is."""

from typing import Final

from mqstudio.viewers.base import View

UTF8_TAIL_BYTES: Final = 3
"""A head may end inside a character: so many bytes of it may be missing their rest."""


def decode_utf8(body: bytes, *, is_whole: bool) -> str | None:
    """The text of a body, or of its head cut anywhere; None if it is not utf-8."""
    for cut in range(1 if is_whole else UTF8_TAIL_BYTES + 1):
        try:
            return body[: len(body) - cut].decode()
        except UnicodeDecodeError:
            continue
    return None


class TextViewer:
    """Shows utf-8 text without NUL characters."""

    title = "Text"
    chain = "utf-8"
    rank = 10

    def accepts(self, body: bytes, *, is_whole: bool) -> bool:
        """Any utf-8 without NUL: text never has one, binary nearly always does."""
        return b"\0" not in body and decode_utf8(body, is_whole=is_whole) is not None

    def view(self, body: bytes, *, is_whole: bool) -> View:
        """The text itself."""
        return View(decode_utf8(body, is_whole=is_whole) or "")


VIEWER = TextViewer()
