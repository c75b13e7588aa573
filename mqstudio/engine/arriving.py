"""Arriving: a message is routed, held if its exchange does that, and put into the queues it is for.

The careful way, for every message that is not plain in some respect; `publishing` has the quick one.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from mqstudio.engine import delaying, dying, enqueueing, routing
from mqstudio.engine.queue import Queue
from mqstudio.engine.vhost import Exchange, Route
from mqstudio.model.delivery import DropReason
from mqstudio.model.events import (
    EventBatch,
    MessageDropped,
    MessagePublished,
    MessageRouted,
    MessageUnroutable,
)
from mqstudio.model.message import Message, Past, Properties

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


class Arrival:
    """What became of a message: whether any queue was found for it, whether one of them refused it."""

    __slots__ = ("is_refused", "is_routed")

    def __init__(self, *, is_routed: bool, is_refused: bool) -> None:
        self.is_routed = is_routed
        self.is_refused = is_refused


def arrive(
    engine: "Engine",
    exchange: Exchange,
    message: Message,
    now_us: int,
    events: EventBatch,
    *,
    route: Route | None = None,
    found: routing.Found | None = None,
    is_released: bool = False,
    was_returned: bool = False,
) -> Arrival:
    """Take a message in at an exchange.

    route: where its key leads, if that is known and it has no other wishes; they count more.
    found: where it goes, if that was found out before. is_released: the exchange has held it long enough.
    was_returned: if it is unroutable, its publisher gets it back.
    """
    events.append(MessagePublished(now_us, message))
    events.held_bytes += message.held_bytes
    if found is not None:
        pass
    elif route is not None and not message.traits.is_demanding:
        found = routing.Found(route, is_keyed=True)
    else:
        found = find(engine, exchange, message, is_released=is_released)
    if not found.route.taken:
        engine.taken.append(found.route)
    found.route.taken += 1
    for holder in found.holders:
        delaying.hold(engine, holder, message, release, now_us, events)
    queues: Sequence[Queue] = found.route.queues
    if not queues:
        if not found.holders:
            engine.unroutable += (
                message.past is None or is_released
            )  # of dead letters nobody has published any
            engine.sent_back += was_returned
            events.append(MessageUnroutable(now_us, message, was_returned))
        return Arrival(is_routed=False, is_refused=False)
    events.append(MessageRouted(now_us, message, found.route.refs))
    comes_again = message.past is not None and not is_released
    is_refused = False
    for queue in queues:
        if comes_again and dying.is_cycle(message, queue):
            events.append(MessageDropped(now_us, message, queue.ref, DropReason.CYCLE))
        elif enqueueing.enqueue(engine, queue, message, now_us, events):
            engine.refused += not comes_again
            is_refused = True
        else:
            engine.enqueued_again += comes_again
    return Arrival(is_routed=True, is_refused=is_refused)


def find(
    engine: "Engine", exchange: Exchange, message: Message, *, is_released: bool = False
) -> routing.Found:
    """Where a message goes from an exchange."""
    return routing.find(
        exchange,
        routing_keys(message),
        lambda: engine.read_properties(message),
        is_held=bool(message.traits.delay_us),
        is_released=is_released,
    )


def routing_keys(message: Message) -> tuple[str, ...]:
    """All keys by which a message is routed."""
    traits = message.traits
    return (message.routing_key, *traits.extra_keys, *traits.hidden_keys)


def read_nothing(message: Message) -> Properties:
    """Stand in for a reader of properties where no protocol is known."""
    return Properties()


def release(engine: "Engine", held: tuple[Exchange, Message], now_us: int, events: EventBatch) -> None:
    """Route what was held, as a new message: it takes its place in queues by the time it comes to them."""
    exchange, old = held
    delaying.let_go(engine, exchange, old, events)
    before = old.past or Past(old.id)
    message = replace(
        old,
        id=engine.new_message_id(),
        published_at_us=now_us,
        traits=replace(old.traits, delay_us=None),
        past=replace(before, parent_id=old.id, delay_us=old.traits.delay_us),
    )
    arrive(engine, exchange, message, now_us, events, is_released=True)
