"""Everything that has happened. Past tense; in the order it happened; times in µs since 1970.

A message's life in one queue: published, routed, enqueued, delivered, settled; or requeued and
delivered again; or purged (and perhaps restored), or dropped. Unroutable ones end at once.
Events hold the message itself: in the process that costs a pointer and saves every lookup.
"""

from msgspec import Struct

from mqstudio.model.delivery import DropReason, Outcome, ReleaseCause
from mqstudio.model.lending import MessagesLent, QueueAltered
from mqstudio.model.message import Message
from mqstudio.model.places import PageEntry
from mqstudio.model.policies import Policy
from mqstudio.model.refs import ChannelRef, QueueRef, SubscriptionRef
from mqstudio.model.topology import BindingSpec, ConnectionInfo, ExchangeSpec, QueueSpec, VhostSpec


class MessagePublished(Struct, frozen=True, gc=False, tag="published"):
    """A message arrived at the broker."""

    at_us: int
    message: Message


class MessageRouted(Struct, frozen=True, gc=False, tag="routed"):
    """Its exchange sent the message to these queues."""

    at_us: int
    message: Message
    queues: tuple[QueueRef, ...]


class MessageUnroutable(Struct, frozen=True, gc=False, tag="unroutable"):
    """No binding matched. `was_returned`: the publisher asked to have it back."""

    at_us: int
    message: Message
    was_returned: bool


class MessageEnqueued(Struct, frozen=True, gc=False, tag="enqueued"):
    """The message waits in a queue; in a log it has got this offset.

    is_paged: it does so in the store only, which must keep a place for it.
    """

    at_us: int
    message: Message
    queue: QueueRef
    offset: int | None = None
    is_paged: bool = False


class MessageDelivered(Struct, frozen=True, gc=False, tag="delivered"):
    """The message was handed over. `subscription` is None for a single take."""

    at_us: int
    message: Message
    queue: QueueRef
    channel: ChannelRef
    subscription: SubscriptionRef | None
    delivery_tag: int
    is_redelivered: bool
    is_auto_settled: bool
    notes: "DeliveryNotes | None" = None


class DeliveryNotes(Struct, frozen=True, gc=False):
    """What some kinds of queue tell with a delivery: how often it came back, its place in a log."""

    returns: int = 0
    offset: int | None = None


class MessageSettled(Struct, frozen=True, gc=False, tag="settled"):
    """A delivery ended; with outcome `accepted` the message is done in this queue.

    Not so if it `stays`, as in a log: then only its reader is done with it.
    """

    at_us: int
    message: Message
    queue: QueueRef
    channel: ChannelRef
    delivery_tag: int
    outcome: Outcome
    stays: bool = False
    forced_by: int | None = None
    """Not its holder but this connection has ended it."""
    cause: ReleaseCause = ReleaseCause.GIVEN_BACK
    """Why it was released, if it was."""


class MessageRequeued(Struct, frozen=True, gc=False, tag="requeued"):
    """The message is back at its place in the queue, having been handed over so often.

    is_paged: its place is behind those in memory, so that it is the store's to keep.
    """

    at_us: int
    message: Message
    queue: QueueRef
    deliveries: int = 0
    is_paged: bool = False


class MessageDropped(Struct, frozen=True, gc=False, tag="dropped"):
    """The message left the queue for good without being accepted."""

    at_us: int
    message: Message
    queue: QueueRef
    reason: DropReason


class MessageDeadLettered(Struct, frozen=True, gc=False, tag="dead_lettered"):
    """The message left the queue and goes on as a new message, `successor_id` (its past says whence)."""

    at_us: int
    message: Message
    queue: QueueRef
    reason: DropReason
    exchange: str
    successor_id: int


class MessageRefused(Struct, frozen=True, gc=False, tag="refused"):
    """A full queue did not take the message; its publisher is told so."""

    at_us: int
    message: Message
    queue: QueueRef


class MessageDelayed(Struct, frozen=True, gc=False, tag="delayed"):
    """An exchange holds the message until `until_us`; then it goes on as a new message."""

    at_us: int
    message: Message
    vhost: str
    until_us: int
    exchange: str = ""


class MessagePurged(Struct, frozen=True, gc=False, tag="purged"):
    """The message left the queue for the bin. `deliveries`: how often it had been handed over."""

    at_us: int
    message: Message
    queue: QueueRef
    bin_id: int
    deliveries: int


class MessageRestored(Struct, frozen=True, gc=False, tag="restored"):
    """The message came back from the bin to its place in the queue, having been handed over so often."""

    at_us: int
    message: Message
    queue: QueueRef
    bin_id: int
    deliveries: int = 0
    is_paged: bool = False


class MessageMoved(Struct, frozen=True, gc=False, tag="moved"):
    """The message left the queue by hand and goes on in others, as `successor_id` (whose past tells of it).

    how: move, redrive, or back where that was undone.
    """

    at_us: int
    message: Message
    queue: QueueRef
    successor_id: int
    how: str
    to: tuple[str, ...]


class Intervened(Struct, frozen=True, tag="intervened"):
    """Somebody has done something by hand to so many messages, or paused what hands them over.

    verb: remove, move, copy, redrive, back, release, accept, reject, restore, pause, resume.
    subscription: the id of the one that was paused; neither it nor a queue: everything was.
    """

    at_us: int
    connection_id: int
    verb: str
    queue: QueueRef | None = None
    count: int = 0
    to: tuple[str, ...] = ()
    bin_id: int = 0
    subscription: int | None = None


class MessagesPagedOut(Struct, frozen=True, gc=False, tag="paged_out"):
    """Memory gave these messages up, in order of their places: from now on only the store has them."""

    at_us: int
    queue: QueueRef
    entries: tuple[PageEntry, ...]


class ExchangeDeclared(Struct, frozen=True, tag="exchange_declared"):
    """An exchange exists from now on."""

    at_us: int
    vhost: str
    spec: ExchangeSpec


class ExchangeDeleted(Struct, frozen=True, tag="exchange_deleted"):
    """An exchange is gone."""

    at_us: int
    vhost: str
    name: str


class QueueDeclared(Struct, frozen=True, tag="queue_declared"):
    """A queue exists from now on; `owner_id` is the connection an exclusive one belongs to."""

    at_us: int
    queue: QueueRef
    spec: QueueSpec
    owner_id: int | None


class QueueDeleted(Struct, frozen=True, tag="queue_deleted"):
    """A queue is gone, and with it `beyond_count` messages that only the store had, behind place `beyond`."""

    at_us: int
    queue: QueueRef
    reason: str
    beyond: int | None = None
    beyond_count: int = 0


class QueuePurged(Struct, frozen=True, tag="queue_purged"):
    """A queue was emptied of its ready messages; follows their MessagePurged events.

    `purged` are these events again, so that a bin can be made of this one (empty if bin_id is 0). Of the
    `count` messages `beyond_count` are such that only the store has: all behind place `beyond`, but those
    whose ids are in `spared`, which are in flight.
    """

    at_us: int
    queue: QueueRef
    bin_id: int
    count: int
    purged: tuple[MessagePurged, ...]
    beyond: int | None = None
    beyond_count: int = 0
    spared: tuple[int, ...] = ()


class QueueMiscounted(Struct, frozen=True, tag="queue_miscounted"):
    """The store had fewer messages of a queue than it should (`missing` < 0: more)."""

    at_us: int
    queue: QueueRef
    missing: int


class BinEmptied(Struct, frozen=True, tag="bin_emptied"):
    """All messages of a bin are back in their queue. `is_on_disk`: the store has them, and moves them."""

    at_us: int
    queue: QueueRef
    bin_id: int
    count: int
    is_on_disk: bool = False


class BindingAdded(Struct, frozen=True, tag="binding_added"):
    """An exchange has a new rule."""

    at_us: int
    vhost: str
    binding: BindingSpec


class BindingRemoved(Struct, frozen=True, tag="binding_removed"):
    """An exchange lost a rule."""

    at_us: int
    vhost: str
    binding: BindingSpec


class VhostCreated(Struct, frozen=True, tag="vhost_created"):
    """A virtual host exists from now on, or has new properties."""

    at_us: int
    spec: VhostSpec


class VhostDeleted(Struct, frozen=True, tag="vhost_deleted"):
    """A virtual host is gone, and everything in it."""

    at_us: int
    name: str


class PolicyPut(Struct, frozen=True, tag="policy_put"):
    """A policy exists from now on, or was changed."""

    at_us: int
    policy: Policy


class PolicyDeleted(Struct, frozen=True, tag="policy_deleted"):
    """A policy is gone."""

    at_us: int
    vhost: str
    name: str
    is_operator: bool


class ConnectionOpened(Struct, frozen=True, tag="connection_opened"):
    """A client finished its handshake."""

    at_us: int
    info: ConnectionInfo


class ConnectionClosed(Struct, frozen=True, tag="connection_closed"):
    """A client is gone."""

    at_us: int
    connection_id: int
    reason: str


class ChannelOpened(Struct, frozen=True, tag="channel_opened"):
    """A client opened a channel."""

    at_us: int
    channel: ChannelRef


class ChannelClosed(Struct, frozen=True, tag="channel_closed"):
    """A channel ended."""

    at_us: int
    channel: ChannelRef


class SubscriptionOpened(Struct, frozen=True, tag="subscription_opened"):
    """A client asked for a queue's messages."""

    at_us: int
    queue: QueueRef
    subscription: SubscriptionRef
    credit: int
    is_auto_settled: bool


class SubscriptionClosed(Struct, frozen=True, tag="subscription_closed"):
    """A subscription ended. `by_broker`: the client did not ask for it (its queue went)."""

    at_us: int
    queue: QueueRef
    subscription: SubscriptionRef
    by_broker: bool


class SubscriptionActivated(Struct, frozen=True, tag="subscription_activated"):
    """Of the subscriptions of a single-active queue this one gets the messages from now on."""

    at_us: int
    queue: QueueRef
    subscription: SubscriptionRef


class ChannelExpired(Struct, frozen=True, tag="channel_expired"):
    """Mail to a connection only: a delivery stayed open too long, so its channel was ended."""

    channel: ChannelRef
    lease_us: int


class MessageReturned(Struct, frozen=True, tag="returned"):
    """Mail to a publisher only: its mandatory message found no queue. Not part of the ledger."""

    channel: ChannelRef
    message: Message


class ConnectionKicked(Struct, frozen=True, tag="kicked"):
    """Mail to a connection only: somebody wants it closed. Not part of the ledger."""

    connection_id: int
    reason: str


class PublishingBlocked(Struct, frozen=True, tag="blocked"):
    """Mail to a connection only: its publishes are not read for now. Not part of the ledger."""

    connection_id: int
    reason: str


class PublishingResumed(Struct, frozen=True, tag="resumed"):
    """Mail to a connection only: its publishes are read again. Not part of the ledger."""

    connection_id: int


MessageEvent = (
    MessagePublished
    | MessageRouted
    | MessageUnroutable
    | MessageEnqueued
    | MessageDelivered
    | MessageSettled
    | MessageRequeued
    | MessageDropped
    | MessageDeadLettered
    | MessageRefused
    | MessageDelayed
    | MessagePurged
    | MessageRestored
    | MessageMoved
)
Event = (
    MessageEvent
    | MessagesPagedOut
    | QueueMiscounted
    | Intervened
    | ExchangeDeclared
    | ExchangeDeleted
    | QueueDeclared
    | QueueAltered
    | QueueDeleted
    | QueuePurged
    | BinEmptied
    | BindingAdded
    | BindingRemoved
    | VhostCreated
    | VhostDeleted
    | PolicyPut
    | PolicyDeleted
    | ConnectionOpened
    | ConnectionClosed
    | ChannelOpened
    | ChannelClosed
    | SubscriptionOpened
    | SubscriptionClosed
    | SubscriptionActivated
)
Mail = (
    MessageDelivered
    | MessagesLent
    | SubscriptionClosed
    | MessageReturned
    | ChannelExpired
    | ConnectionKicked
    | PublishingBlocked
    | PublishingResumed
)
"""What the engine addresses to one connection."""


class EventBatch(list[Event]):
    """The events of one turn of the loop, in order.

    `notable` are those among them that are not a message's daily life: things declared, opened,
    closed, purged. They are few; keeping them apart spares their readers a walk through the many.
    `held_bytes` is what the messages that arrived or ended in the batch take in memory: its events keep
    them from being freed, and an end may come long after the arrival was forgotten.
    `answered` are the deliveries that were accepted in the batch: they tell since when they were open.
    """

    __slots__ = ("answered", "held_bytes", "notable")

    def __init__(self) -> None:
        super().__init__()
        self.notable: list[Event] = []
        self.answered: list[MessageDelivered] = []
        self.held_bytes = 0

    def clear(self) -> None:
        """Forget all events, so that the next ones begin a new batch."""
        super().clear()
        self.notable = []
        if self.answered:
            self.answered = []
        self.held_bytes = 0

    def note(self, event: Event) -> None:
        """Append a notable event."""
        self.append(event)
        self.notable.append(event)
