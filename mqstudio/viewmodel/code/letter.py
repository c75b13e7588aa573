"""What a program needs to publish a message again, and how its texts are written into a source."""

import base64
import json
from collections.abc import Callable, Iterator
from urllib.parse import quote

from msgspec import Struct

from mqstudio.model.message import Header, Properties

PART_CHARACTERS = 16_000
"""Longer literals are put together of parts: some compilers take no more than 65,535 bytes in one."""

_ASCII_FIRST, _ASCII_LAST = 0x20, 0x7E
_BMP_END = 0x10000


class Letter(Struct, frozen=True):
    """A message, and the broker that it is to be published to."""

    exchange: str
    routing_key: str
    body: bytes
    properties: Properties
    host: str = "localhost"
    port: int = 5672
    vhost: str = "/"

    @property
    def url(self) -> str:
        """The broker as clients take it."""
        return f"amqp://guest:guest@{self.host}:{self.port}/{quote(self.vhost, safe='')}"

    def body_text(self) -> str | None:
        """The body as text, if it is any; None for what no editor should be made to show."""
        try:
            text = self.body.decode()
        except UnicodeDecodeError:
            return None
        return text if all(each >= " " or each in "\n\r\t" for each in text) else None

    def body_base64(self) -> str:
        """The body, whatever it is, in letters."""
        return base64.b64encode(self.body).decode()


def quoted(text: str, *, short: dict[str, str], wide: Callable[[str], str] | None = None) -> str:
    r"""A text in double quotes: plain ASCII stays, `short` has what is written shortly, all else is \uXXXX.

    wide: how what takes more than 16 bits is written; without it as two halves, as UTF-16 has them.
    """
    return f'"{"".join(_escaped(each, short, wide) for each in text)}"'


def _escaped(each: str, short: dict[str, str], wide: Callable[[str], str] | None) -> str:
    if each in short:
        return short[each]
    code = ord(each)
    if _ASCII_FIRST <= code <= _ASCII_LAST:
        return each
    if code < _BMP_END:
        return f"\\u{code:04x}"
    if wide is not None:
        return wide(each)
    high, low = divmod(code - _BMP_END, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
"""What most languages write shortly."""


def parts(text: str) -> Iterator[str]:
    """A text in parts that every compiler takes."""
    for start in range(0, max(len(text), 1), PART_CHARACTERS):
        yield text[start : start + PART_CHARACTERS]


def properties_of(letter: Letter) -> Iterator[tuple[str, str | int]]:
    """The properties that are set, without headers, in the order of the protocol."""
    for name in Properties.__struct_fields__:
        value = getattr(letter.properties, name)
        if name != "headers" and value is not None:
            yield name, value


def comment(text: str) -> str:
    """A foreign name within a comment: nothing in it ends the line."""
    return json.dumps(text)


def decimal_parts(header: Header) -> tuple[int, int]:
    """A decimal as places and digits: 12.50 is 2 and 1250."""
    whole, _, rest = str(header.value).partition(".")
    return len(rest), int(whole + rest)
