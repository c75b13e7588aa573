"""Modulus hash: each message goes by one binding, equal keys by the same one while bindings stay.

Binding keys do not matter; a queue bound twice gets twice as much. Any change of the bindings may change
all ways: where that matters there is the consistent hash.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING
from zlib import crc32

from mqstudio.engine.exchanges.base import (
    BindingIndex,
    BindingsInOrder,
    ReadProperties,
    Surroundings,
    Undemanding,
)
from mqstudio.model.topology import ExchangeSpec

if TYPE_CHECKING:
    from mqstudio.engine.vhost import Binding


class ModulusIndex(BindingsInOrder):
    """The key's hash is the number of a binding."""

    def match(self, routing_key: str, read: ReadProperties) -> Iterable["Binding"]:
        """One of them."""
        if not self.bindings:
            return ()
        hashed = crc32(routing_key.encode("utf-8", "surrogatepass"))
        return (self.bindings[hashed % len(self.bindings)],)


class ModulusHash(Undemanding):
    """Matches one binding by the key's hash."""

    name = "x-modulus-hash"

    def new_index(self, spec: ExchangeSpec, surroundings: Surroundings) -> BindingIndex:
        """Bindings in order."""
        return ModulusIndex()


EXCHANGE_KIND = ModulusHash()
