"""What a filter is asked about: a message, and where it stands. It is decoded when first asked for."""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec import Struct

from mqstudio.model import limits
from mqstudio.model.filters.paths import MISSING, Steps, follow
from mqstudio.model.message import Message, Properties, plain_headers
from mqstudio.model.rows import MessageRow, MessageState

ReadProperties = Callable[[Message], Properties]
"""Reads a message's properties, whatever protocol it came by; none where they cannot be read."""

FindHeader = Callable[[Message, bytes], Any]
"""Finds one header's value by its name in UTF-8, likewise, and quicker; MISSING where there is none.
Any: what headers hold."""

Namer = Callable[[int], str]
"""Connection id → what the connection is called."""


class Waits(Struct, frozen=True):
    """The standing of all that is ready, and was handed over so often."""

    queue: str
    delivery_count: int = 0
    is_redelivered: bool = False
    state: MessageState = MessageState.READY
    holder: str = ""
    delivered_at_us: int | None = None
    ended_at_us: int | None = None
    ended_because: str = ""


Standing = MessageRow | Waits
"""Where a message stands in a queue, and what it went through there."""

NOWHERE: Final = Waits("")
"""For filters that ask about messages alone."""

_fields_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode = msgspec.json.decode
_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def _nameless(_: int) -> str:
    return ""


def _silent(_: Message) -> Properties:
    return Properties()


class Subject:
    """A message under a filter. One serves for many, one after another: `take` the next.

    now_us: the time that ages are reckoned from. answers: what was found out elsewhere, by number.
    """

    __slots__ = (
        "_document", "_fields", "_find_header", "_headers", "_name_of", "_properties", "_read_properties",
        "answers", "body_size", "message", "now_us", "standing",
    )  # fmt: skip

    message: Message
    standing: Standing
    body_size: int
    answers: int
    _properties: Properties | None
    _headers: dict[str, Any] | None  # Any: what headers hold
    _fields: dict[str, msgspec.Raw] | bool | None
    _document: Any  # JSON

    def __init__(
        self,
        now_us: int = 0,
        read_properties: ReadProperties = _silent,
        name_of: Namer = _nameless,
        *,
        find_header: FindHeader | None = None,
    ) -> None:
        self.now_us = now_us
        self._find_header = find_header
        self._read_properties = read_properties
        self._name_of = name_of

    def take(
        self,
        message: Message,
        standing: Standing = NOWHERE,
        body_size: int | None = None,
        answers: int = 0,
    ) -> "Subject":
        """Turn to a message. body_size: of the whole body, where the message has its beginning only."""
        self.message = message
        self.standing = standing
        self.body_size = len(message.body) if body_size is None else body_size
        self.answers = answers
        self._properties = self._headers = self._fields = None
        self._document = MISSING
        return self

    @property
    def publisher(self) -> str:
        """Who published it."""
        return self._name_of(self.message.publisher_id)

    @property
    def properties(self) -> Properties:
        """What it says of itself."""
        found = self._properties
        if found is None:
            found = self._properties = self._read_properties(self.message)
        return found

    @property
    def headers(self) -> dict[str, Any]:  # Any: what headers hold
        """Its headers as plain values."""
        found = self._headers
        if found is None:
            found = self._headers = plain_headers(self.properties.headers)
        return found

    def header(self, name: str, raw: bytes) -> Any:  # Any: what headers hold
        """One header's value; MISSING if there is none. raw: its name in UTF-8."""
        if self._headers is None and self._find_header is not None:
            return self._find_header(self.message, raw)
        return self.headers.get(name, MISSING)

    def in_body(self, path: Steps) -> Any:  # Any: JSON
        """What a path leads to in a body of JSON; MISSING if nowhere, or if it is none.

        Of a table, only what the path's first step names is decoded: three times as fast.
        """
        fields = self._fields
        if fields is None:
            fields = self._fields = self._read_fields()
        if fields is False:
            return MISSING
        if fields is True:
            return follow(self._document, path)
        raw = fields.get(path[0], None) if isinstance(fields, dict) else None  # type: ignore[arg-type]  # a number is none
        if raw is None:
            return MISSING
        try:
            value = _decode(raw)
        except _NOT_JSON:
            return MISSING
        return follow(value, path[1:]) if len(path) > 1 else value

    def _read_fields(self) -> dict[str, msgspec.Raw] | bool:
        """A table's fields undecoded; True: the document is something else; False: it is not JSON."""
        body = self.message.body
        if len(body) > limits.FILTER_JSON_BYTES:
            return False
        try:
            return _fields_of(body)
        except msgspec.ValidationError:
            pass
        except _NOT_JSON:
            return False
        try:
            self._document = _decode(body)
        except _NOT_JSON:
            return False
        return True
