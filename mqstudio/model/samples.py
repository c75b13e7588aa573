"""Samples: counters and levels, four times a second. Counters only grow; rates are differences."""

from operator import add
from typing import Final

from msgspec import Struct
from msgspec.structs import astuple

from mqstudio.model.topology import DEFAULT_VHOST, ConnectionInfo


class Counters(Struct, frozen=True):
    """What has been counted since the thing began.

    published: arrived (for a queue: enqueued). delivered: hand-overs. settled: accepted.
    redelivered: hand-overs that were not the first. returned: released back to the queue.
    dropped: purged, moved, deleted with the queue, rejected or expired without a way on.
    unroutable: matched no binding. dead_lettered: left their queue by its dead-letter exchange.
    taken: hand-overs that were takes. auto_settled: hand-overs, takes too, that were done with at once;
    auto_taken: of these the takes. empty_takes: takes that found nothing. sent_back: of the unroutable those
    that went back to their publisher. awaited: published by who wants a confirm. confirmed: that had one.
    routed: places in queues that clients' messages came to, at first; of full queues that refused them, too.
    """

    published: int = 0
    delivered: int = 0
    settled: int = 0
    redelivered: int = 0
    returned: int = 0
    dropped: int = 0
    unroutable: int = 0
    dead_lettered: int = 0
    taken: int = 0
    auto_settled: int = 0
    auto_taken: int = 0
    empty_takes: int = 0
    sent_back: int = 0
    awaited: int = 0
    confirmed: int = 0
    routed: int = 0

    def plus(self, other: "Counters") -> "Counters":
        """Both together."""
        return Counters(*map(add, astuple(self), astuple(other)))


QUEUE_FIGURES: Final = (
    "published",
    "delivered",
    "settled",
    "redelivered",
    "returned",
    "dropped",
    "dead_lettered",
    "taken",
    "auto_settled",
    "auto_taken",
    "empty_takes",
)
"""What a queue has of these. A profile's table has the same, in this order: new ones go to the end."""


class QueueSample(Struct, frozen=True):
    """A queue's levels and counters.

    is_paused: somebody has stopped it from handing over; paused_subscriptions: likewise so many consumers.
    """

    id: int
    vhost: str
    name: str
    ready: int
    in_flight: int
    subscriptions: int
    is_exclusive: bool
    counters: Counters
    is_paused: bool = False
    paused_subscriptions: int = 0


class ExchangeSample(Struct, frozen=True):
    """An exchange and what it was given."""

    vhost: str
    name: str
    kind: str
    bindings: int
    published: int


class ConnectionSample(Struct, frozen=True):
    """A client: who it is, what it holds. `unacked` are its open deliveries, `accepted` those it was done
    with, `unroutable` what it published to nobody."""

    id: int
    protocol: str
    name: str
    address: str
    user: str
    product: str
    version: str
    platform: str
    opened_at_us: int
    channels: int
    subscriptions: int
    unacked: int
    published: int
    delivered: int
    is_blocked: bool = False
    vhost: str = DEFAULT_VHOST
    accepted: int = 0
    redelivered: int = 0
    unroutable: int = 0


class Totals(Struct, frozen=True):
    """The broker as a whole; levels are sums over all queues, `memory_bytes` bodies held.

    blocked_by: why publishers wait, of "memory", "disk" and "store". recorded_one_in: of messages that would
    not survive a restart the ledger has one in so many. store_problem: what went wrong on the disk and nobody
    has answered with `resume` yet.
    """

    counters: Counters = Counters()
    ready: int = 0
    in_flight: int = 0
    queues: int = 0
    connections: int = 0
    memory_bytes: int = 0
    is_publishing_blocked: bool = False
    blocked_by: tuple[str, ...] = ()
    recorded_one_in: int = 1
    store_problem: str = ""
    is_paused: bool = False
    """Somebody has stopped everything from being handed over."""
    of_kinds: dict[str, Counters] = {}
    """Of the counters of queues, those of the kinds that are not classic."""


class Incoming(Struct, frozen=True):
    """Messages have come into a queue. published: how many ever did, as its counters have it."""

    published: int


class Sample(Struct, frozen=True):
    """What changed since the sample this watcher had before; its first has everything.

    `*_gone` are ids or (vhost, name) of what no longer exists. `arrivals` are the clients that
    connected meanwhile, oldest first, also those that have left again (at most ARRIVALS_MAX): many
    programs connect, publish and are gone within one sample.
    """

    at_us: int
    totals: Totals
    queues: list[QueueSample] = []
    queues_gone: list[int] = []
    exchanges: list[ExchangeSample] = []
    exchanges_gone: list[tuple[str, str]] = []
    connections: list[ConnectionSample] = []
    connections_gone: list[int] = []
    arrivals: list[ConnectionInfo] = []
