"""What goes over the native wire: envelopes, and the verbs that a window or a script can ask for.

A frame is a 32-bit big-endian length and one MessagePack map whose `type` is the struct's name.
What an envelope carries is kept raw until its kind is known: so a call that makes no sense is
answered by its id instead of ending the connection.
"""

from msgspec import Raw, Struct

from mqstudio.model.access import AccessVerb
from mqstudio.model.disk import DiskRequest
from mqstudio.model.message import Properties
from mqstudio.model.policies import AppliesTo
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
    GetValues,
    GetVolume,
    ListBins,
    PreviewRoute,
)
from mqstudio.model.records import GetRecords
from mqstudio.model.rows import BrokerInfo
from mqstudio.model.topology import DEFAULT_VHOST, Arguments, DestinationKind
from mqstudio.protocols.native.hand import HandCall

INVALID = "invalid"
"""Code of a Failed whose call makes no sense; all others are names of refusals."""

# ---- envelopes, client to broker


class Hello(Struct, frozen=True, tag=True):
    """The first frame: the token, and who speaks."""

    token: str
    client: str
    version: str


class Call(Struct, frozen=True, tag=True):
    """One request; answered by Answer or Failed with the same id, in order."""

    id: int
    request: Raw


class Watching(Struct, frozen=True, tag=True):
    """Begin to send items; answered (with nil) when it runs, or Failed. Ids are shared with calls."""

    id: int
    watch: Raw


class Unwatch(Struct, frozen=True, tag=True):
    """No more items. Not answered; items already on their way may still come."""

    id: int


ToBroker = Hello | Call | Watching | Unwatch

# ---- envelopes, broker to client


class Welcome(Struct, frozen=True, tag=True):
    """The token was right."""

    info: BrokerInfo


class Answer(Struct, frozen=True, tag=True):
    """The call was done; the type of `result` follows from its request."""

    id: int
    result: Raw


class Failed(Struct, frozen=True, tag=True):
    """The call changed nothing. `code`: a Refusal's name in lower case, or "invalid"."""

    id: int
    code: str
    says: str


class Item(Struct, frozen=True, tag=True):
    """The next item of a watch."""

    id: int
    item: Raw


class Gap(Struct, frozen=True, tag=True):
    """So many items of a watch were left out here, because the watcher could not keep up."""

    id: int
    count: int


class Goodbye(Struct, frozen=True, tag=True):
    """The last frame: why the broker hangs up."""

    says: str


FromBroker = Welcome | Answer | Failed | Item | Gap | Goodbye

# ---- verbs: the model's commands without a channel, which the session adds


class Publish(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Publish one message. Result: PublishReply."""

    exchange: str
    routing_key: str
    body: bytes
    properties: Properties = Properties()
    vhost: str = DEFAULT_VHOST


class PublishByHand(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Publish one message that may be taken back: its id and its queues are told. Result: ActedReply."""

    exchange: str
    routing_key: str
    body: bytes
    properties: Properties = Properties()
    vhost: str = DEFAULT_VHOST


class PublishReply(Struct, frozen=True):
    """Whether the message found any queue, and whether one it found was full and refused it.

    A message that its exchange holds for a while finds its queues later: `was_routed` is false.
    """

    was_routed: bool
    was_refused: bool = False


class DeclareQueue(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Make a queue, or check that an equal one exists. Result: QueueStatus."""

    name: str
    is_durable: bool = False
    is_exclusive: bool = False
    is_auto_delete: bool = False
    is_passive: bool = False
    arguments: Arguments = {}
    vhost: str = DEFAULT_VHOST


class DeleteQueue(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Delete a queue. Result: CountReply."""

    name: str
    if_unused: bool = False
    if_empty: bool = False
    vhost: str = DEFAULT_VHOST


class PurgeQueue(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Move a queue's ready messages to the bin; `needs_bin`: or else not at all. Result: PurgeReply."""

    name: str
    vhost: str = DEFAULT_VHOST
    needs_bin: bool = False


class DeclareExchange(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Make an exchange, or check that an equal one exists. Result: nil."""

    name: str
    kind: str = "direct"
    is_durable: bool = False
    is_auto_delete: bool = False
    is_internal: bool = False
    is_passive: bool = False
    arguments: Arguments = {}
    vhost: str = DEFAULT_VHOST


class DeleteExchange(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Delete an exchange. Result: nil."""

    name: str
    if_unused: bool = False
    vhost: str = DEFAULT_VHOST


class Bind(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Add a binding from an exchange to a queue or another exchange. Result: nil."""

    exchange: str
    destination: str
    routing_key: str = ""
    arguments: Arguments = {}
    destination_kind: DestinationKind = DestinationKind.QUEUE
    vhost: str = DEFAULT_VHOST


class Unbind(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Remove a binding. Result: nil."""

    exchange: str
    destination: str
    routing_key: str = ""
    arguments: Arguments = {}
    destination_kind: DestinationKind = DestinationKind.QUEUE
    vhost: str = DEFAULT_VHOST


class UndoPurge(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Bring a bin's messages back. Result: CountReply. `vhost` is the queue's."""

    bin_id: int
    vhost: str = DEFAULT_VHOST


class KickConnection(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Ask a client to go. Result: nil."""

    connection_id: int
    reason: str = "Closed from MQ Studio"


class PutVhost(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Make a virtual host, or change one. Result: nil."""

    name: str
    description: str = ""
    tags: tuple[str, ...] = ()
    default_kind: str = ""
    is_traced: bool = False


class DeleteVhost(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Delete a virtual host with all that is in it. Result: nil."""

    name: str


class PutPolicy(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Make a policy, or change one; it applies at once. Result: nil."""

    name: str
    pattern: str
    definition: Arguments = {}
    priority: int = 0
    applies_to: AppliesTo = AppliesTo.ALL
    is_operator: bool = False
    vhost: str = DEFAULT_VHOST


class DeletePolicy(Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Delete a policy. Result: nil."""

    name: str
    is_operator: bool = False
    vhost: str = DEFAULT_VHOST


Verb = (
    HandCall
    | Publish
    | PublishByHand
    | DeclareQueue
    | DeleteQueue
    | PurgeQueue
    | DeclareExchange
    | DeleteExchange
    | Bind
    | Unbind
    | UndoPurge
    | KickConnection
    | PutVhost
    | DeleteVhost
    | PutPolicy
    | DeletePolicy
)
Request = (
    Verb
    | AccessVerb
    | DiskRequest
    | GetInfo
    | GetTopology
    | GetPage
    | GetMessage
    | FindMessage
    | GetLifecycle
    | GetVolume
    | GetHappenings
    | GetValues
    | PreviewRoute
    | GetHistory
    | GetRecords
    | GetClients
    | GetClientDetails
    | GetFlows
    | ListBins
)
"""Everything a Call can carry: the verbs above, and as they are what the model asks about users and rights,
and its queries."""
