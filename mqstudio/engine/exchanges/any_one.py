"""Any one: each message goes by one binding, chosen by chance. Keys do not matter."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

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


class AnyOneIndex(BindingsInOrder):
    """`choose` gives a number from 0 to below its argument."""

    def __init__(self, choose: Callable[[int], int]) -> None:
        super().__init__()
        self._choose = choose

    def match(self, routing_key: str, read: ReadProperties) -> Iterable["Binding"]:
        """One of them."""
        return (self.bindings[self._choose(len(self.bindings))],) if self.bindings else ()


class AnyOne(Undemanding):
    """Matches one binding, whichever."""

    name = "x-random"
    is_keyed = False

    def new_index(self, spec: ExchangeSpec, surroundings: Surroundings) -> BindingIndex:
        """Bindings in order, and chance."""
        return AnyOneIndex(surroundings.choose)


EXCHANGE_KIND = AnyOne()
