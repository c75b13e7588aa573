"""What view-models ask of a client: the part of `mqstudio.client.client.Client` that the window uses.

Tests fulfil it with a broker made of lists. Refusals are raised as RefusedError, a lost connection
as ConnectionError.
"""

from typing import Any, Protocol

from mqstudio.model.message import Header, Properties
from mqstudio.model.queries import WatchSamples
from mqstudio.model.replies import PurgeReply, QueueStatus
from mqstudio.model.rows import (
    BrokerInfo,
    MessageDetail,
    MessagePage,
    MessageState,
    RateHistory,
    RoutePreview,
)


class BrokerClient(Protocol):
    """Calls and watches of a running broker; each as the client's method of that name."""

    async def info(self) -> BrokerInfo:
        """About the broker."""

    async def page(
        self,
        queue: str,
        *,
        vhost: str = ...,
        limit: int = ...,
        after_id: int | None = ...,
        states: list[MessageState] | None = ...,
    ) -> MessagePage:
        """Messages of a queue."""

    async def message(
        self, queue: str, message_id: int, *, vhost: str = ..., body_limit: int | None = ...
    ) -> MessageDetail:
        """One message."""

    async def preview_route(
        self, exchange: str, routing_key: str, *, headers: list[Header] | None = ..., vhost: str = ...
    ) -> RoutePreview:
        """Where a message would go."""

    async def history(self, queue: str | None = ..., *, vhost: str = ...) -> RateHistory:
        """Rates of the last hour."""

    async def publish(
        self, exchange: str, routing_key: str, body: bytes, properties: Properties = ..., *, vhost: str = ...
    ) -> bool:
        """Send a message; whether any queue took it."""

    async def purge(self, queue: str, *, vhost: str = ...) -> PurgeReply:
        """Empty a queue into a bin."""

    async def undo_purge(self, bin_id: int) -> int:
        """Bring a bin's messages back."""

    async def kick(self, connection_id: int, reason: str = ...) -> None:
        """Close a client's connection."""

    async def declare_queue(self, name: str, *, is_durable: bool = ..., vhost: str = ...) -> QueueStatus:
        """Make a queue."""

    async def delete_queue(self, name: str, *, vhost: str = ...) -> int:
        """Delete a queue and what is in it."""

    def watch(self, watch: WatchSamples) -> Any:  # Any: an async iterator of Sample and Gap
        """Samples as they come."""
