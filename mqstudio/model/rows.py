"""Answers to queries: what tables, inspectors and the command line show."""

from enum import StrEnum

from msgspec import Struct

from mqstudio.model.message import Past, Properties
from mqstudio.model.policies import Policy
from mqstudio.model.rules import QueueRules
from mqstudio.model.topology import Arguments, BindingSpec, ConnectionInfo, ExchangeSpec, QueueSpec, VhostSpec


class MessageState(StrEnum):
    """Where a message stands in one queue."""

    READY = "ready"
    IN_FLIGHT = "in_flight"
    DONE = "done"
    DROPPED = "dropped"
    DEAD_LETTERED = "dead_lettered"
    PURGED = "purged"


class MessageRow(Struct, frozen=True):
    """A message in a queue, as a table shows it. Times in µs since 1970; None: not (yet) happened,
    or forgotten by the ledger.

    `holder` names who has, or had, it: "connection name · consumer tag"; "" when nobody had.
    `preview` is the beginning of the body as text, control characters replaced.
    `delivery_count` counts hand-overs in this queue (for ended ones those still in the ledger).
    `expires_at_us`: when it will have waited too long. `lease_until_us`: when who has it will have had it too
    long, and loses it.
    Of a dead letter: `died_of` and `died_in` say why and where it died last, `deaths` how often it died in
    all, `died_first_us` when it did for the first time.
    `problem`: why what is shown may not be what was published: its file is damaged. "" if all is well.
    """

    message_id: int
    queue: str
    state: MessageState
    exchange: str
    routing_key: str
    size_bytes: int
    preview: str
    published_at_us: int
    enqueued_at_us: int | None = None
    delivered_at_us: int | None = None
    ended_at_us: int | None = None
    holder: str = ""
    holder_connection_id: int | None = None
    delivery_count: int = 0
    is_redelivered: bool = False
    ended_because: str = ""  # accepted, rejected, purged, queue_deleted …
    publisher: str = ""
    problem: str = ""
    died_of: str = ""  # rejected, expired, maxlen, delivery_limit
    died_in: str = ""
    deaths: int = 0
    died_first_us: int | None = None
    priority: int = 0
    expires_at_us: int | None = None
    lease_until_us: int | None = None


class MessagePage(Struct, frozen=True):
    """Rows in the order asked for.

    `next_id`: ask again with it to go on; None at the end. `total_live`: ready and in flight now.
    `looked_at`: messages that a filter was asked about for this page.
    `is_partial`: older ended messages may be missing, the ledger was too busy to look further back.
    `recorded_one_in`: of transient ones that ended among these one in so many is recorded, at the least.
    """

    rows: list[MessageRow]
    next_id: int | None
    total_live: int
    is_partial: bool = False
    looked_at: int = 0
    recorded_one_in: int = 1


class MessageValues(Struct, frozen=True):
    """What was asked of messages, a list for each id; of one that nobody has, "" and 0.

    texts: what each field holds, in one line, cut at VALUE_CHARACTERS. answers: of each filter, a bit for
    each of its parts about messages alone, in the order of `filters.splitting.split`.
    """

    ids: list[int]
    texts: list[list[str]]
    answers: list[list[int]]


class MessageDetail(Struct, frozen=True):
    """One message whole, as far as kept. `body` may be a head; `size_bytes` is all of it.

    `kept_bytes`: how much of the body can still be had, where the ledger kept its head only; None: all.

    `property_error` says why properties could not be read, "" otherwise. `life` are its events
    in this and other queues, oldest first, without bodies, led by those of the messages it was before
    it died or was delayed (at most ANCESTORS_MAX).
    """

    row: MessageRow
    properties: Properties
    body: bytes
    body_offset: int
    format: str
    property_error: str
    life: list["LifeStep"]
    past: Past | None = None
    kept_bytes: int | None = None


class LifeStep(Struct, frozen=True, omit_defaults=True):
    """One event in a message's life: `what` is the event's tag, `detail` a few words on it.

    `message_id` is the message, or the one it was before; `successor_id` the message as which it goes on.
    `exchange` and `routing_key`: by which it was published, or goes on. `reason`: why it left a queue, or,
    where it was released, what became of its holder. `outcome`: how a delivery was settled.
    `connection_id`: who published it, was handed it, or settled it; `client` is its name, `channel` the
    number of its channel, `tag` that of its subscription (a take has none), `delivery_tag` that of the
    delivery.
    `vhost`: the queue's. `is_auto_settled`: handed over and done with at once.
    """

    at_us: int
    what: str
    queue: str
    detail: str
    message_id: int = 0
    successor_id: int = 0
    exchange: str = ""
    routing_key: str = ""
    reason: str = ""
    outcome: str = ""
    connection_id: int = 0
    client: str = ""
    channel: int = 0
    tag: str = ""
    delivery_tag: int = 0
    vhost: str = ""
    is_auto_settled: bool = False
    forced_by: int | None = None


class Place(Struct, frozen=True):
    """A queue that a message is, or was, in; "" for a message that no queue took."""

    vhost: str
    queue: str


class Whereabouts(Struct, frozen=True):
    """Where a message is, or was: the queues it came to, in order. Empty: nobody knows of it."""

    places: list[Place]


class Happening(Struct, frozen=True, omit_defaults=True):
    """Something that happened to what is not a message: declared, opened, closed, done by hand.

    what: as the ledger calls it (queue_deleted, connection_closed, intervened …), or refused, blocked,
    unblocked. reason: why, where somebody says so; of what is done by hand the verb. client: the name of
    whoever did it, or to whom it happened. tag: of a consumer.
    """

    at_us: int
    what: str
    vhost: str = ""
    queue: str = ""
    exchange: str = ""
    connection_id: int = 0
    client: str = ""
    channel: int = 0
    tag: str = ""
    reason: str = ""
    count: int = 0
    binding: BindingSpec | None = None


class Happenings(Struct, frozen=True):
    """What happened in a time, oldest first. known_since_us: what was before is not remembered."""

    happenings: list[Happening]
    known_since_us: int


class RoutePreview(Struct, frozen=True):
    """Where a message would go now. `problem` says why nowhere (no such exchange …), "" if fine."""

    queues: list[str]
    problem: str


class QueueRow(Struct, frozen=True):
    """A queue with its declaration and bindings."""

    spec: QueueSpec
    vhost: str
    id: int
    ready: int
    in_flight: int
    subscriptions: int
    bindings: list[BindingSpec]
    rules: QueueRules = QueueRules()
    policy: str = ""
    operator_policy: str = ""
    used_at_us: int = 0
    owner_connection_id: int | None = None


class QueueState(Struct, frozen=True):
    """A queue's arguments, and how many messages are ready, in flight, and held back until they may come."""

    id: int
    name: str
    arguments: Arguments
    ready: int
    in_flight: int
    held_back: int


class ExchangeRow(Struct, frozen=True):
    """An exchange with its bindings (where it is the source)."""

    spec: ExchangeSpec
    vhost: str
    bindings: list[BindingSpec]
    policy: str = ""


class Topology(Struct, frozen=True):
    """All virtual hosts, with their exchanges, queues and policies; and the kinds of exchange there are."""

    exchanges: list[ExchangeRow]
    queues: list[QueueRow]
    vhosts: list[VhostSpec] = []
    policies: list[Policy] = []
    exchange_kinds: list[str] = []


class ChannelRow(Struct, frozen=True):
    """A channel as clients see it."""

    id: int
    connection_id: int
    number: int
    vhost: str
    credit: int
    unacked: int
    subscriptions: int
    is_transactional: bool


class SubscriptionRow(Struct, frozen=True):
    """A subscription. `is_active`: it may get messages (not waiting behind a single active one).

    lease_us: how long it may keep one open; None: for ever.
    """

    id: int
    tag: str
    vhost: str
    queue: str
    connection_id: int
    channel_id: int
    channel_number: int
    credit: int
    priority: int
    is_auto_settled: bool
    is_exclusive: bool
    is_active: bool
    unacked: int
    arguments: Arguments
    is_paused: bool = False
    lease_us: int | None = None


class Clients(Struct, frozen=True):
    """All channels and subscriptions, and whose they are (what connections count comes with the samples)."""

    channels: list[ChannelRow]
    subscriptions: list[SubscriptionRow]
    connections: list[ConnectionInfo] = []


class ClientDetail(Struct, frozen=True):
    """What is known of a client besides its samples.

    pid, program: the process at the other end, if it is on this computer and ours to see; 0 and "" else, or
    while it is looked up. holds: how long it took to accept deliveries in the last minute or two, as a packed
    histogram. last_error: what it was last refused, "" if nothing. is_slow: it does not read what it is sent.
    """

    connection_id: int
    pid: int = 0
    program: str = ""
    holds: bytes = b""
    last_error: str = ""
    last_error_at_us: int = 0
    is_slow: bool = False


class FailedHandshake(Struct, frozen=True):
    """Somebody connected, and left before being a client; or was one (`was_client`), and it broke off.

    local_address: our end. is_tls: whether the port was one for TLS. refusal: the name of what it was refused
    last, if that is why; user, vhost: whom and what that was about. name: what a client was called. count:
    how often the same has happened, the last time then.
    """

    at_us: int
    protocol: str
    address: str
    why: str
    local_address: str = ""
    is_tls: bool = False
    refusal: str = ""
    user: str = ""
    vhost: str = ""
    name: str = ""
    was_client: bool = False
    count: int = 1


class ClientDetails(Struct, frozen=True):
    """Details of the clients, the last handshakes that failed, and connections that broke; newest first."""

    details: list[ClientDetail]
    failed: list[FailedHandshake]
    broken: list[FailedHandshake] = []


class Listener(Struct, frozen=True):
    """A port we listen on. `owner`: who holds the wanted port when it was taken, "" otherwise."""

    protocol: str
    hosts: list[str]
    port: int
    wanted_port: int
    owner: str
    is_tls: bool = False


class BrokerInfo(Struct, frozen=True):
    """The running broker. `is_lasting`: it keeps a profile on disk."""

    version: str
    pid: int
    profile: str
    started_at_us: int
    listeners: list[Listener]
    is_lasting: bool = False


class BinRow(Struct, frozen=True):
    """Messages that a purge can give back."""

    bin_id: int
    vhost: str
    queue: str
    count: int
    purged_at_us: int


class Found(Struct, frozen=True):
    """What a search found since the item before: a row for each queue that a message was in.

    looked_at, of: messages looked at so far, of how many. is_over: nothing more will come. There may be more
    if it is over before all were looked at; `problem` then says why, "" if the limit was reached.
    recorded_one_in: of transient messages so far looked at one in so many is recorded, at the least.
    """

    rows: list[MessageRow]
    looked_at: int
    of: int
    is_over: bool
    problem: str = ""
    recorded_one_in: int = 1


class RateHistory(Struct, frozen=True):
    """Rates over time, oldest first; lists of equal length, or empty where that was not asked for.

    Shape: times_us µs since 1970 at the end of each step; rates per second over the step; depth
    counts (ready + in flight) at its end. Only where `step_us` was asked for: lengths_us of the steps (those
    in which nothing happened are left out); in_flight at their ends; waits: how long messages waited for
    their first hand-over, holds: until they were accepted then, as packed histograms of one in `one_in`.
    """

    times_us: list[int]
    published_per_s: list[float]
    delivered_per_s: list[float]
    settled_per_s: list[float]
    depth: list[int]
    lengths_us: list[int] = []
    redelivered_per_s: list[float] = []
    unroutable_per_s: list[float] = []
    in_flight: list[int] = []
    waits: list[bytes] = []
    holds: list[bytes] = []
    one_in: list[int] = []


class TailItem(Struct, frozen=True):
    """One message event as watchers get it: flat, small, without the body beyond its preview."""

    at_us: int
    what: str
    message_id: int
    queue: str
    exchange: str
    routing_key: str
    size_bytes: int
    preview: str
    detail: str
