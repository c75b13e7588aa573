"""What can be asked without changing anything. Queries never alter counts, order or locks.

They are tagged with their names because the native protocol carries them as they are.
"""

from msgspec import Struct

from mqstudio.model.message import Header
from mqstudio.model.rates import ScopeKind
from mqstudio.model.rows import MessageState
from mqstudio.model.topology import DEFAULT_VHOST


class GetInfo(Struct, frozen=True, tag=True):
    """About the broker. Reply: BrokerInfo."""


class GetTopology(Struct, frozen=True, tag=True):
    """Everything declared. Reply: Topology."""


class GetPage(Struct, frozen=True, tag=True):
    """Messages of a queue. Reply: MessagePage. Refused: NO_SUCH_QUEUE.

    newest first (`is_oldest_first`: reverse), starting after `after_id`; only `states` if given, and only
    what the filter `where` finds. A page by a filter takes no longer than a moment: it may have few rows, or
    none, and still say where to go on. Refused then: INVALID_ARGUMENT.
    """

    queue: str
    vhost: str = DEFAULT_VHOST
    limit: int = 200
    after_id: int | None = None
    is_oldest_first: bool = False
    states: list[MessageState] = []
    where: str = ""


class GetMessage(Struct, frozen=True, tag=True):
    """One message. Reply: MessageDetail. Refused: NO_SUCH_QUEUE, NO_SUCH_MESSAGE.

    queue: "" for one that no queue took.
    """

    queue: str
    message_id: int
    vhost: str = DEFAULT_VHOST
    body_offset: int = 0
    body_limit: int | None = None


class FindMessage(Struct, frozen=True, tag=True):
    """Which queues a message is, or was, in. Reply: Whereabouts."""

    message_id: int


class GetLifecycle(Struct, frozen=True, tag=True):
    """What a message was, is and became. Reply: Lifecycle. Refused: NO_SUCH_MESSAGE."""

    message_id: int


class GetVolume(Struct, frozen=True, tag=True):
    """How many messages came to a queue over time, by what became of them. Reply: Volume, a part of it.

    step_us: how long the steps of time are. before_id: go on below this message; down_to_id: no further than
    this one. Refused: NO_SUCH_QUEUE, INVALID_ARGUMENT.
    """

    queue: str
    vhost: str = DEFAULT_VHOST
    step_us: int = 1_000_000
    before_id: int | None = None
    down_to_id: int = 0


class GetHappenings(Struct, frozen=True, tag=True):
    """What was declared, opened, closed and done by hand in a time (None: until now). Reply: Happenings.

    limit: so many at most, the newest.
    """

    since_us: int = 0
    until_us: int | None = None
    limit: int = 1_000


class GetValues(Struct, frozen=True, tag=True):
    """What fields hold in some messages of a queue. Reply: MessageValues.

    fields: as filters name them, such as message_id, headers.tenant or body.lines[0].sku. wheres: filters; of
    each, what its parts about the message alone come to. Refused: NO_SUCH_QUEUE, INVALID_ARGUMENT.
    """

    queue: str
    ids: list[int]
    fields: list[str] = []
    wheres: list[str] = []
    vhost: str = DEFAULT_VHOST


class PreviewRoute(Struct, frozen=True, tag=True):
    """Where would it go? Reply: RoutePreview."""

    exchange: str
    routing_key: str
    vhost: str = DEFAULT_VHOST
    headers: list[Header] = []


class GetHistory(Struct, frozen=True, tag=True):
    """Rates of a queue, or of the whole broker (None). Reply: RateHistory. Refused: NO_SUCH_QUEUE.

    Without `step_us` the last hour, as finely as it is remembered: every sample of the last minute. With it,
    steps at most so long between `since_us` and `until_us` (None: now), up to a week back; where they are too
    old, or too many, longer ones. kind and id: rates of a client (its connection's id) or of a consumer (its
    subscription's) instead. metrics: only these lists of the reply are filled, besides times and lengths; []
    is all.
    """

    queue: str | None = None
    vhost: str = DEFAULT_VHOST
    step_us: int = 0
    since_us: int = 0
    until_us: int | None = None
    kind: ScopeKind | None = None
    id: int = 0
    metrics: list[str] = []


class GetClients(Struct, frozen=True, tag=True):
    """All channels and subscriptions. Reply: Clients."""


class GetClientDetails(Struct, frozen=True, tag=True):
    """What else is known of clients, and who failed to become one. Reply: ClientDetails."""


class GetFlows(Struct, frozen=True, tag=True):
    """Who publishes where, which way it goes on, who gets it. Reply: Flows."""


class GetSample(Struct, frozen=True, tag=True):
    """The latest sample, with everything in it. Reply: Sample."""


class DescribeQueues(Struct, frozen=True, tag=True):
    """How queues of a virtual host are set, and what is in them: QueueStates, in order of name.

    name: only this one. None where there is no such queue, or virtual host.
    """

    vhost: str
    name: str | None = None


class ListCarrying(Struct, frozen=True, tag=True):
    """Tasks that empty a queue into another, those of a queue, the newest first. Reply: CarryTasks."""

    vhost: str
    queue: str


class ListBins(Struct, frozen=True, tag=True):
    """What purges can be undone, newest first. Reply: list[BinRow]."""


Query = (
    GetInfo
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
    | GetClients
    | GetClientDetails
    | GetFlows
    | GetSample
    | ListBins
    | DescribeQueues
    | ListCarrying
)


class WatchSamples(Struct, frozen=True, tag=True):
    """Samples, four a second, latest wins. Items: Sample."""


class WatchIncoming(Struct, frozen=True, tag=True):
    """That messages come into a queue: at once, then every `every_ms` at most. Items: Incoming, latest wins.

    While none come nothing is sent, and nothing is looked at. There need be no such queue yet.
    """

    queue: str
    vhost: str = DEFAULT_VHOST
    every_ms: int = 50


class WatchEvents(Struct, frozen=True, tag=True):
    """Message events as they happen, of one queue or all; bounded, with gaps told. Items: TailItem.

    where: a filter; only events of messages that it finds, as they stand with that event.
    """

    queue: str | None = None
    vhost: str = DEFAULT_VHOST
    where: str = ""


class Search(Struct, frozen=True, tag=True):
    """Look for messages in everything that is kept, newest first, until told to stop. Items: Found.

    What is given must all be so: text occurs in the body, key_part in the routing key; exchange is the one
    it was published to. headers: name → value as text. json: path into a body of JSON (`order.lines.0.id`) →
    value, as text or as JSON writes it. since_us, until_us: when it was published, both within. queue: it has
    been there. states: where it stands in a queue; any of them. where: a filter. Case counts. `limit` rows at
    most. Refused: TOO_MANY, INVALID_ARGUMENT.
    """

    text: str = ""
    vhost: str = DEFAULT_VHOST
    queue: str | None = None
    exchange: str | None = None
    key_part: str = ""
    headers: dict[str, str] = {}
    json: dict[str, str] = {}
    since_us: int | None = None
    until_us: int | None = None
    states: list[MessageState] = []
    limit: int = 1_000
    where: str = ""


Watch = WatchSamples | WatchIncoming | WatchEvents | Search
