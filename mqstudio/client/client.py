"""The one way into a broker: everything a window, a script or the command line can do.

async with await Client.connect("127.0.0.1", port, token) as client:
    await client.publish("", "hello", b"Hello!")
    async with client.watch(WatchEvents("hello")) as events:
        async for event in events: ...
"""

from collections.abc import Sequence

import msgspec

from mqstudio.client.access import AccessCalls
from mqstudio.client.sending import Parcel
from mqstudio.client.verbs import VerbCalls
from mqstudio.client.wire import Wire
from mqstudio.model.disk import (
    BackupState,
    GetBackup,
    GetStoreHealth,
    ResumePublishing,
    StartBackup,
    StopBackup,
    StoreHealth,
)
from mqstudio.model.flows import Flows
from mqstudio.model.lifecycle import Lifecycle
from mqstudio.model.message import Header, Properties, decode_properties, encode_properties
from mqstudio.model.policies import Policy
from mqstudio.model.queries import (
    FindMessage,
    GetClientDetails,
    GetClients,
    GetFlows,
    GetHappenings,
    GetHistory,
    GetInfo,
    GetLifecycle,
    GetMessage,
    GetPage,
    GetTopology,
    GetVolume,
    ListBins,
    PreviewRoute,
)
from mqstudio.model.records import GetRecords, Records
from mqstudio.model.replies import CountReply, PurgeReply, QueueStatus
from mqstudio.model.rows import (
    BinRow,
    BrokerInfo,
    ClientDetails,
    Clients,
    Happenings,
    MessageDetail,
    MessagePage,
    MessageState,
    RateHistory,
    RoutePreview,
    Topology,
    Whereabouts,
)
from mqstudio.model.topology import DEFAULT_VHOST, Arguments, DestinationKind, VhostSpec
from mqstudio.model.volume import Volume
from mqstudio.protocols.native import messages


class Client(Wire):
    """A connection to a broker. Refusals are raised as RefusedError, its end as ConnectionError."""

    @property
    def access(self) -> AccessCalls:
        """Users, permissions and limits."""
        return AccessCalls(self)

    @property
    def verbs(self) -> VerbCalls:
        """What is done by hand: remove, move, copy, redrive, force, pause."""
        return VerbCalls(self)

    # ---- looking: changes nothing

    async def info(self) -> BrokerInfo:
        """About the broker."""
        return await self.call(GetInfo(), BrokerInfo)

    async def topology(self) -> Topology:
        """All virtual hosts with their exchanges, queues and policies."""
        return await self.call(GetTopology(), Topology)

    async def page(
        self,
        queue: str,
        *,
        vhost: str = DEFAULT_VHOST,
        limit: int = 200,
        after_id: int | None = None,
        is_oldest_first: bool = False,
        states: list[MessageState] | None = None,
        where: str = "",
    ) -> MessagePage:
        """Messages of a queue, newest first; go on with the page's `next_id` as `after_id`."""
        request = GetPage(queue, vhost, limit, after_id, is_oldest_first, states or [], where)
        return await self.call(request, MessagePage)

    async def message(
        self,
        queue: str,
        message_id: int,
        *,
        vhost: str = DEFAULT_VHOST,
        body_offset: int = 0,
        body_limit: int | None = None,
    ) -> MessageDetail:
        """One message with its properties, body and life."""
        request = GetMessage(queue, message_id, vhost, body_offset, body_limit)
        detail = await self.call(request, MessageDetail)
        # Nested headers arrive as plain maps; the hub format's reader rebuilds them.
        return msgspec.structs.replace(
            detail, properties=decode_properties(encode_properties(detail.properties))
        )

    async def preview_route(
        self,
        exchange: str,
        routing_key: str,
        *,
        headers: list[Header] | None = None,
        vhost: str = DEFAULT_VHOST,
    ) -> RoutePreview:
        """Where a message would go now."""
        return await self.call(PreviewRoute(exchange, routing_key, vhost, headers or []), RoutePreview)

    async def history(self, queue: str | None = None, *, vhost: str = DEFAULT_VHOST) -> RateHistory:
        """Rates over time of a queue, or of the whole broker: the last hour."""
        return await self.call(GetHistory(queue, vhost), RateHistory)

    async def rates(self, wanted: GetHistory) -> RateHistory:
        """Rates in steps of a wanted length, of anything that has any, up to a week back."""
        return await self.call(wanted, RateHistory)

    async def client_details(self) -> ClientDetails:
        """What is known of clients beside their samples, and whose handshakes failed."""
        return await self.call(GetClientDetails(), ClientDetails)

    async def clients(self) -> Clients:
        """All channels and subscriptions."""
        return await self.call(GetClients(), Clients)

    async def find_message(self, message_id: int) -> Whereabouts:
        """Which queues a message is, or was, in."""
        return await self.call(FindMessage(message_id), Whereabouts)

    async def lifecycle(self, message_id: int) -> Lifecycle:
        """What a message was, is and became, and how it was routed."""
        return await self.call(GetLifecycle(message_id), Lifecycle)

    async def volume(self, wanted: GetVolume) -> Volume:
        """A part of how many messages came to a queue over time, by what became of them."""
        return await self.call(wanted, Volume)

    async def happenings(
        self, since_us: int = 0, until_us: int | None = None, *, limit: int = 1_000
    ) -> Happenings:
        """What was declared, opened, closed and done by hand in a time, oldest first."""
        return await self.call(GetHappenings(since_us, until_us, limit), Happenings)

    async def flows(self) -> Flows:
        """Who publishes where, which way it goes on, and who gets it."""
        return await self.call(GetFlows(), Flows)

    async def records(self, wanted: GetRecords) -> Records:
        """Recorded messages in bulk; go on with the reply's `reached` as `after_id`."""
        return await self.call(wanted, Records)

    async def bins(self) -> list[BinRow]:
        """Purges that can be undone, newest first."""
        return await self.call(ListBins(), list[BinRow])

    # ---- doing

    async def publish(
        self,
        exchange: str,
        routing_key: str,
        body: bytes,
        properties: Properties = Properties(),  # noqa: B008 - frozen
        *,
        vhost: str = DEFAULT_VHOST,
    ) -> bool:
        """Publish one message; returns whether it found any queue and none refused it."""
        reply = await self.send(exchange, routing_key, body, properties, vhost=vhost)
        return reply.was_routed and not reply.was_refused

    async def send(
        self,
        exchange: str,
        routing_key: str,
        body: bytes,
        properties: Properties = Properties(),  # noqa: B008 - frozen
        *,
        vhost: str = DEFAULT_VHOST,
    ) -> messages.PublishReply:
        """Publish one message; returns what became of it, where `publish` says only if all was well."""
        request = messages.Publish(exchange, routing_key, body, properties, vhost)
        return await self.call(request, messages.PublishReply)

    async def send_all(self, parcels: Sequence[Parcel]) -> list[messages.PublishReply | Exception]:
        """Publish several messages in one go; what became of each, in order."""
        requests = [
            messages.Publish(each.exchange, each.routing_key, each.body, each.properties, each.vhost)
            for each in parcels
        ]
        return await self.call_all(requests, messages.PublishReply)

    async def declare_queue(
        self,
        name: str,
        *,
        is_durable: bool = False,
        is_exclusive: bool = False,
        is_auto_delete: bool = False,
        is_passive: bool = False,
        arguments: Arguments | None = None,
        vhost: str = DEFAULT_VHOST,
    ) -> QueueStatus:
        """Make a queue, or check that an equal one exists; "" lets the broker choose a name."""
        request = messages.DeclareQueue(
            name, is_durable, is_exclusive, is_auto_delete, is_passive, arguments or {}, vhost
        )
        return await self.call(request, QueueStatus)

    async def delete_queue(
        self, name: str, *, if_unused: bool = False, if_empty: bool = False, vhost: str = DEFAULT_VHOST
    ) -> int:
        """Delete a queue; returns how many ready messages went with it."""
        return (await self.call(messages.DeleteQueue(name, if_unused, if_empty, vhost), CountReply)).count

    async def declare_exchange(
        self,
        name: str,
        kind: str = "direct",
        *,
        is_durable: bool = False,
        is_auto_delete: bool = False,
        is_internal: bool = False,
        is_passive: bool = False,
        arguments: Arguments | None = None,
        vhost: str = DEFAULT_VHOST,
    ) -> None:
        """Make an exchange, or check that an equal one exists."""
        request = messages.DeclareExchange(
            name, kind, is_durable, is_auto_delete, is_internal, is_passive, arguments or {}, vhost
        )
        await self.call(request, type(None))

    async def delete_exchange(
        self, name: str, *, if_unused: bool = False, vhost: str = DEFAULT_VHOST
    ) -> None:
        """Delete an exchange."""
        await self.call(messages.DeleteExchange(name, if_unused, vhost), type(None))

    async def bind(
        self,
        exchange: str,
        destination: str,
        routing_key: str = "",
        *,
        arguments: Arguments | None = None,
        destination_kind: DestinationKind = DestinationKind.QUEUE,
        vhost: str = DEFAULT_VHOST,
    ) -> None:
        """Add a binding from an exchange to a queue, or to another exchange."""
        binding = (exchange, destination, routing_key, arguments or {}, destination_kind, vhost)
        await self.call(messages.Bind(*binding), type(None))

    async def unbind(
        self,
        exchange: str,
        destination: str,
        routing_key: str = "",
        *,
        arguments: Arguments | None = None,
        destination_kind: DestinationKind = DestinationKind.QUEUE,
        vhost: str = DEFAULT_VHOST,
    ) -> None:
        """Remove a binding."""
        binding = (exchange, destination, routing_key, arguments or {}, destination_kind, vhost)
        await self.call(messages.Unbind(*binding), type(None))

    async def purge(self, queue: str, *, needs_bin: bool = False, vhost: str = DEFAULT_VHOST) -> PurgeReply:
        """Move a queue's ready messages to the bin; `undo_purge(reply.bin_id)` brings them back.

        needs_bin: refused, and nothing is changed, where no bin can hold them.
        """
        return await self.call(messages.PurgeQueue(queue, vhost, needs_bin), PurgeReply)

    async def undo_purge(self, bin_id: int, *, vhost: str = DEFAULT_VHOST) -> int:
        """Bring a bin's messages back; returns how many. `vhost` is the queue's."""
        return (await self.call(messages.UndoPurge(bin_id, vhost), CountReply)).count

    async def put_vhost(self, spec: VhostSpec) -> None:
        """Make a virtual host, or change one."""
        await self.call(messages.PutVhost(**msgspec.structs.asdict(spec)), type(None))

    async def delete_vhost(self, name: str) -> None:
        """Delete a virtual host with everything in it."""
        await self.call(messages.DeleteVhost(name), type(None))

    async def put_policy(self, policy: Policy) -> None:
        """Make a policy, or change one; it applies at once."""
        await self.call(messages.PutPolicy(**msgspec.structs.asdict(policy)), type(None))

    async def delete_policy(
        self, name: str, *, is_operator: bool = False, vhost: str = DEFAULT_VHOST
    ) -> None:
        """Delete a policy."""
        await self.call(messages.DeletePolicy(name, is_operator, vhost), type(None))

    # ---- the profile

    async def store_health(self) -> StoreHealth:
        """How it stands with the profile and its disk."""
        return await self.call(GetStoreHealth(), StoreHealth)

    async def resume_publishing(self) -> None:
        """Let publishers go on after a failure of the disk that somebody has seen."""
        await self.call(ResumePublishing(), type(None))

    async def start_backup(self, target: str, *, is_plain: bool = False) -> BackupState:
        """Copy the profile to a new file, given by its whole path; `is_plain`: without encryption."""
        return await self.call(StartBackup(target, is_plain), BackupState)

    async def backup(self) -> BackupState:
        """How far the backup is."""
        return await self.call(GetBackup(), BackupState)

    async def stop_backup(self) -> BackupState:
        """Give the backup up."""
        return await self.call(StopBackup(), BackupState)

    async def kick(self, connection_id: int, reason: str = "Closed from MQ Studio") -> None:
        """Ask a client to go."""
        await self.call(messages.KickConnection(connection_id, reason), type(None))
