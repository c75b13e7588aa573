"""What the engine answers where "done" is not enough."""

from msgspec import Struct

from mqstudio.model.events import DeliveryNotes
from mqstudio.model.lending import LendingReply
from mqstudio.model.message import Message
from mqstudio.model.refs import QueueRef
from mqstudio.model.verbs import ActedReply, NotInHand


class QueueStatus(Struct, frozen=True):
    """A queue after its declaration: ready messages (not those in flight) and subscriptions."""

    name: str
    ready: int
    subscriptions: int


class CountReply(Struct, frozen=True):
    """How many messages a command moved."""

    count: int


class PurgeReply(Struct, frozen=True):
    """How many messages went, and the bin that can bring them back (None: too many to keep)."""

    count: int
    bin_id: int | None


class PublishReply(Struct, frozen=True):
    """A queue that is full did not take the message."""

    is_refused: bool


class SubscribeReply(Struct, frozen=True):
    """The subscription stands."""

    tag: str


class TakeReply(Struct, frozen=True):
    """The message taken, or None when the queue has none ready; `ready` is what is left.

    is_on_its_way: there are some, but not in memory yet. Ask again when the next page has come.
    """

    message: Message | None
    ready: int
    delivery_tag: int = 0
    is_redelivered: bool = False
    notes: DeliveryNotes | None = None
    is_on_its_way: bool = False


class PageWanted(Struct, frozen=True):
    """What the engine asks of a store: a queue's next messages, behind the place `after`.

    At most `limit` of them and `most_bytes` of bodies, but one at least. They are to be read when
    everything that has happened until this was asked is in the store. PageIn answers with the number.
    since_us: of a log, and of what came then or later: its messages are in order of time.
    """

    queue: QueueRef
    number: int
    after: int
    limit: int
    most_bytes: int
    since_us: int | None = None


Reply = (
    QueueStatus
    | CountReply
    | PublishReply
    | PurgeReply
    | SubscribeReply
    | TakeReply
    | ActedReply
    | NotInHand
    | LendingReply
    | None
)
