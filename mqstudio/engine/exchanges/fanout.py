"""Fanout: every bound queue, whatever the key."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mqstudio.engine.queue import Queue
    from mqstudio.engine.vhost import Exchange


class Fanout:
    """Matches everything."""

    name = "fanout"

    def route(self, exchange: "Exchange", routing_key: str) -> Iterable["Queue"]:
        """All bound queues."""
        return [b.queue for bindings in exchange.bindings_by_key.values() for b in bindings]


EXCHANGE_KIND = Fanout()
