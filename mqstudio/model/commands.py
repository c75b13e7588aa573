"""What can be asked of the engine. Verbs; each names its answer in its docstring.

`channel_id` says who asks: it leads to the connection and so to the virtual host and the user.
A command without an answer of its own is answered with None. Refusals are raised as RefusedError.
"""

from collections.abc import Sequence

from msgspec import Struct

from mqstudio.model.delivery import Outcome
from mqstudio.model.lending import LendingCommand
from mqstudio.model.limits import WINDOW_MESSAGES
from mqstudio.model.message import PLAIN, Message, Traits
from mqstudio.model.places import PageEntry
from mqstudio.model.policies import Policy
from mqstudio.model.refs import QueueRef
from mqstudio.model.topology import Arguments, ConnectionInfo, DestinationKind, VhostSpec
from mqstudio.model.verbs import HandVerb, PauseVerb


class PublishMessage(Struct, frozen=True, gc=False):
    """Route a message and enqueue it wherever its route leads.

    Reply: None, or PublishReply when a full queue refused it. An unroutable mandatory message comes back
    to the channel as a MessageReturned event, before this command's answer counts as given.
    """

    channel_id: int
    exchange: str
    routing_key: str
    properties: bytes
    body: bytes
    is_mandatory: bool = False
    format: str = ""  # of `properties`; "" = the connection's protocol
    traits: Traits = PLAIN


class PublishByHand(Struct, frozen=True, gc=False):
    """Publish for a person, who may want it undone. Reply: ActedReply, of 0 messages if no queue took it.

    Its successor is the new message, in `queues`; none if an exchange holds it for a while.
    Refused: as PublishMessage.
    """

    channel_id: int
    published: PublishMessage


class PublishInternally(Struct, frozen=True, gc=False):
    """Publish in the broker's own name, also to exchanges that take nothing from clients. Reply: None.

    Refused: NO_SUCH_VHOST, NO_SUCH_EXCHANGE.
    """

    vhost: str
    exchange: str
    routing_key: str
    properties: bytes
    body: bytes
    format: str


class SettleDelivery(Struct, frozen=True, gc=False):
    """End open deliveries of a channel: `delivery_tag`, or all up to it when `is_multiple`.

    Tag 0 with `is_multiple` means all. Refused: NO_SUCH_DELIVERY.
    """

    channel_id: int
    delivery_tag: int
    is_multiple: bool
    outcome: Outcome


class OpenConnection(Struct, frozen=True):
    """A peer finished its handshake. Refused: NO_SUCH_VHOST."""

    info: ConnectionInfo


class CloseConnection(Struct, frozen=True):
    """A connection has ended; its channels go, its deliveries return, its exclusive queues go."""

    connection_id: int
    reason: str = ""


class KickConnection(Struct, frozen=True):
    """Ask a peer to go: its session gets a ConnectionKicked event and says so in its protocol."""

    connection_id: int
    reason: str = "Closed from MQ Studio"


class GrantRoom(Struct, frozen=True):
    """A connection's socket can take `room_bytes` more deliveries."""

    connection_id: int
    room_bytes: int


class OpenChannel(Struct, frozen=True):
    """Open a channel. `channel_id` is unique in the broker, `number` the protocol's own.

    `vhost`: another virtual host than the connection's own ("" is that one). Refused: NO_SUCH_VHOST.
    """

    channel_id: int
    connection_id: int
    number: int
    vhost: str = ""


class CloseChannel(Struct, frozen=True):
    """End a channel: its subscriptions go, its open deliveries return to their places."""

    channel_id: int


class DeclareExchange(Struct, frozen=True):
    """Make an exchange, or check that an equal one exists (`is_passive`: that any does)."""

    channel_id: int
    name: str
    kind: str = "direct"
    is_durable: bool = False
    is_auto_delete: bool = False
    is_internal: bool = False
    is_passive: bool = False
    arguments: Arguments = {}


class DeleteExchange(Struct, frozen=True):
    """Delete an exchange; deleting what does not exist is fine."""

    channel_id: int
    name: str
    if_unused: bool = False


class DeclareQueue(Struct, frozen=True):
    """Make a queue, or check that an equal one exists. Reply: QueueStatus."""

    channel_id: int
    name: str
    is_durable: bool = False
    is_exclusive: bool = False
    is_auto_delete: bool = False
    is_passive: bool = False
    arguments: Arguments = {}


class DeleteQueue(Struct, frozen=True):
    """Delete a queue; deleting what does not exist is fine. Reply: CountReply of ready messages."""

    channel_id: int
    name: str
    if_unused: bool = False
    if_empty: bool = False


class Bind(Struct, frozen=True):
    """Add a binding from an exchange to a queue or another exchange; adding it twice is fine."""

    channel_id: int
    exchange: str
    destination: str
    routing_key: str = ""
    arguments: Arguments = {}
    destination_kind: DestinationKind = DestinationKind.QUEUE


class Unbind(Struct, frozen=True):
    """Remove a binding; removing what does not exist is fine."""

    channel_id: int
    exchange: str
    destination: str
    routing_key: str = ""
    arguments: Arguments = {}
    destination_kind: DestinationKind = DestinationKind.QUEUE


class PurgeQueue(Struct, frozen=True):
    """Move all ready messages of a queue to the bin. Reply: PurgeReply.

    needs_bin: refused (TOO_MANY), and nothing changed, where no bin can hold them.
    """

    channel_id: int
    name: str
    needs_bin: bool = False


class TakeMessage(Struct, frozen=True):
    """Hand over the first ready message, once. Reply: TakeReply."""

    channel_id: int
    queue: str
    is_auto_settled: bool = False


class LogStart(Struct, frozen=True, tag=True):
    """Where a subscription begins in a log: one of the three; none: behind the last message.

    offset: at this message or the first kept after it (0: the first kept). at_us: at the first that came
    at or after this time. is_last: at the last message there is. problem: what is wrong with what was
    asked for, in the protocol's words; a log refuses it, other queues do not care.
    """

    offset: int | None = None
    at_us: int | None = None
    is_last: bool = False
    problem: str = ""


class Subscribe(Struct, frozen=True):
    """Ask for messages as they come. Reply: SubscribeReply, before the first delivery.

    `credit` is the most open deliveries this subscription may hold; 0 is no limit. Of those with room
    the ones with the highest `priority` get everything. `start` says where to begin in a log.
    """

    channel_id: int
    queue: str
    tag: str
    is_auto_settled: bool = False
    is_exclusive: bool = False
    credit: int = 0
    arguments: Arguments = {}
    priority: int = 0
    start: LogStart | None = None


class CancelSubscription(Struct, frozen=True):
    """End a subscription; its open deliveries stay open. Cancelling an unknown tag is fine."""

    channel_id: int
    tag: str


class SetChannelCredit(Struct, frozen=True):
    """Limit the open deliveries of all subscriptions of a channel together; 0 lifts the limit."""

    channel_id: int
    credit: int


class RecoverDeliveries(Struct, frozen=True):
    """Return all open deliveries of a channel to their queues."""

    channel_id: int


class SelectTransaction(Struct, frozen=True):
    """From now on hold a channel's publishes and settlements until it commits or rolls back."""

    channel_id: int


class CommitTransaction(Struct, frozen=True):
    """Do what was held, in order. Reply: PublishReply if a queue refused one. Refused: NO_TRANSACTION."""

    channel_id: int


class RollbackTransaction(Struct, frozen=True):
    """Forget what was held; deliveries settled in it are open again. Refused: NO_TRANSACTION."""

    channel_id: int


class PutVhost(Struct, frozen=True):
    """Make a virtual host, or change its description, tags, default kind and tracing. Reply: None."""

    spec: VhostSpec


class DeleteVhost(Struct, frozen=True):
    """Delete a virtual host with everything in it; its connections are kicked. Refused: NO_SUCH_VHOST."""

    name: str


class PutPolicy(Struct, frozen=True):
    """Make or change a policy; it applies at once. Refused: NO_SUCH_VHOST, INVALID_ARGUMENT."""

    policy: Policy


class DeletePolicy(Struct, frozen=True):
    """Delete a policy. Refused: NO_SUCH_VHOST, NO_SUCH_POLICY."""

    vhost: str
    name: str
    is_operator: bool = False


class RestoredMessage(Struct, frozen=True):
    """A message to put back, with how often it had been handed over."""

    message: Message
    deliveries: int


class RestoreMessages(Struct, frozen=True):
    """Put messages back in their places in a queue: the undo of a purge. Reply: CountReply."""

    channel_id: int
    queue: str
    bin_id: int
    messages: list[RestoredMessage]


class RestoreBin(Struct, frozen=True):
    """Put a bin back that only the store has: it moves the messages, the engine counts them.

    before: the first of the places they had. Reply: CountReply.
    """

    channel_id: int
    queue: str
    bin_id: int
    before: int
    count: int
    body_bytes: int


class PageOut(Struct, frozen=True):
    """Give up messages that the store has, or is to have, until those that are ready take up less memory.

    Of each queue the first `window` stay. Reply: CountReply of the messages given up; where that is not
    enough yet, ask again.
    """

    most_bytes: int
    window: int = WINDOW_MESSAGES


class PageIn(Struct, frozen=True, gc=False):
    """Bring the page that PageWanted asked for. What nobody wants any more is ignored. Reply: None.

    is_last: the store has none of this queue behind these.
    """

    queue: QueueRef
    number: int
    entries: Sequence[PageEntry]
    is_last: bool


Command = (
    PublishMessage
    | PublishByHand
    | PublishInternally
    | SettleDelivery
    | OpenConnection
    | CloseConnection
    | KickConnection
    | GrantRoom
    | OpenChannel
    | CloseChannel
    | DeclareExchange
    | DeleteExchange
    | DeclareQueue
    | DeleteQueue
    | Bind
    | Unbind
    | PurgeQueue
    | TakeMessage
    | Subscribe
    | CancelSubscription
    | SetChannelCredit
    | RecoverDeliveries
    | SelectTransaction
    | CommitTransaction
    | RollbackTransaction
    | PutVhost
    | DeleteVhost
    | PutPolicy
    | DeletePolicy
    | RestoreMessages
    | RestoreBin
    | PageOut
    | PageIn
    | HandVerb
    | LendingCommand
    | PauseVerb
)


class UndoPurge(Struct, frozen=True):
    """Bring a bin's messages back. Reply: CountReply. Refused: NO_SUCH_BIN, NO_SUCH_QUEUE.

    Not for the engine: the server reads the bin from the store and sends RestoreMessages.
    """

    channel_id: int
    bin_id: int
