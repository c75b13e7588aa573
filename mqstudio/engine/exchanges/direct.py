"""Direct: the binding's key is the message's key."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mqstudio.engine.queue import Queue
    from mqstudio.engine.vhost import Exchange


class Direct:
    """Matches equal keys."""

    name = "direct"

    def route(self, exchange: "Exchange", routing_key: str) -> Iterable["Queue"]:
        """One look-up, whatever the number of bindings."""
        return [binding.queue for binding in exchange.bindings_by_key.get(routing_key, ())]


EXCHANGE_KIND = Direct()
