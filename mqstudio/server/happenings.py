"""What happened to what is not a message, as far as it is remembered: for those who ask why.

The ledger has all of it; this is a bounded part of it in memory, found by time without reading the ledger,
which is asked only for what came before this broker.
Each kind has a ring of its own, so that a client which comes and goes a thousand times pushes out no binding.
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec.structs import replace

from mqstudio.model import events as e
from mqstudio.model.limits import HAPPENINGS_MAX
from mqstudio.model.queries import GetHappenings
from mqstudio.model.rows import Happening, Happenings
from mqstudio.server.steps import Steps
from mqstudio.store.base import Store

OURS: Final = "native"
"""The protocol of windows and command lines: nobody's clients."""

LAST_US: Final = 2**63
"""Behind all times."""

Telling = Callable[[Any], Happening]  # Any: each takes its own event


class Remembered:
    """Told of events that are not a message's daily life, and of refusals; asked for what came in a time."""

    def __init__(self) -> None:
        self._rings: dict[str, deque[Happening]] = {}
        self._names: dict[int, str] = {}
        self._gone: dict[int, str] = {}
        """Names of connections that have closed lately."""
        self._ours: set[int] = set()
        self._full_since_us = 0
        """What came before is not whole."""

    def note(self, event: e.Event) -> None:
        """Take one event."""
        if isinstance(event, e.ConnectionOpened):
            self._names[event.info.id] = event.info.name
            if event.info.protocol == OURS:
                self._ours.add(event.info.id)
        telling = TELLING.get(type(event))
        if telling is None:
            return
        happening = telling(event)
        client = self._names.get(happening.connection_id, "")
        is_ours = happening.connection_id in self._ours
        if isinstance(event, e.ConnectionClosed):
            self._forget(event.connection_id)
        if not (is_ours and happening.what in _OF_CLIENTS):
            self.add(_named(happening, client))

    def name_of(self, connection_id: int) -> str:
        """What a connection is called, also for a while after its end."""
        return self._names.get(connection_id) or self._gone.get(connection_id, "")

    def _forget(self, connection_id: int) -> None:
        self._ours.discard(connection_id)
        self._gone[connection_id] = self._names.pop(connection_id, "")
        if len(self._gone) > HAPPENINGS_MAX:
            del self._gone[next(iter(self._gone))]

    def refused(self, at_us: int, connection_id: int, says: str) -> None:
        """A client was told that it cannot have something."""
        if connection_id not in self._ours:
            client = self.name_of(connection_id)
            self.add(Happening(at_us, "refused", connection_id=connection_id, client=client, reason=says))

    def add(self, happening: Happening) -> None:
        """Remember; the oldest of its kind may have to go."""
        ring = self._rings.get(happening.what)
        if ring is None:
            ring = self._rings[happening.what] = deque(maxlen=HAPPENINGS_MAX)
        if len(ring) == HAPPENINGS_MAX:
            self._full_since_us = max(self._full_since_us, ring[0].at_us)
        ring.append(happening)

    def ask(self, query: GetHappenings, store: Store, began_us: int) -> Steps[Happenings]:
        """What came in a time, oldest first; what came before this broker from the ledger."""
        here = self.answer(query, began_us)
        left = query.limit - len(here.happenings)
        if query.since_us >= began_us or left <= 0:
            return here
        until_us = began_us - 1 if query.until_us is None else min(began_us - 1, query.until_us)
        told: list[Any] = yield store.broker_events(query.since_us, until_us, left)
        before = [TELLING[type(event)](event) for event in told]
        names: dict[int, str] = yield store.connection_names({each.connection_id for each in before} - {0})
        named = [_named(each, names.get(each.connection_id, "")) for each in before]
        known_since_us = 0 if store.is_lasting and len(told) < left else here.known_since_us
        return Happenings([*named, *here.happenings], known_since_us)

    def answer(self, query: GetHappenings, began_us: int) -> Happenings:
        """What this broker remembers of a time, oldest first."""
        until_us = query.until_us if query.until_us is not None else LAST_US
        found = [
            each for ring in self._rings.values() for each in ring if query.since_us <= each.at_us <= until_us
        ]
        found.sort(key=lambda each: each.at_us)
        newest = found[-query.limit :] if query.limit > 0 else []
        return Happenings(newest, max(began_us, self._full_since_us))


_OF_CLIENTS: Final = frozenset(
    {"connection_closed", "connection_opened", "channel_closed", "subscription_opened", "subscription_closed"}
)


def _named(happening: Happening, client: str) -> Happening:
    return replace(happening, client=client) if client and not happening.client else happening


def _of_queue(event: Any, **more: Any) -> Happening:  # Any: fields of Happening
    return Happening(
        event.at_us, type(event).__struct_config__.tag, event.queue.vhost, event.queue.name, **more
    )


def _of_subscription(event: Any, reason: str = "") -> Happening:
    ref = event.subscription
    return _of_queue(
        event, connection_id=ref.connection_id, channel=ref.channel_number, tag=ref.tag, reason=reason
    )


def _of_binding(event: Any) -> Happening:
    tag = type(event).__struct_config__.tag
    return Happening(event.at_us, tag, event.vhost, exchange=event.binding.exchange, binding=event.binding)


def _intervened(event: e.Intervened) -> Happening:
    vhost, queue = (event.queue.vhost, event.queue.name) if event.queue else ("", "")
    tag = "" if event.subscription is None else str(event.subscription)
    return Happening(
        event.at_us,
        "intervened",
        vhost,
        queue,
        connection_id=event.connection_id,
        tag=tag,
        reason=event.verb,
        count=event.count,
    )


TELLING: Final[Mapping[type, Telling]] = {
    e.ConnectionOpened: lambda event: Happening(
        event.at_us, "connection_opened", connection_id=event.info.id, client=event.info.name
    ),
    e.ConnectionClosed: lambda event: Happening(
        event.at_us, "connection_closed", connection_id=event.connection_id, reason=event.reason
    ),
    e.ChannelClosed: lambda event: Happening(
        event.at_us,
        "channel_closed",
        connection_id=event.channel.connection_id,
        channel=event.channel.number,
    ),
    e.SubscriptionOpened: _of_subscription,
    e.SubscriptionClosed: lambda event: _of_subscription(event, "by the broker" if event.by_broker else ""),
    e.SubscriptionActivated: _of_subscription,
    e.QueueDeclared: lambda event: _of_queue(event, connection_id=event.owner_id or 0),
    e.QueueDeleted: lambda event: _of_queue(event, reason=event.reason),
    e.QueuePurged: lambda event: _of_queue(event, count=event.count),
    e.ExchangeDeclared: lambda event: Happening(
        event.at_us, "exchange_declared", event.vhost, exchange=event.spec.name
    ),
    e.ExchangeDeleted: lambda event: Happening(
        event.at_us, "exchange_deleted", event.vhost, exchange=event.name
    ),
    e.BindingAdded: _of_binding,
    e.BindingRemoved: _of_binding,
    e.Intervened: _intervened,
}
"""What is remembered of each kind of event; others are not."""
