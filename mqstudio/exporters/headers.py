"""Typed headers as plain values, and back: with their types only where values do not tell them."""

from base64 import b64encode
from math import isfinite
from typing import Any, Final

import msgspec

from mqstudio.model.message import Header, plain_headers

INT32: Final = range(-(2**31), 2**31)
INT64: Final = range(-(2**63), 2**63)


Told = list[dict[str, Any]]
"""Headers with their types, as JSON has them. Any: strings, numbers, lists."""


def split(headers: list[Header] | None) -> tuple[dict[str, Any] | None, Told | None]:
    """Headers as plain values by name, and with their types if those would not bring them back exactly.

    Any: what JSON has.
    """
    if headers is None:
        return None, None
    plain = _jsonable(plain_headers(headers))
    return plain, None if guess(plain) == headers else _told(headers)


def join(plain: dict[str, Any] | None, typed: Any) -> list[Header] | None:  # Any: as it was read
    """Headers from what `split` gave. Raises: msgspec.ValidationError, TypeError."""
    if typed is not None:
        return [_restored(each) for each in msgspec.convert(typed, list[Header])]
    return None if plain is None else guess(plain)


def guess(plain: dict[str, Any]) -> list[Header]:
    """Headers with the types that clients give to such values."""
    return [_guessed(name, value) for name, value in plain.items()]


def _guessed(name: str, value: Any) -> Header:  # Any: what JSON has
    match value:
        case None:
            return Header(name, "null")
        case bool():
            return Header(name, "bool", value)
        case int() if value in INT32:
            return Header(name, "int32", value)
        case int() if value in INT64:
            return Header(name, "int64", value)
        case float():
            return Header(name, "double", value)
        case str():
            return Header(name, "string", value)
        case dict():
            return Header(name, "table", guess(value))
        case list():
            return Header(name, "list", [_guessed("", each) for each in value])
    raise TypeError(f"header {name!r} has a value that no client can send: {value!r}")


def _jsonable(value: Any) -> Any:  # Any: what headers hold
    """The same with nothing in it that JSON has no word for."""
    match value:
        case bytes():
            return value.hex()
        case dict():
            return {name: _jsonable(each) for name, each in value.items()}
        case list():
            return [_jsonable(each) for each in value]
        case float() if not isfinite(value):
            return str(value)
    return value


def _told(headers: list[Header]) -> Told:
    return [
        {
            "name": header.name,
            "kind": header.kind,
            "value": _told(header.value or [])
            if header.kind in ("table", "list")
            else b64encode(header.value).decode()
            if isinstance(header.value, bytes)
            else _jsonable(header.value),
        }
        for header in headers
    ]


def _restored(header: Header) -> Header:
    """Nested headers were read as plain maps, and bytes as base64."""
    if header.kind in ("table", "list"):
        nested = msgspec.convert(header.value or [], list[Header])
        return Header(header.name, header.kind, [_restored(each) for each in nested])
    if header.kind == "bytes" and isinstance(header.value, str):
        return Header(header.name, header.kind, msgspec.convert(header.value, bytes))
    if header.kind in ("float", "double") and isinstance(header.value, str):
        return Header(header.name, header.kind, float(header.value))
    return header
