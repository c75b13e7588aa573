"""Delayed: holds a message for as long as it asks, then routes it as another kind would.

The kind it routes as stands in the argument `x-delayed-type`. Holding is the engine's (`engine/delaying.py`);
here is only which index is used afterwards.
"""

from collections.abc import Mapping

from mqstudio.engine.exchanges.base import BindingIndex, ExchangeKind, Surroundings
from mqstudio.model.topology import ExchangeSpec

ROUTES_AS = "x-delayed-type"


class Delayed:
    """Matches what the kind of its argument matches, later."""

    name = "x-delayed-message"
    is_keyed = False
    """Whether to hold is each message's own affair, so that no route may be taken from memory."""
    is_delaying = True

    def check(self, spec: ExchangeSpec, kinds: Mapping[str, ExchangeKind]) -> None:
        """Ask for a kind to route as. Raises: ValueError."""
        kind = spec.arguments.get(ROUTES_AS)
        if not isinstance(kind, str) or kind not in kinds or kind == self.name:
            known = ", ".join(sorted(name for name in kinds if name != self.name))
            raise ValueError(f"An {self.name} exchange needs the argument '{ROUTES_AS}': one of {known}.")
        kinds[kind].check(spec, kinds)

    def new_index(self, spec: ExchangeSpec, surroundings: Surroundings) -> BindingIndex:
        """The other kind's index."""
        return surroundings.kinds[spec.arguments[ROUTES_AS]].new_index(spec, surroundings)


EXCHANGE_KIND = Delayed()
