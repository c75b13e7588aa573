"""Headers: a binding's arguments are compared with the message's headers; keys do not matter.

`x-match` says how: all (the default), any, or either with `-with-x`; then arguments that begin with `x-`
count as well. An argument without a value asks only that the header is there. Strings, numbers and truth
values differ; numbers are compared by value, 1 is 1.0 (measured on RabbitMQ 3.10.8).
"""

from collections.abc import Iterable, Mapping
from types import NoneType
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from mqstudio.engine.exchanges.base import (
    BindingError,
    BindingIndex,
    ReadProperties,
    Surroundings,
    Undemanding,
)
from mqstudio.model.message import plain_headers
from mqstudio.model.topology import Arguments, ExchangeSpec

if TYPE_CHECKING:
    from mqstudio.engine.vhost import Binding

MODES = ("all", "any", "all-with-x", "any-with-x")

Wanted = tuple[str, Any]  # Any: whatever value a header may have
Place = tuple[str, type, Any]


class _Rest(Struct, frozen=True, gc=False):
    """What else a binding wants: places that all must be filled, and values that cannot be a place."""

    places: frozenset[Place]
    inexact: list[Wanted]


class HeadersIndex:
    """Bindings by a header they ask for, so that a message looks only at those it has something for.

    One that wants all of its headers is kept at one of them, where the fewest others are, one that wants
    any at each of them, one that wants nothing and so gets everything apart. A header whose value cannot
    be a key is known by name.
    """

    is_blind = True

    def __init__(self) -> None:
        self._by_header: dict[Place, dict[Binding, _Rest | None]] = {}
        """With what else they want; None: nothing more."""
        self._undemanding: dict[Binding, None] = {}

    def add(self, binding: "Binding") -> None:
        """Take a binding in. Raises: ValueError at an unknown way to match."""
        mode = _mode(binding.spec.arguments)
        wanted = _wanted(binding.spec.arguments, mode)
        if mode.startswith("any"):
            for each in wanted:
                # At its own place a value that can be a key is known to be equal.
                self._by_header.setdefault(_place(*each), {}).setdefault(binding, None)
                if not _is_exact(each[1]):
                    self._by_header[_place(*each)][binding] = _Rest(frozenset(), [each])
        elif wanted:
            places = [_place(*each) for each in wanted]
            best = min(places, key=lambda place: len(self._by_header.get(place, ())))
            inexact = [each for each in wanted if not _is_exact(each[1])]
            self._by_header.setdefault(best, {})[binding] = _Rest(frozenset(places), inexact)
        else:
            self._undemanding[binding] = None

    def remove(self, binding: "Binding") -> None:
        """Take a binding out again."""
        self._undemanding.pop(binding, None)
        for each in _wanted(binding.spec.arguments, _mode(binding.spec.arguments)):
            place = _place(*each)
            group = self._by_header.get(place, {})
            group.pop(binding, None)
            if not group:
                self._by_header.pop(place, None)

    def match(self, routing_key: str, read: ReadProperties) -> Iterable["Binding"]:
        """Bindings whose headers the message has."""
        found = list(self._undemanding)
        if not self._by_header:
            return found
        headers = plain_headers(read().headers)
        filled: list[Place] = []
        for name, value in headers.items():
            filled.append((name, NoneType, None))
            filled.append((name, str, value) if type(value) is str else _place(name, value))
        places = frozenset(filled)
        for place in dict.fromkeys(filled):
            group = self._by_header.get(place)
            for binding, rest in group.items() if group else ():
                if rest is None or (
                    rest.places <= places and all(_has(headers, *each) for each in rest.inexact)
                ):
                    found.append(binding)
        return found


def _mode(arguments: Arguments) -> str:
    mode = arguments.get("x-match", "all")
    if mode not in MODES:
        says = f"'x-match' is {mode!r:.40}; it must be one of {', '.join(MODES)}."
        raise BindingError(says, "x-match", mode)
    return str(mode)


def _wanted(arguments: Arguments, mode: str) -> list[Wanted]:
    return [
        (name, value)
        for name, value in arguments.items()
        if name != "x-match" and (mode.endswith("-with-x") or not name.startswith("x-"))
    ]


def _is_exact(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bytes)


def _place(name: str, value: Any) -> Place:
    """Where to look for who wants this header: at its value, or at its name alone."""
    value = _as_text(value)
    return (name, _type(value), value) if _is_exact(value) else (name, NoneType, None)


def _type(value: Any) -> type:
    return float if type(value) is int else type(value)


def _as_text(value: Any) -> Any:
    """Bytes count as the text they spell (measured on RabbitMQ 3.10.8)."""
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def _has(headers: Mapping[str, Any], name: str, wanted: Any) -> bool:
    if name not in headers:
        return False
    if wanted is None:
        return True
    value, wanted = _as_text(headers[name]), _as_text(wanted)
    return _type(value) is _type(wanted) and bool(value == wanted)  # in Python also True == 1


class Headers(Undemanding):
    """Matches headers."""

    name = "headers"
    is_keyed = False

    def new_index(self, spec: ExchangeSpec, surroundings: Surroundings) -> BindingIndex:
        """Bindings with what they ask for."""
        return HeadersIndex()


EXCHANGE_KIND = Headers()
