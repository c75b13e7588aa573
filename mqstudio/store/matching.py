"""Whether a message is one that is searched for: by what it says of itself, and what is in its body."""

import time
from collections.abc import Callable
from typing import Any, Final

import msgspec

from mqstudio.model.filters.splitting import Sieve
from mqstudio.model.filters.subject import Subject
from mqstudio.model.filters.syntax import parse
from mqstudio.model.message import HUB_FORMAT, Message, Properties, decode_properties, plain_headers
from mqstudio.model.queries import Search

ReadProperties = Callable[[Message], Properties]

_MISSING: Final = object()


def read_hub(message: Message) -> Properties:
    """Properties in the hub's own format; none of others."""
    if message.format != HUB_FORMAT:
        return Properties()
    try:
        return decode_properties(message.properties)
    except (msgspec.MsgspecError, ValueError):
        return Properties()


class Matcher:
    """Knows what is searched for in a message itself; where it has been is for the store to know."""

    def __init__(self, wanted: Search, read_properties: ReadProperties = read_hub) -> None:
        self._wanted = wanted
        self._text = wanted.text.encode()
        self._read_properties = read_properties
        self._paths = [(path.split("."), value) for path, value in wanted.json.items()]
        now_us = time.time_ns() // 1_000
        self._sieve = Sieve(parse(wanted.where), now_us) if wanted.where else None
        self._subject = Subject(now_us, read_properties)

    @property
    def looks_inside(self) -> bool:
        """Whether properties or a body of JSON must be read for it."""
        return bool(self._wanted.headers or self._paths or self._sieve)

    def fits(self, message: Message) -> bool:
        """Whether all that was given is so; the cheap questions come first."""
        wanted = self._wanted
        return (
            (wanted.exchange is None or message.exchange == wanted.exchange)
            and wanted.key_part in message.routing_key
            and (wanted.since_us is None or message.published_at_us >= wanted.since_us)
            and (wanted.until_us is None or message.published_at_us <= wanted.until_us)
            and self._text in message.body
            and self.fits_inside(message)
        )

    def answers(self, message: Message, body_size: int | None = None) -> int | None:
        """The answers to the filter's parts that are about messages alone; None if it cannot be meant."""
        if self._sieve is None:
            return 0
        return self._sieve.answers(self._subject.take(message, body_size=body_size))

    def fits_inside(self, message: Message) -> bool:
        """Whether its headers, and its body as JSON, have the values asked for."""
        return self._fits_headers(message) and self._fits_json(message.body)

    def _fits_headers(self, message: Message) -> bool:
        asked = self._wanted.headers
        if not asked:
            return True
        headers = plain_headers(self._read_properties(message).headers)
        return all(name in headers and is_said(headers[name], value) for name, value in asked.items())

    def _fits_json(self, body: bytes) -> bool:
        if not self._paths:
            return True
        try:
            document = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        return all(is_said(find(document, path), value) for path, value in self._paths)


def find(document: Any, path: list[str]) -> Any:  # Any: JSON
    """What a path leads to in a document; a number is a place in a list. `_MISSING` if nowhere."""
    for step in path:
        if isinstance(document, dict) and step in document:
            document = document[step]
        elif isinstance(document, list) and step.isdecimal() and int(step) < len(document):
            document = document[int(step)]
        else:
            return _MISSING
    return document


def is_said(value: Any, text: str) -> bool:  # Any: JSON, or a header's value
    """Whether a value is what somebody wrote: as it is, or as JSON writes it."""
    if value is _MISSING:
        return False
    if isinstance(value, str):
        return text in {value, f'"{value}"'}
    if isinstance(value, bytes):
        return value == text.encode()
    if isinstance(value, bool) or value is None:
        return text == {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int | float):
        try:
            return float(text) == value if not isinstance(value, int) else text == str(value)
        except ValueError:
            return False
    return False
