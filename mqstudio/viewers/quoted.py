"""A document that was written into a JSON string: `"{\\"id\\": 1}"`, as programs do that encode twice."""

import json

from mqstudio.viewers.base import Hints, UnreadableError, Unwrapped
from mqstudio.viewers.text import decode_utf8


class QuotedString:
    """The characters of a JSON string, as utf-8."""

    title = "JSON string"
    group = "Encoding"
    sense = 20

    def suits(self, body: bytes, hints: Hints, *, is_whole: bool) -> bool:
        """What begins and ends with a quote."""
        text = body.strip(b" \t\r\n")
        return len(text) >= 2 and text[:1] == b'"' and (not is_whole or text[-1:] == b'"')

    def unwrap(self, body: bytes, limit: int, *, is_whole: bool) -> Unwrapped:
        """What the string says."""
        if not is_whole:
            raise UnreadableError("the string's end is not loaded")
        text = decode_utf8(body, is_whole=True)
        try:
            value = json.loads(text) if text is not None and text.lstrip()[:1] == '"' else None
        except ValueError:
            value = None
        if not isinstance(value, str):
            raise UnreadableError("it is not one JSON string")
        data = value.encode("utf-8", "replace")
        return Unwrapped(data[:limit], len(data) <= limit)


UNWRAPPERS = (QuotedString(),)
