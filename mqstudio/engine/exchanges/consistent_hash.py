"""Consistent hash: each message goes to one destination, equal keys to the same one.

A binding's key is its destination's weight. What is hashed is the routing key, or a header (`hash-header`)
or property (`hash-property`). Each destination draws a lot from hash and name, the best one wins: so a
destination that goes leaves its messages to the others, and no other message changes its way. (A ring of
places, as RabbitMQ has it, would need as many places as the weights come to.) Further bindings of one
destination count for nothing while the first is there, as in RabbitMQ.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from math import log
from typing import TYPE_CHECKING

from mqstudio.engine.exchanges.base import (
    BindingError,
    BindingIndex,
    ExchangeKind,
    ReadProperties,
    Surroundings,
    Undemanding,
)
from mqstudio.model.message import Properties, plain_headers
from mqstudio.model.topology import Arguments, ExchangeSpec

if TYPE_CHECKING:
    from mqstudio.engine.vhost import Binding

BY_HEADER, BY_PROPERTY = "hash-header", "hash-property"

PROPERTIES: Mapping[str, Callable[[Properties], object]] = {
    "correlation_id": lambda properties: properties.correlation_id,
    "message_id": lambda properties: properties.message_id,
    "timestamp": lambda properties: properties.timestamp_s,
}

_64_BITS = (1 << 64) - 1
_WHOLE = re.compile(r"[+-]?[0-9]{1,255}")


class HashIndex:
    """Destinations with their weights and the bindings each has, the first of which counts."""

    is_blind = False

    def __init__(self, arguments: Arguments) -> None:
        self._header: str | None = arguments.get(BY_HEADER)
        self._property: str | None = arguments.get(BY_PROPERTY)
        self._bindings: dict[tuple[str, str], list[Binding]] = {}
        self._lots: list[tuple[int, int, Binding]] = []

    def add(self, binding: "Binding") -> None:
        """Take a binding in. Raises: ValueError if its key is no weight."""
        _weight(binding.spec.routing_key)
        self._bindings.setdefault(_destination(binding), []).append(binding)
        self._settle()

    def remove(self, binding: "Binding") -> None:
        """Take a binding out again."""
        destination = _destination(binding)
        self._bindings[destination].remove(binding)
        if not self._bindings[destination]:
            del self._bindings[destination]
        self._settle()

    def _settle(self) -> None:
        self._lots = [
            (_hash(repr(destination)), _weight(bindings[0].spec.routing_key), bindings[0])
            for destination, bindings in self._bindings.items()
        ]

    def match(self, routing_key: str, read: ReadProperties) -> Iterable["Binding"]:
        """The one that drew the best lot."""
        if not self._lots:
            return ()
        hashed = _hash(self._hashed_text(routing_key, read))
        return (min(self._lots, key=lambda lot: -log(_draw(hashed ^ lot[0])) / lot[1])[2],)

    def _hashed_text(self, routing_key: str, read: ReadProperties) -> str:
        if self._header is not None:
            return str(plain_headers(read().headers).get(self._header, ""))
        if self._property is not None:
            return str(PROPERTIES[self._property](read()) or "")
        return routing_key


def _destination(binding: "Binding") -> tuple[str, str]:
    return binding.spec.destination_kind.value, binding.spec.destination


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _draw(mixed: int) -> float:
    """A number above 0 and below 1 that looks like chance, from 64 bits (the finish of splitmix64)."""
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9 & _64_BITS
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB & _64_BITS
    return ((mixed ^ (mixed >> 31)) + 1) / (_64_BITS + 2)


def _weight(key: str) -> int:
    if not _WHOLE.fullmatch(key):
        says = f"The binding key must be an integer: it is the weight, not {key!r:.40}."
        raise BindingError(says, "weight", key)
    if int(key) < 1:
        says = f"The binding key must be greater than 0: it is the weight, not {key}."
        raise BindingError(says, "weight", key)
    return int(key)


class ConsistentHash(Undemanding):
    """Matches one destination, by weight."""

    name = "x-consistent-hash"
    is_keyed = False

    def check(self, spec: ExchangeSpec, kinds: Mapping[str, ExchangeKind]) -> None:
        """Check what is to be hashed. Raises: ValueError."""
        header, named = spec.arguments.get(BY_HEADER), spec.arguments.get(BY_PROPERTY)
        if header is not None and named is not None:
            raise ValueError(f"{BY_HEADER} and {BY_PROPERTY} are mutually exclusive. Give one of them.")
        if header is not None and not isinstance(header, str):
            raise ValueError(f"'{BY_HEADER}' is {header!r:.40}; it must be the name of a header.")
        if named is not None and (not isinstance(named, str) or named not in PROPERTIES):
            raise ValueError(f"Unsupported property: {named}. Use one of {', '.join(PROPERTIES)}.")

    def new_index(self, spec: ExchangeSpec, surroundings: Surroundings) -> BindingIndex:
        """Destinations and their weights."""
        return HashIndex(spec.arguments)


EXCHANGE_KIND = ConsistentHash()
