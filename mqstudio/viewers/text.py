"""Bodies as text: utf-8, as it is."""

import re
from typing import Final

from mqstudio.viewers.base import Hints, UnreadableError, View

UTF8_TAIL_BYTES: Final = 3
"""A head may end inside a character: so many bytes of it may be missing their rest."""

LINE_MAX: Final = 10_000
"""A longer line is shown in parts: laying out one of 256 K characters holds up the window."""

LOOKED_AT: Final = 1024
CONTROLS_MAX: Final = 8
"""What looks like text has so few control characters in so many bytes: colours of a terminal, say."""

_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_LONG_LINE: Final = re.compile(rf"[^\n]{{{LINE_MAX}}}(?=[^\n])")


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
    reads_text = True
    rank = 10

    def suits(self, body: bytes, hints: Hints, *, is_whole: bool) -> bool:
        """What has next to no control characters: text never has NUL, binary nearly always does."""
        return b"\0" not in body and len(_CONTROLS.findall(body, 0, LOOKED_AT)) <= CONTROLS_MAX

    def view(self, body: bytes, *, is_whole: bool) -> View:
        """The text itself; over-long lines in parts."""
        text = decode_utf8(body, is_whole=is_whole)
        if text is None:
            raise UnreadableError("it is not utf-8; another character set can be chosen")
        if "\0" in text:
            raise UnreadableError("it has NUL characters, as no text has")
        return in_lines(text)


def in_lines(text: str) -> View:
    """Text with its over-long lines broken, which is said."""
    shown = _LONG_LINE.sub(r"\g<0>" + "\n", text)
    return View(shown, note="long lines in parts" if shown != text else "")


VIEWER = TextViewer()
