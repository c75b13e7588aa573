"""What an exchange kind must offer; each kind's module has one as EXCHANGE_KIND."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mqstudio.engine.queue import Queue
    from mqstudio.engine.vhost import Exchange


class ExchangeKind(Protocol):
    """A way to route.

    The key alone must decide, so that the engine may remember a route until a binding changes.
    """

    name: str

    def route(self, exchange: "Exchange", routing_key: str) -> Iterable["Queue"]:
        """The queues whose bindings match; a queue may come twice (the engine delivers once)."""
