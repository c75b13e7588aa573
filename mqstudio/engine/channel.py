"""Connections and their channels: who holds what."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from mqstudio.engine.deadlines import Deadline
from mqstudio.engine.queue import Queue
from mqstudio.engine.subscription import Subscription
from mqstudio.model.events import Mail, MessageDelivered
from mqstudio.model.limits import FLOW_EXCHANGES_MAX, OUTBOUND_ROOM_BYTES
from mqstudio.model.refs import ChannelRef
from mqstudio.model.topology import ConnectionInfo, ExchangeSpec

if TYPE_CHECKING:
    from mqstudio.engine.lending import Wait
    from mqstudio.engine.transaction import Transaction
    from mqstudio.engine.vhost import Exchange, VirtualHost


class Delivery(Struct, gc=False):
    """An open hand-over, the `count`-th of its message. `subscription` is None for a single take."""

    queue: Queue
    subscription: Subscription | None
    event: MessageDelivered
    count: int
    until_us: int | None = None
    """When it comes back by itself, if it was lent (see `lending`); `due` is that deadline."""
    due: Deadline | None = None


class Connection:
    """A client. `room_bytes` is what may still be dispatched to it before its socket is asked again.

    has_redelivery: it was handed something again; who waits for such counts to be kept resets it.
    delivered counts hand-overs, redelivered those that were not the first, given_back those that it did not
    accept: what it has accepted follows, at no cost to the accepting. target: the declaration of the exchange
    that it published to last; `told` is what it had counted when it turned to it, `by_exchange` what it had
    counted by exchange until then: publishes, and of these unroutable ones.
    """

    __slots__ = (
        "by_exchange",
        "channels",
        "delivered",
        "given_back",
        "has_redelivery",
        "id",
        "info",
        "mail",
        "owned_queues",
        "protocol",
        "published",
        "redelivered",
        "room_bytes",
        "target",
        "target_name",
        "told",
        "unroutable",
        "vhost",
    )

    def __init__(self, info: ConnectionInfo, vhost: "VirtualHost") -> None:
        self.info = info
        self.id, self.protocol = info.id, info.protocol
        self.vhost = vhost
        self.channels: dict[int, Channel] = {}
        self.owned_queues: dict[int, Queue] = {}
        self.mail: list[Mail] = []
        self.room_bytes = OUTBOUND_ROOM_BYTES
        self.published = self.delivered = 0
        self.redelivered = self.given_back = self.unroutable = 0
        self.has_redelivery = False
        self.target: ExchangeSpec | None = None
        self.target_name = ("", "")
        self.told = (0, 0)
        self.by_exchange: dict[tuple[str, str], tuple[int, int]] = {}

    def aim(self, exchange: "Exchange") -> None:
        """Count apart, from now on, what it publishes to this exchange."""
        self.tell()
        self.target, self.target_name = exchange.spec, (exchange.vhost.name, exchange.spec.name)

    def tell(self) -> None:
        """Bring `by_exchange` up to date."""
        if self.target is not None and self.told[0] != self.published:
            if len(self.by_exchange) >= FLOW_EXCHANGES_MAX and self.target_name not in self.by_exchange:
                self.by_exchange.clear()
            published, unroutable = self.by_exchange.get(self.target_name, (0, 0))
            self.by_exchange[self.target_name] = (
                published + self.published - self.told[0],
                unroutable + self.unroutable - self.told[1],
            )
        self.told = (self.published, self.unroutable)

    @property
    def accepted(self) -> int:
        """Deliveries that it has accepted, or that count as such from the start."""
        held = 0
        for channel in self.channels.values():
            held += len(channel.deliveries)
            if channel.transaction is not None:
                held += len(channel.transaction.settlements)
        return self.delivered - self.given_back - held


class Channel:
    """An ordered conversation within a connection: its subscriptions and open deliveries.

    Delivery tags count up from 1 and are never reused. `lowest_tag` is at or below every open one:
    settling "all up to" walks from there, so a run of such settlements costs each tag once.
    `open_deliveries` counts those of subscriptions only: single takes do not use up credit.
    """

    __slots__ = (
        "connection",
        "credit",
        "deliveries",
        "forced",
        "lease",
        "lowest_tag",
        "next_tag",
        "open_deliveries",
        "ref",
        "subscriptions",
        "transaction",
        "vhost",
        "waits",
    )

    def __init__(self, ref: ChannelRef, connection: Connection, vhost: "VirtualHost") -> None:
        self.ref = ref
        self.connection = connection
        self.vhost = vhost
        self.credit = 0
        self.open_deliveries = 0
        self.deliveries: dict[int, Delivery] = {}
        # Deliveries that were ended by hand: their holder may still settle them.
        self.forced: dict[int, None] = {}
        self.next_tag = 1
        self.lowest_tag = 1
        self.subscriptions: dict[str, Subscription] = {}
        # Who waits for messages to be lent, by tag.
        self.waits: dict[str, Wait] = {}
        self.transaction: Transaction | None = None
        # The deadline of the delivery that is due first.
        self.lease: Deadline | None = None

    def held(self) -> Iterator[Delivery]:
        """All that was handed over and is not settled for good: what a transaction holds may come back."""
        yield from self.deliveries.values()
        if self.transaction is not None:
            for _, delivery, _ in self.transaction.settlements:
                yield delivery
