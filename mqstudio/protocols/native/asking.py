"""What a message's properties ask of the broker: to live so long, to be late, to go to more keys."""

from typing import Any

from msgspec.structs import replace

from mqstudio.model.arguments import TIME_MAX_MS
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import SHORT_TEXT_BYTES
from mqstudio.model.message import Header, Properties, Traits, traits

PERSISTENT = 2
"""The delivery mode of messages that are to survive a restart."""


def read_traits(properties: Properties) -> tuple[Traits, Properties]:
    """Find what (checked) properties ask for.

    Returns: that, and the properties without what nobody is to see.
    Raises:  RefusedError: INVALID_ARGUMENT.
    """
    headers = properties.headers or []
    asked = traits(
        properties.delivery_mode == PERSISTENT,
        properties.priority or 0,
        _ttl_us(properties.expiration),
        _delay_us(headers),
        _keys(headers, "CC"),
        _keys(headers, "BCC"),
    )
    if asked.hidden_keys:
        properties = replace(properties, headers=[h for h in headers if h.name != "BCC"])
    return asked, properties


def _ttl_us(expiration: str | None) -> int | None:
    if expiration is None:
        return None
    if not (expiration.isascii() and expiration.isdigit()) or int(expiration) > TIME_MAX_MS:
        raise _invalid(
            f"expiration is {expiration!r:.40}; it must be milliseconds in digits, from 0 to {TIME_MAX_MS}."
        )
    return int(expiration) * 1000


def _delay_us(headers: list[Header]) -> int | None:
    """How long an exchange that delays is to hold it: `x-delay` in ms; below 0 is at once."""
    value = next((header.value for header in headers if header.name == "x-delay"), None)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if type(value) is not int or value <= 0:
        return None
    if value > TIME_MAX_MS:
        raise _invalid(f"Header 'x-delay' is {value}; it can be up to {TIME_MAX_MS} ms.")
    return value * 1000


def _keys(headers: list[Header], name: str) -> tuple[str, ...]:
    """Further routing keys: a list of strings."""
    header = next((header for header in headers if header.name == name), None)
    if header is None:
        return ()
    values: list[Any] = [each.value for each in header.value or ()] if header.kind == "list" else [None]
    if not all(isinstance(key, str) and len(key.encode()) <= SHORT_TEXT_BYTES for key in values):
        raise _invalid(
            f"Header '{name}' is to be a list of routing keys: strings of up to {SHORT_TEXT_BYTES} bytes."
        )
    return tuple(values)


def _invalid(says: str) -> RefusedError:
    return RefusedError(Refusal.INVALID_ARGUMENT, says)
