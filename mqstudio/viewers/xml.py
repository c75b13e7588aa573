"""Bodies as XML: text with its tags on lines of their own. It is never parsed: no entity, no DTD, no fetch.

Only white space between two tags that touch is added, and none where a document type, a CDATA section or
`xml:space` says that something else than tags may be meant by a `<`, or that white space counts.
"""

import re
from itertools import islice
from typing import Final

from mqstudio.viewers.base import Hints, UnreadableError, View, is_of_type
from mqstudio.viewers.text import decode_utf8, in_lines

TAGS_MAX: Final = 10_000
"""Tags laid out; the text after them stays as it is."""

DEPTH_SHOWN: Final = 32
DEPTH_MAX: Final = 10_000
"""Indented no further than the one; what is nested deeper than the other is not told apart."""

_TAG: Final = re.compile(r"<(?P<end>/)?[^<>]*?(?P<empty>[/?])?>[ \t\r\n]*")
_KEEPS_SPACE: Final = re.compile(r"<!DOCTYPE|<!ENTITY|<!\[CDATA\[|<!--|xml:space", re.IGNORECASE)


class XmlViewer:
    """Shows XML as text."""

    title = "XML"
    reads_text = True
    rank = 30

    def suits(self, body: bytes, hints: Hints, *, is_whole: bool) -> bool:
        """What begins as a declaration, or is said to be XML and begins with a tag."""
        begin = body[:256].lstrip(b" \t\r\n\xef\xbb\xbf")
        if begin.startswith(b"<?xml"):
            return True
        if not begin.startswith(b"<"):
            return False
        if is_of_type(hints, "application/xml", "text/xml", "+xml"):
            return True
        return is_whole and body.rstrip().endswith(b">") and b"</" in body

    def view(self, body: bytes, *, is_whole: bool) -> View:
        """The text, each tag that follows upon another on its own line where that is safe."""
        text = decode_utf8(body, is_whole=is_whole)
        if text is None or "\0" in text:
            raise UnreadableError("it is not utf-8 text")
        text = text.removeprefix("\ufeff")
        if not text.lstrip().startswith("<"):
            raise UnreadableError("it does not begin with a tag")
        return in_lines(text if _KEEPS_SPACE.search(text) else _laid_out(text))


def _laid_out(text: str) -> str:
    """Tags that touch come apart, but for those in an element that has text of its own before them."""
    pieces: list[str] = []
    has_text = [False]
    at = 0
    was_begin = False
    for place, found in enumerate(islice(_TAG.finditer(text), TAGS_MAX)):
        if found.start() > at:
            pieces.append(text[at : found.start()])
            has_text[-1] = True
        is_end, is_empty = found["end"] is not None, found["empty"] is not None
        is_mixed = has_text.pop() if is_end and len(has_text) > 1 else has_text[-1]
        if place and not is_mixed and not (is_end and was_begin):
            pieces.append("\n" + "  " * min(len(has_text) - 1, DEPTH_SHOWN))
        pieces.append(found[0] if is_mixed else found[0].rstrip())
        was_begin = not (is_end or is_empty)
        if was_begin and len(has_text) <= DEPTH_MAX:
            has_text.append(False)
        at = found.end()
    return "".join(pieces) + text[at:]


VIEWER = XmlViewer()
