"""What messages really have in them: headers, paths into JSON, values. A bounded memory for completion."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from mqstudio.model import limits
from mqstudio.model.filters.paths import write_path
from mqstudio.model.message import Properties, plain_headers

NAMES_MAX: Final = 1_000
"""Paths remembered of bodies, and as many of headers; later ones are passed over."""

VALUES_MAX: Final = 8
"""Different values remembered of each."""

VALUE_CHARACTERS: Final = 60
DEPTH_MAX: Final = 8
ITEMS_MAX: Final = 3
"""Of a list the first items are looked at: the others look alike."""

FIELDS_MAX: Final = 200
"""Fields of one table looked at."""


class SeenName:
    """A header or a path: how often it was there, what types its values had, and some of them."""

    __slots__ = ("count", "types", "values")

    def __init__(self) -> None:
        self.count = 0
        self.types: list[str] = []
        self.values: list[str] = []

    def note(self, value: Any) -> None:  # Any: JSON, or what headers hold
        """It was there, with this value."""
        self.count += 1
        kind = _type_of(value)
        if kind not in self.types:
            self.types.append(kind)
        if kind in {"text", "number", "true or false"} and len(self.values) < VALUES_MAX:
            said = value if isinstance(value, str) else msgspec.json.encode(value).decode()
            if len(said) <= VALUE_CHARACTERS and said not in self.values:
                self.values.append(said)


class Seen:
    """What was seen so far. fields: values of plain fields by their names, such as keys and exchanges."""

    def __init__(self) -> None:
        self.headers: dict[str, SeenName] = {}
        self.paths: dict[str, SeenName] = {}
        self.fields: dict[str, SeenName] = {}

    def note_body(self, body: bytes) -> None:
        """Look into a body, if it is a small document of JSON."""
        if len(body) > limits.BODY_HEAD_BYTES:
            return
        try:
            document = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return
        self.note_document(document)

    def note_document(self, document: Any) -> None:  # Any: JSON
        """Look into a document."""
        for path, value in _paths_in(document, (), 0):
            _note(self.paths, write_path(path), value)

    def note_properties(self, properties: Properties) -> None:
        """Look into what a message says of itself."""
        for name, value in plain_headers(properties.headers).items():
            for path, inner in _paths_in(value, (name,), 0):
                _note(self.headers, write_path(path), inner)
            _note(self.headers, write_path((name,)), value)
        for name in ("type", "content_type", "app_id", "user_id", "reply_to", "correlation_id"):
            self.note_field(name, getattr(properties, name))

    def note_field(self, name: str, value: str | None) -> None:
        """A plain field had this value."""
        if value:
            _note(self.fields, name, value)

    def merge(self, said: Iterable[tuple[str, str]]) -> None:
        """Values of plain fields."""
        for name, value in said:
            self.note_field(name, value)


def _note(names: dict[str, SeenName], name: str, value: Any) -> None:  # Any: as above
    found = names.get(name)
    if found is None:
        if len(names) >= NAMES_MAX:
            return
        found = names[name] = SeenName()
    found.note(value)


def _paths_in(
    value: Any, path: tuple[str | int, ...], depth: int
) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Any: JSON. All that paths lead to below a value, tables and lists themselves included."""
    if depth >= DEPTH_MAX:
        return
    items: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        items = list(value.items())[:FIELDS_MAX]
    elif isinstance(value, list):
        items = enumerate(value[:ITEMS_MAX])
    for step, inner in items:
        yield (*path, step), inner
        yield from _paths_in(inner, (*path, step), depth + 1)


def _type_of(value: Any) -> str:  # Any: as above
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, dict):
        return "table"
    if isinstance(value, list):
        return "list"
    if isinstance(value, str):
        return "text"
    return "null" if value is None else "bytes"
