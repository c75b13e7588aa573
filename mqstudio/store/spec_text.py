"""Specifications as JSON that a person can read, exact also where JSON has no word for a value.

Bytes become {"$base64": …}, a number that JSON cannot write {"$float": "nan"}, and a map that has such a key
of its own {"$map": [[key, value], …]}.
"""

import base64
import math
from functools import lru_cache
from typing import Any, Final, TypeVar

import msgspec

from mqstudio.model.message import PLAIN, Past, Traits

T = TypeVar("T")

_BASE64: Final = "$base64"
_FLOAT: Final = "$float"
_MAP: Final = "$map"
_OURS: Final = frozenset({_BASE64, _FLOAT, _MAP})

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def to_text(spec: object) -> str:
    """Write a struct, or plain values."""
    return _encode(_freeze(msgspec.to_builtins(spec, builtin_types=(bytes,)))).decode()


def from_text(text: str, kind: type[T]) -> T:
    """Read what `to_text` wrote. Raises: msgspec.ValidationError, msgspec.DecodeError, ValueError."""
    return msgspec.convert(_thaw(_decode(text)), kind)


def _freeze(value: Any) -> Any:  # Any: any JSON-like value, and bytes
    if isinstance(value, bytes):
        return {_BASE64: base64.b64encode(value).decode()}
    if isinstance(value, float) and not math.isfinite(value):
        return {_FLOAT: str(value)}
    if isinstance(value, (list, tuple)):
        return [_freeze(each) for each in value]
    if isinstance(value, dict):
        if value.keys() & _OURS:
            return {_MAP: [[key, _freeze(each)] for key, each in value.items()]}
        return {key: _freeze(each) for key, each in value.items()}
    return value


def _thaw(value: Any) -> Any:  # Any: see _freeze
    if isinstance(value, list):
        return [_thaw(each) for each in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (key, inner), *_ = value.items()
        if key == _BASE64:
            return base64.b64decode(inner, validate=True)
        if key == _FLOAT:
            return float(inner)
        if key == _MAP:
            return {name: _thaw(each) for name, each in inner}
    return {key: _thaw(each) for key, each in value.items()}


@lru_cache(maxsize=1_024)
def traits_text(traits: Traits) -> str | None:
    """Traits as the message table has them; None if nothing is asked for."""
    return None if traits == PLAIN else _encode(traits).decode()


@lru_cache(maxsize=1_024)
def is_transient(text: str | None) -> bool:
    """Whether traits, as the message table has them, are of a message that does not survive a restart."""
    return not read_traits(text).is_persistent


@lru_cache(maxsize=1_024)
def read_traits(text: str | None) -> Traits:
    """Traits from the message table."""
    return PLAIN if text is None else msgspec.json.decode(text, type=Traits)


def past_text(past: Past | None) -> str | None:
    """A past as the message table has it."""
    return None if past is None else _encode(past).decode()


def read_past(text: str | None) -> Past | None:
    """A past from the message table."""
    return None if text is None else msgspec.json.decode(text, type=Past)
