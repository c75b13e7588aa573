"""One look at a broker: what rules that ask why are told, gathered by a client.

`Look` is what there is at a moment; facts about one thing are put together from it, with what has to be asked
about just that thing. Nothing here changes a count, an order or a flag.
"""

from collections.abc import Container, Iterable, Mapping
from typing import Any, Final, Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from mqstudio.client.asking import Messages
from mqstudio.client.watching import WatchStream
from mqstudio.model.errors import RefusedError
from mqstudio.model.flows import Flows
from mqstudio.model.queries import GetFlows, GetHappenings, GetHistory, Search
from mqstudio.model.rows import (
    BrokerInfo,
    ClientDetails,
    Clients,
    Found,
    Happenings,
    MessageRow,
    MessageState,
    QueueRow,
    RateHistory,
    Topology,
)
from mqstudio.model.samples import ConnectionSample, Counters, ExchangeSample, QueueSample, Totals
from mqstudio.why.facts import (
    AttemptFacts,
    BrokerFacts,
    ClientFacts,
    Consumer,
    ConsumerFacts,
    ExchangeFacts,
    QueueFacts,
    Rates,
)

R = TypeVar("R")

HEAD_ROWS: Final = 200
"""Ready messages that are looked through for the one that is next, in a queue with priorities."""

HELD_ROWS: Final = 200
"""Open deliveries of one queue that are looked at."""

RATES_US: Final = 30_000_000
"""Over so long a time it is looked whether a queue grows."""

SUSPECTS_MAX: Final = 40
"""Queues that are asked about one by one in one look for problems; the fullest."""

PAST_US: Final = 3_600_000_000
"""What happened longer ago is not why a queue is as it is now."""

ATTEMPTS_US: Final = 900_000_000
"""An attempt to connect that failed longer ago is not a problem any more."""

LOST_ROWS: Final = 20
LOST_LOOKED_AT: Final = 5_000
"""Lost messages of one exchange that are looked for, and in how many."""

NATIVE: Final = "native"


class Source(Messages, Protocol):
    """What is asked of a client."""

    async def call(self, request: Any, returns: type[R]) -> R:  # Any: see messages.Request
        """Ask for what has no method of its own."""

    async def info(self) -> BrokerInfo:
        """About the broker."""

    async def topology(self) -> Topology:
        """All that is declared."""

    async def clients(self) -> Clients:
        """All channels and subscriptions."""

    async def client_details(self) -> ClientDetails:
        """What else is known of clients, and who failed to become one."""

    async def rates(self, wanted: GetHistory) -> RateHistory:
        """Rates in steps of time."""

    def watch(self, watch: Search) -> WatchStream[Found]:
        """Look for messages."""


class Figures(Struct, frozen=True):
    """The latest figures, as samples add them up."""

    now_us: int
    totals: Totals = Totals()
    queues: Mapping[int, QueueSample] = {}
    connections: Mapping[int, ConnectionSample] = {}
    exchanges: Mapping[tuple[str, str], ExchangeSample] = {}


class Look(Struct, frozen=True):
    """What there is at a moment."""

    figures: Figures
    info: BrokerInfo
    topology: Topology
    clients: Clients
    details: ClientDetails
    flows: Flows
    happenings: Happenings

    def names(self) -> dict[int, str]:
        """What open connections are called."""
        return {each.id: each.name for each in self.clients.connections}


async def take_look(source: Source, figures: Figures, topology: Topology | None = None) -> Look:
    """Ask for all of it. topology: where it is known already. Raises: RefusedError, ConnectionError."""
    since_us = figures.now_us - PAST_US
    return Look(
        figures,
        await source.info(),
        topology if topology is not None else await source.topology(),
        await source.clients(),
        await source.client_details(),
        await source.call(GetFlows(), Flows),
        await source.call(GetHappenings(since_us), Happenings),
    )


def queue_row(look: Look, vhost: str, name: str) -> QueueRow | None:
    """A queue that exists."""
    return next((q for q in look.topology.queues if (q.vhost, q.spec.name) == (vhost, name)), None)


def consumers_of(look: Look, row: QueueRow) -> tuple[Consumer, ...]:
    """The consumers of a queue."""
    return tuple(consumers(look, {(row.vhost, row.spec.name)}))


def consumers(look: Look, queues: Container[tuple[str, str]]) -> list[Consumer]:
    """The consumers of some queues, with their channels and clients."""
    channels = {each.id: each for each in look.clients.channels}
    names, slow = look.names(), {each.connection_id for each in look.details.details if each.is_slow}
    return [
        Consumer(
            each, names.get(each.connection_id, ""), channels.get(each.channel_id), each.connection_id in slow
        )
        for each in look.clients.subscriptions
        if (each.vhost, each.queue) in queues
    ]


def bare_queue(look: Look, row: QueueRow, its: tuple[Consumer, ...] | None = None) -> QueueFacts:
    """What is known of a queue without asking about it alone."""
    sample = look.figures.queues.get(row.id) or QueueSample(
        row.id, row.vhost, row.spec.name, row.ready, row.in_flight, row.subscriptions, False, Counters()
    )
    return QueueFacts(
        now_us=look.figures.now_us,
        row=row,
        sample=sample,
        consumers=consumers_of(look, row) if its is None else its,
        topology=look.topology,
        happenings=tuple(look.happenings.happenings),
        is_all_paused=look.figures.totals.is_paused,
    )


async def whole_queue(source: Source, facts: QueueFacts) -> QueueFacts:
    """With its head, what is held of it, and its rates."""
    row, sample = facts.row, facts.sample
    where = (row.spec.name, row.vhost)
    first = await head_of(source, row) if sample.ready else None
    held = await held_of(source, *where) if sample.in_flight else ()
    rates = await rates_of(source, *where) if sample.ready or sample.in_flight else Rates()
    return replace(facts, first=first, held=held, rates=rates)


async def head_of(source: Source, row: QueueRow) -> MessageRow | None:
    """The ready message that is next; with priorities the next of those that came first."""
    most = row.rules.max_priority
    page = await source.page(
        row.spec.name,
        vhost=row.vhost,
        limit=HEAD_ROWS if most else 1,
        is_oldest_first=True,
        states=[MessageState.READY],
    )
    return min(page.rows, key=lambda each: (-min(each.priority, most), each.message_id), default=None)


async def held_of(source: Source, queue: str, vhost: str) -> tuple[MessageRow, ...]:
    """What consumers hold of a queue, the oldest hand-over first."""
    page = await source.page(
        queue, vhost=vhost, limit=HELD_ROWS, is_oldest_first=True, states=[MessageState.IN_FLIGHT]
    )
    return tuple(sorted(page.rows, key=lambda each: each.delivered_at_us or 0))


async def rates_of(source: Source, queue: str, vhost: str) -> Rates:
    """What came and went lately."""
    history = await source.rates(GetHistory(queue, vhost, step_us=1_000_000))
    return summed(history)


def summed(history: RateHistory, within_us: int = RATES_US) -> Rates:
    """The steps of the last moments as one."""
    if not history.times_us or not history.lengths_us:
        return Rates()
    until = history.times_us[-1]
    places = [place for place, at in enumerate(history.times_us) if at > until - within_us]
    lengths = [history.lengths_us[place] for place in places]
    length_us = until - (history.times_us[places[0]] - lengths[0])

    def mean(per_s: list[float]) -> float:
        total = sum(per_s[place] * length for place, length in zip(places, lengths, strict=True) if per_s)
        return total / max(1, length_us)

    before = places[0] - 1
    return Rates(
        length_us,
        mean(history.published_per_s),
        mean(history.delivered_per_s),
        mean(history.settled_per_s),
        mean(history.redelivered_per_s),
        history.depth[-1] - (history.depth[before] if before >= 0 else 0),
        history.in_flight[-1] - (history.in_flight[before] if before >= 0 else 0) if history.in_flight else 0,
    )


# ---- everything there is, for problems


async def all_facts(source: Source, look: Look) -> list[Any]:
    """Facts of all that may be a problem. Any: each kind of facts.

    Queues that hold nothing, and are neither paused nor lose dead letters, are passed over; of the others the
    fullest are asked about.
    """
    rows = suspects(look)
    wanted = {(row.vhost, row.spec.name) for row in rows}
    by_queue: dict[tuple[str, str], list[Consumer]] = {}
    for each in consumers(look, wanted):
        by_queue.setdefault((each.row.vhost, each.row.queue), []).append(each)
    whole = []
    for row in rows:
        its = tuple(by_queue.get((row.vhost, row.spec.name), ()))
        try:
            whole.append(await whole_queue(source, bare_queue(look, row, its)))
        except RefusedError:  # it has gone meanwhile
            continue
    known = []
    for each in without_asking(look):
        is_losing = isinstance(each, ExchangeFacts) and any(told.unroutable for _, told in each.publishers)
        known.append(await with_lost(source, each) if is_losing else each)
    return [*whole, *known]


async def with_lost(source: Source, facts: ExchangeFacts) -> ExchangeFacts:
    """With the latest messages that matched nothing there, if they are found at once."""
    row = facts.row
    wanted = Search(
        vhost=row.vhost, exchange=row.spec.name, states=[MessageState.DROPPED], limit=LOST_ROWS * 10
    )
    lost: list[MessageRow] = []
    async with source.watch(wanted) as found:
        async for item in found:
            if not isinstance(item, Found):
                continue
            lost += [each for each in item.rows if each.ended_because == "unroutable"]
            if item.is_over or len(lost) >= LOST_ROWS or item.looked_at >= LOST_LOOKED_AT:
                break
    return replace(facts, lost=tuple(lost[:LOST_ROWS]))


def suspects(look: Look) -> list[QueueRow]:
    """The queues that are worth asking about, as many as one look asks about."""
    samples = look.figures.queues
    found = [
        (row, sample)
        for row in look.topology.queues
        if (sample := samples.get(row.id)) is not None
        and (
            sample.ready or sample.in_flight or sample.is_paused or row.rules.dead_letter_exchange is not None
        )
    ]
    found.sort(key=lambda each: (not each[1].is_paused, -(each[1].ready + each[1].in_flight)))
    return [row for row, _ in found[:SUSPECTS_MAX]]


def without_asking(look: Look) -> Iterable[Any]:
    """Facts about the broker, exchanges, clients and attempts."""
    figures = look.figures
    waiting = tuple(each for each in figures.connections.values() if each.is_blocked)
    happenings = tuple(look.happenings.happenings)
    yield BrokerFacts(now_us=figures.now_us, totals=figures.totals, waiting=waiting, happenings=happenings)
    yield from exchanges(look)
    details = {each.connection_id: each for each in look.details.details}
    for sample in figures.connections.values():
        if sample.protocol != NATIVE:
            yield ClientFacts(
                now_us=figures.now_us, sample=sample, totals=figures.totals, detail=details.get(sample.id)
            )
    yield from attempts(look)


def exchanges(look: Look) -> Iterable[ExchangeFacts]:
    """Facts about exchanges that anything was published to."""
    names = look.names()
    for row in look.topology.exchanges:
        key = (row.vhost, row.spec.name)
        sample = look.figures.exchanges.get(key)
        publishers = tuple(
            (names.get(each.connection_id, "a client"), each)
            for each in look.flows.published
            if (each.vhost, each.exchange) == key
        )
        if sample is not None and (sample.published or publishers):
            yield ExchangeFacts(
                now_us=look.figures.now_us,
                row=row,
                published=sample.published,
                publishers=publishers,
                topology=look.topology,
            )


def attempts(look: Look) -> Iterable[AttemptFacts]:
    """Facts about those who could not connect, and connections that broke."""
    vhosts = tuple(each.name for each in look.topology.vhosts)
    for attempt in (*look.details.failed, *look.details.broken):
        if look.figures.now_us - attempt.at_us <= ATTEMPTS_US:
            yield AttemptFacts(now_us=look.figures.now_us, attempt=attempt, broker=look.info, vhosts=vhosts)


def consumer_facts(queue: QueueFacts, tag: str = "") -> list[ConsumerFacts]:
    """Facts about the consumers of a queue, or those with one tag."""
    return [
        ConsumerFacts(now_us=queue.now_us, consumer=each, queue=queue)
        for each in queue.consumers
        if not tag or each.row.tag == tag
    ]
