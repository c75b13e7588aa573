"""Lives as a reader finds them: rows of the ledger, and the events that they tell of.

Between the reader process and the broker a message goes once, its events as rows; here they become the events
that the ledger's writer was given. Two things differ: queues are told by name and id alone, and what an event
says of where its message is kept (`is_paged`) is forgotten.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec
from msgspec import Struct

from mqstudio.model import events as e
from mqstudio.model.delivery import DropReason, Outcome, ReleaseCause
from mqstudio.model.message import Message
from mqstudio.model.refs import ChannelRef, QueueRef, SubscriptionRef
from mqstudio.store.base import LedgerPage, Life, SearchSlice, Sifted, Waiting
from mqstudio.store.kinds import OUTCOMES, Kind


class Step(Struct, frozen=True, array_like=True, gc=False):
    """A row of the table `event`. `detail`: JSON, "" for none."""

    at_us: int
    kind: int
    queue_id: int | None
    channel_id: int | None
    subscription_id: int | None
    delivery_tag: int | None
    detail: str


class Place(Struct, frozen=True, array_like=True, gc=False):
    """A row of the table `place`."""

    queue_id: int
    offset: int | None
    deliveries: int


class Told(Struct, frozen=True, array_like=True, gc=False):
    """A message, as much of it as was asked for, with what happened to it and where it waits.

    kept_bytes: how much of its body is there, of `body_size`. problem: as in Life.
    """

    message: Message
    body_size: int
    kept_bytes: int
    problem: str
    steps: list[Step]
    places: list[Place]


class Refs(Struct, frozen=True, array_like=True, gc=False):
    """What the numbers in steps and places stand for.

    queues: id → virtual host, name. channels: id → connection, number. subscriptions: id → connection,
    channel number, tag.
    """

    queues: dict[int, tuple[str, str]] = {}
    channels: dict[int, tuple[int, int]] = {}
    subscriptions: dict[int, tuple[int, int, str]] = {}

    def queue(self, queue_id: int | None) -> QueueRef:
        """A queue; one that is forgotten has a number only."""
        vhost, name = self.queues.get(queue_id or 0, ("", f"(queue {queue_id})"))
        return QueueRef(vhost, name, queue_id or 0)

    def channel(self, channel_id: int | None) -> ChannelRef:
        """A channel; of one that is forgotten only the id is known."""
        return ChannelRef(channel_id or 0, *self.channels.get(channel_id or 0, (0, 0)))

    def subscription(self, subscription_id: int | None) -> SubscriptionRef | None:
        """A subscription, None for a single take."""
        if subscription_id is None:
            return None
        return SubscriptionRef(subscription_id, *self.subscriptions.get(subscription_id, (0, 0, "")))


class ToldPage(Struct, frozen=True, array_like=True):
    """Several lives. `is_whole`: as in LedgerPage; a search goes on before `next_id`, as in SearchSlice.

    answers: to a filter's parts, for each; next_id is then as far as was looked (see Sifted).
    """

    told: list[Told]
    refs: Refs
    is_whole: bool = True
    next_id: int | None = None
    looked_at: int = 0
    of: int = 0
    answers: list[int] = []


def page_of(page: ToldPage) -> LedgerPage:
    """A page of the ledger."""
    return LedgerPage([life_of(told, page.refs) for told in page.told], page.is_whole)


def slice_of(page: ToldPage) -> SearchSlice:
    """A part of a search."""
    lives = [life_of(told, page.refs) for told in page.told]
    return SearchSlice(lives, page.next_id, page.looked_at, page.of, page.answers)


def sifted_of(page: ToldPage, *, is_waiting: bool) -> Sifted:
    """What a filter has sifted out."""
    found: list[Life] | list[Waiting] = places_of(page) if is_waiting else page_of(page).lives
    return Sifted(found, page.answers, page.next_id, page.looked_at)


def places_of(page: ToldPage) -> list[Waiting]:
    """What waits in one queue."""
    return [_waiting(told, place, page.refs) for told in page.told for place in told.places]


def life_in(page: ToldPage, message_id: int) -> Life:
    """The one life of a page; an empty one if there is none."""
    return life_of(page.told[0], page.refs) if page.told else Life(message_id, [])


def life_of(told: Told, refs: Refs) -> Life:
    """A message's life."""
    message = told.message
    waiting = tuple(_waiting(told, place, refs) for place in told.places)
    return Life(
        message.id,
        events_of(message, told.steps, refs),
        told.body_size,
        told.kept_bytes,
        told.problem,
        waiting,
    )


def _waiting(told: Told, place: Place, refs: Refs) -> Waiting:
    queue = refs.queue(place.queue_id)
    return Waiting(queue, told.message, place.deliveries, told.body_size, place.offset, told.problem)


def events_of(message: Message, steps: Iterable[Step], refs: Refs) -> list[e.MessageEvent]:
    """What happened to a message: it was published, found its route, and what its rows tell."""
    events: list[e.MessageEvent] = [e.MessagePublished(message.published_at_us, message)]
    arrived: list[QueueRef] = []
    arrives_at = 0
    for step in steps:
        make = MAKE.get(step.kind)
        if make is None:
            continue  # of a newer kind, or damaged
        event = make(message, step, refs, _read(step.detail))
        if _is_arrival(event):
            arrives_at = arrives_at or len(events)
            arrived.append(event.queue)
        events.append(event)
    if arrived:
        at_us = events[arrives_at].at_us
        events.insert(arrives_at, e.MessageRouted(at_us, message, tuple(arrived)))
    return events


def _is_arrival(event: Any) -> bool:  # Any: one of MessageEvent, most of which have no reason
    """Whether it tells of a queue that the message was routed to."""
    if isinstance(event, e.MessageDropped):
        return event.reason is DropReason.CYCLE
    return isinstance(event, e.MessageEnqueued | e.MessageRefused)


def _read(detail: str) -> dict[str, Any]:  # Any: JSON
    if not detail:
        return {}
    try:
        return _detail.decode(detail)
    except (msgspec.MsgspecError, ValueError):  # damaged: what it told is not known
        return {}


_detail = msgspec.json.Decoder(dict[str, Any])

Make = Callable[[Message, Step, Refs, dict[str, Any]], Any]


def _enqueued(message: Message, step: Step, refs: Refs, detail: dict[str, Any]) -> e.MessageEnqueued:
    return e.MessageEnqueued(step.at_us, message, refs.queue(step.queue_id), _number(detail, "offset"))


def _delivered(message: Message, step: Step, refs: Refs, detail: dict[str, Any]) -> e.MessageDelivered:
    notes = None
    if detail:
        notes = e.DeliveryNotes(_number(detail, "returns") or 0, _number(detail, "offset"))
    return e.MessageDelivered(
        step.at_us,
        message,
        refs.queue(step.queue_id),
        refs.channel(step.channel_id),
        refs.subscription(step.subscription_id),
        step.delivery_tag or 0,
        step.kind in {Kind.REDELIVERED, Kind.REDELIVERED_SETTLED},
        step.kind in {Kind.DELIVERED_SETTLED, Kind.REDELIVERED_SETTLED},
        notes,
    )


def _settled(message: Message, step: Step, refs: Refs, detail: dict[str, Any]) -> e.MessageSettled:
    is_read = step.kind == Kind.READ_ACCEPTED
    return e.MessageSettled(
        step.at_us,
        message,
        refs.queue(step.queue_id),
        refs.channel(step.channel_id),
        step.delivery_tag or 0,
        Outcome.ACCEPTED if is_read else OUTCOMES[step.kind],
        is_read or detail.get("stays") is True,
        _number(detail, "forced_by"),
        _cause(detail),
    )


def _cause(detail: dict[str, Any]) -> ReleaseCause:
    try:
        return ReleaseCause(str(detail.get("cause", "")))
    except ValueError:  # damaged
        return ReleaseCause.GIVEN_BACK


def _requeued(message: Message, step: Step, refs: Refs, detail: dict[str, Any]) -> e.MessageRequeued:
    deliveries = _number(detail, "deliveries") or 0
    return e.MessageRequeued(step.at_us, message, refs.queue(step.queue_id), deliveries)


def _reason(detail: dict[str, Any]) -> DropReason:
    try:
        return DropReason(str(detail.get("reason")))
    except ValueError:  # damaged
        return DropReason.REJECTED


def _dropped(message: Message, step: Step, refs: Refs, detail: dict[str, Any]) -> e.MessageDropped:
    return e.MessageDropped(step.at_us, message, refs.queue(step.queue_id), _reason(detail))


def _dead_lettered(message: Message, step: Step, refs: Refs, detail: dict[str, Any]) -> e.MessageDeadLettered:
    exchange, successor = str(detail.get("exchange", "")), _number(detail, "successor_id") or 0
    queue = refs.queue(step.queue_id)
    return e.MessageDeadLettered(step.at_us, message, queue, _reason(detail), exchange, successor)


def _refused(message: Message, step: Step, refs: Refs, _: dict[str, Any]) -> e.MessageRefused:
    return e.MessageRefused(step.at_us, message, refs.queue(step.queue_id))


def _delayed(message: Message, step: Step, _: Refs, detail: dict[str, Any]) -> e.MessageDelayed:
    until_us = _number(detail, "until_us")
    vhost, exchange = str(detail.get("vhost", "")), str(detail.get("exchange", ""))
    return e.MessageDelayed(
        step.at_us, message, vhost, step.at_us if until_us is None else until_us, exchange
    )


def _purged(
    message: Message, step: Step, refs: Refs, detail: dict[str, Any]
) -> e.MessagePurged | e.MessageMoved:
    if "successor_id" in detail:
        successor, how = _number(detail, "successor_id") or 0, str(detail.get("how", ""))
        to = tuple(str(name) for name in detail.get("to") or ())
        return e.MessageMoved(step.at_us, message, refs.queue(step.queue_id), successor, how, to)
    bin_id, deliveries = _number(detail, "bin_id") or 0, _number(detail, "deliveries") or 0
    return e.MessagePurged(step.at_us, message, refs.queue(step.queue_id), bin_id, deliveries)


def _restored(message: Message, step: Step, refs: Refs, detail: dict[str, Any]) -> e.MessageRestored:
    bin_id, deliveries = _number(detail, "bin_id") or 0, _number(detail, "deliveries") or 0
    return e.MessageRestored(step.at_us, message, refs.queue(step.queue_id), bin_id, deliveries)


def _unroutable(message: Message, step: Step, _: Refs, __: dict[str, Any]) -> e.MessageUnroutable:
    return e.MessageUnroutable(step.at_us, message, step.kind == Kind.RETURNED)


def _number(detail: dict[str, Any], name: str) -> int | None:
    value = detail.get(name)
    return value if isinstance(value, int) else None


MAKE: Final[dict[int, Make]] = {
    Kind.ENQUEUED: _enqueued,
    Kind.DELIVERED: _delivered,
    Kind.REDELIVERED: _delivered,
    Kind.DELIVERED_SETTLED: _delivered,
    Kind.REDELIVERED_SETTLED: _delivered,
    Kind.ACCEPTED: _settled,
    Kind.RELEASED: _settled,
    Kind.REJECTED: _settled,
    Kind.REQUEUED: _requeued,
    Kind.DROPPED: _dropped,
    Kind.DEAD_LETTERED: _dead_lettered,
    Kind.REFUSED: _refused,
    Kind.DELAYED: _delayed,
    Kind.PURGED: _purged,
    Kind.RESTORED: _restored,
    Kind.UNROUTABLE: _unroutable,
    Kind.RETURNED: _unroutable,
    Kind.READ: _delivered,
    Kind.READ_ACCEPTED: _settled,
}
"""Kind of a row → what makes its event."""
