"""What view-models ask of a client: the part of `mqstudio.client.client.Client` that the window uses.

Tests fulfil it with a broker made of lists. Refusals are raised as RefusedError, a lost connection
as ConnectionError.
"""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from mqstudio.client.asking import Messages
from mqstudio.client.sending import Parcel
from mqstudio.model.disk import BackupState, StoreHealth
from mqstudio.model.lifecycle import Lifecycle
from mqstudio.model.message import Header, Properties
from mqstudio.model.policies import Policy
from mqstudio.model.queries import GetHistory, GetVolume, Search, WatchIncoming, WatchSamples
from mqstudio.model.records import GetRecords, Records
from mqstudio.model.replies import PurgeReply, QueueStatus
from mqstudio.model.rows import (
    BinRow,
    BrokerInfo,
    ClientDetails,
    Clients,
    RateHistory,
    RoutePreview,
    Topology,
)
from mqstudio.model.topology import Arguments, DestinationKind, VhostSpec
from mqstudio.model.volume import Volume
from mqstudio.protocols.native.messages import PublishReply

R = TypeVar("R")


class BrokerClient(Messages, Protocol):
    """Calls and watches of a running broker; each as the client's method of that name."""

    async def info(self) -> BrokerInfo:
        """About the broker."""

    async def records(self, wanted: GetRecords) -> Records:
        """Recorded messages in bulk."""

    async def volume(self, wanted: GetVolume) -> Volume:
        """A part of how many messages came to a queue over time."""

    async def lifecycle(self, message_id: int) -> Lifecycle:
        """What a message was, is and became."""

    async def preview_route(
        self, exchange: str, routing_key: str, *, headers: list[Header] | None = ..., vhost: str = ...
    ) -> RoutePreview:
        """Where a message would go."""

    async def history(self, queue: str | None = ..., *, vhost: str = ...) -> RateHistory:
        """Rates of the last hour."""

    async def rates(self, wanted: GetHistory) -> RateHistory:
        """Rates in steps of time."""

    async def client_details(self) -> ClientDetails:
        """What is known of clients beside their samples."""

    async def call(self, request: Any, returns: type[R]) -> R:  # Any: see messages.Request
        """Ask for what has no method of its own."""

    async def topology(self) -> Topology:
        """All that is declared."""

    async def clients(self) -> Clients:
        """All channels and subscriptions."""

    async def publish(
        self, exchange: str, routing_key: str, body: bytes, properties: Properties = ..., *, vhost: str = ...
    ) -> bool:
        """Send a message; whether any queue took it and none refused it."""

    async def send(
        self, exchange: str, routing_key: str, body: bytes, properties: Properties = ..., *, vhost: str = ...
    ) -> PublishReply:
        """Send a message; what became of it."""

    async def send_all(self, parcels: Sequence[Parcel]) -> list[PublishReply | Exception]:
        """Send several in one go; what became of each, in order."""

    async def purge(self, queue: str, *, needs_bin: bool = ..., vhost: str = ...) -> PurgeReply:
        """Empty a queue into a bin."""

    async def undo_purge(self, bin_id: int, *, vhost: str = ...) -> int:
        """Bring a bin's messages back."""

    async def bins(self) -> list[BinRow]:
        """Purges that can be undone."""

    async def store_health(self) -> StoreHealth:
        """How it stands with the profile and its disk."""

    async def resume_publishing(self) -> None:
        """Let publishers go on after a failure of the disk."""

    async def start_backup(self, target: str, *, is_plain: bool = ...) -> BackupState:
        """Copy the profile."""

    async def backup(self) -> BackupState:
        """How far that is."""

    async def stop_backup(self) -> BackupState:
        """Give that up."""

    async def kick(self, connection_id: int, reason: str = ...) -> None:
        """Close a client's connection."""

    async def declare_queue(
        self,
        name: str,
        *,
        is_durable: bool = ...,
        is_exclusive: bool = ...,
        is_auto_delete: bool = ...,
        arguments: Arguments | None = ...,
        vhost: str = ...,
    ) -> QueueStatus:
        """Make a queue."""

    async def delete_queue(self, name: str, *, if_empty: bool = ..., vhost: str = ...) -> int:
        """Delete a queue and what is in it."""

    async def declare_exchange(
        self,
        name: str,
        kind: str = ...,
        *,
        is_durable: bool = ...,
        is_auto_delete: bool = ...,
        is_internal: bool = ...,
        arguments: Arguments | None = ...,
        vhost: str = ...,
    ) -> None:
        """Make an exchange."""

    async def delete_exchange(self, name: str, *, vhost: str = ...) -> None:
        """Delete an exchange and its bindings."""

    async def bind(
        self,
        exchange: str,
        destination: str,
        routing_key: str = ...,
        *,
        arguments: Arguments | None = ...,
        destination_kind: DestinationKind = ...,
        vhost: str = ...,
    ) -> None:
        """Add a binding."""

    async def unbind(
        self,
        exchange: str,
        destination: str,
        routing_key: str = ...,
        *,
        arguments: Arguments | None = ...,
        destination_kind: DestinationKind = ...,
        vhost: str = ...,
    ) -> None:
        """Remove a binding."""

    async def put_vhost(self, spec: VhostSpec) -> None:
        """Make or change a virtual host."""

    async def delete_vhost(self, name: str) -> None:
        """Delete a virtual host and what is in it."""

    async def put_policy(self, policy: Policy) -> None:
        """Make or change a policy."""

    async def delete_policy(self, name: str, *, is_operator: bool = ..., vhost: str = ...) -> None:
        """Delete a policy."""

    def watch(self, watch: WatchSamples | WatchIncoming | Search) -> Any:  # Any: a WatchStream of its items
        """Samples, what comes into a queue, or what is found, as they come."""
