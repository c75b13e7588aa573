"""Fanout: every binding, whatever the key."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mqstudio.engine.exchanges.base import BindingIndex, ReadProperties, Surroundings, Undemanding
from mqstudio.model.topology import ExchangeSpec

if TYPE_CHECKING:
    from mqstudio.engine.vhost import Binding


class FanoutIndex:
    """All bindings, in the order they were made. A dict: removal must not cost a walk."""

    is_blind = True

    def __init__(self) -> None:
        self._bindings: dict[int, Binding] = {}

    def add(self, binding: "Binding") -> None:
        """Take a binding in."""
        self._bindings[id(binding)] = binding

    def remove(self, binding: "Binding") -> None:
        """Take a binding out again."""
        del self._bindings[id(binding)]

    def match(self, routing_key: str, read: ReadProperties) -> Iterable["Binding"]:
        """All of them."""
        return self._bindings.values()


class Fanout(Undemanding):
    """Matches everything."""

    name = "fanout"

    def new_index(self, spec: ExchangeSpec, surroundings: Surroundings) -> BindingIndex:
        """All bindings."""
        return FanoutIndex()


EXCHANGE_KIND = Fanout()
