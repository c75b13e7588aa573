"""Direct: the binding's key is the message's key."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mqstudio.engine.exchanges.base import (
    BindingIndex,
    BindingsByKey,
    ReadProperties,
    Surroundings,
    Undemanding,
)
from mqstudio.model.topology import ExchangeSpec

if TYPE_CHECKING:
    from mqstudio.engine.vhost import Binding


class DirectIndex(BindingsByKey):
    """One look-up, whatever the number of bindings."""

    def match(self, routing_key: str, read: ReadProperties) -> Iterable["Binding"]:
        """Bindings with this very key."""
        return self.by_key.get(routing_key, ())


class Direct(Undemanding):
    """Matches equal keys."""

    name = "direct"

    def new_index(self, spec: ExchangeSpec, surroundings: Surroundings) -> BindingIndex:
        """Bindings by key."""
        return DirectIndex()


EXCHANGE_KIND = Direct()
