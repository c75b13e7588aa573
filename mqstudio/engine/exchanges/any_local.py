"""Any local: as any one, but only for classic queues, bound without a key.

In a cluster it keeps messages on the machine they came to; here there is only the one.
"""

from typing import TYPE_CHECKING

from mqstudio.engine.exchanges.any_one import AnyOneIndex
from mqstudio.engine.exchanges.base import BindingIndex, Surroundings, Undemanding
from mqstudio.engine.queue import Queue
from mqstudio.model.rules import QueueKind
from mqstudio.model.topology import DestinationKind, ExchangeSpec

if TYPE_CHECKING:
    from mqstudio.engine.vhost import Binding


class AnyLocalIndex(AnyOneIndex):
    """Chooses among queues only."""

    def add(self, binding: "Binding") -> None:
        """Take a binding in. Raises: ValueError at a key, or if it leads to anything but a classic queue."""
        spec = binding.spec
        if spec.routing_key:
            raise ValueError(
                f"Non empty binding '{spec.routing_key}' key not permitted: this type of exchange takes none."
            )
        if spec.destination_kind is DestinationKind.EXCHANGE:
            raise ValueError("This type of exchange leads to queues only. Bind a queue to it.")
        if isinstance(binding.destination, Queue) and binding.destination.rules.kind is not QueueKind.CLASSIC:
            kind = binding.destination.rules.kind
            raise ValueError(f"Queue type {kind} not valid for this exchange type: it takes classic queues.")
        super().add(binding)


class AnyLocal(Undemanding):
    """Matches one queue, whichever."""

    name = "x-local-random"
    is_keyed = False

    def new_index(self, spec: ExchangeSpec, surroundings: Surroundings) -> BindingIndex:
        """Queues in order, and chance."""
        return AnyLocalIndex(surroundings.choose)


EXCHANGE_KIND = AnyLocal()
