"""What rules are told: plain values, gathered by whoever asks. Times in µs since 1970."""

from msgspec import Struct

from mqstudio.model.flows import Published
from mqstudio.model.message import Past, Properties
from mqstudio.model.rows import (
    BrokerInfo,
    ChannelRow,
    ClientDetail,
    ExchangeRow,
    FailedHandshake,
    Happening,
    LifeStep,
    MessageRow,
    QueueRow,
    SubscriptionRow,
    Topology,
)
from mqstudio.model.samples import ConnectionSample, QueueSample, Totals


class Consumer(Struct, frozen=True):
    """A subscription and those around it. name: its client's. is_slow: its client does not read."""

    row: SubscriptionRow
    name: str = ""
    channel: ChannelRow | None = None
    is_slow: bool = False

    @property
    def credit(self) -> int:
        """The most it may hold: its own limit, or else that of its channel; 0 is no limit."""
        return self.row.credit or (self.channel.credit if self.channel else 0)

    @property
    def is_full(self) -> bool:
        """Whether it holds as much as it may."""
        if self.row.is_auto_settled:
            return False
        own = bool(self.row.credit) and self.row.unacked >= self.row.credit
        shared = self.channel
        return own or (shared is not None and bool(shared.credit) and shared.unacked >= shared.credit)

    @property
    def title(self) -> str:
        """What to call it."""
        return f"{self.name} · {self.row.tag}" if self.name else self.row.tag


class Rates(Struct, frozen=True):
    """What came and went in a time, messages per second; grown: how many more there are than at its start."""

    length_us: int = 0
    in_per_s: float = 0.0
    out_per_s: float = 0.0
    done_per_s: float = 0.0
    redelivered_per_s: float = 0.0
    grown: int = 0
    in_flight_grown: int = 0


class QueueFacts(Struct, frozen=True, kw_only=True):
    """A queue. held: what consumers hold of it, oldest hand-over first; first: the message at its head.

    message: on whose behalf it is asked about, if a message's. is_all_paused: nothing is handed over at all.
    """

    now_us: int
    row: QueueRow
    sample: QueueSample
    consumers: tuple[Consumer, ...] = ()
    held: tuple[MessageRow, ...] = ()
    first: MessageRow | None = None
    rates: Rates = Rates()
    topology: Topology = Topology([], [])
    happenings: tuple[Happening, ...] = ()
    is_all_paused: bool = False
    message: MessageRow | None = None

    @property
    def name(self) -> str:
        """The queue's name."""
        return self.row.spec.name


class MessageFacts(Struct, frozen=True, kw_only=True):
    """A message in one queue (or in none). life: its events and those of what it was before, oldest first.

    ahead: ready messages before it, if it waits, and known; first: the one at the head. successors: the
    queues where it goes on, by the id it has there. had_headers: of the message.
    """

    now_us: int
    vhost: str
    row: MessageRow
    life: tuple[LifeStep, ...]
    properties: Properties = Properties()
    past: Past | None = None
    topology: Topology = Topology([], [])
    queue: QueueFacts | None = None
    happenings: tuple[Happening, ...] = ()
    broker: BrokerInfo | None = None
    ahead: int | None = None
    first: MessageRow | None = None

    @property
    def own(self) -> tuple[LifeStep, ...]:
        """Its own events, without those of what it was before, and only those of this queue or of none."""
        row = self.row
        return tuple(
            step
            for step in self.life
            if step.message_id in {0, row.message_id} and step.queue in {"", row.queue}
        )

    def last(self, *what: str) -> LifeStep | None:
        """The last of its own events of these kinds."""
        return next((step for step in reversed(self.own) if step.what in what), None)

    def around(self, at_us: int, what: str, connection_id: int = 0, within_us: int = 0) -> Happening | None:
        """What happened at this time, or so shortly before or after, to a connection or anybody."""
        for each in reversed(self.happenings):
            is_whose = not connection_id or each.connection_id == connection_id
            if each.what == what and is_whose and abs(each.at_us - at_us) <= within_us:
                return each
        return None


class ConsumerFacts(Struct, frozen=True, kw_only=True):
    """A consumer of a queue."""

    now_us: int
    consumer: Consumer
    queue: QueueFacts


class ExchangeFacts(Struct, frozen=True, kw_only=True):
    """An exchange: what came to it, and what clients have published there to nobody.

    lost: the latest messages that matched none of its bindings, as far as they were found at once.
    """

    now_us: int
    row: ExchangeRow
    published: int = 0
    publishers: tuple[tuple[str, Published], ...] = ()
    lost: tuple[MessageRow, ...] = ()
    topology: Topology = Topology([], [])


class ClientFacts(Struct, frozen=True, kw_only=True):
    """A client."""

    now_us: int
    sample: ConnectionSample
    totals: Totals = Totals()
    detail: ClientDetail | None = None
    consumers: tuple[Consumer, ...] = ()


class BrokerFacts(Struct, frozen=True, kw_only=True):
    """The broker as a whole; waiting: clients whose publishes are not read."""

    now_us: int
    totals: Totals
    waiting: tuple[ConnectionSample, ...] = ()
    happenings: tuple[Happening, ...] = ()


class AttemptFacts(Struct, frozen=True, kw_only=True):
    """Somebody who could not connect, or whose connection broke; vhosts: those there are."""

    now_us: int
    attempt: FailedHandshake
    broker: BrokerInfo
    vhosts: tuple[str, ...] = ()

    def port(self, protocol: str, *, is_tls: bool = False) -> str:
        """Where a protocol is listened for; "" if it is not."""
        for each in self.broker.listeners:
            if each.protocol == protocol and each.is_tls == is_tls:
                return str(each.port)
        return ""
