"""Puts the lifecycle of a message together: what it was and became, its events, and how it was routed."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from mqstudio.engine import browse
from mqstudio.engine.engine import Engine
from mqstudio.model import limits
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import MessageDelayed, MessageEvent, MessagePublished
from mqstudio.model.lifecycle import ExchangePassed, Lifecycle, LifePart
from mqstudio.model.message import Message
from mqstudio.model.queries import GetLifecycle, Search
from mqstudio.model.refs import QueueRef
from mqstudio.server import describe, whereabouts
from mqstudio.server.describe import Namer
from mqstudio.server.passing import Passing
from mqstudio.server.sampler import Sampler
from mqstudio.server.standing import Standing, in_hands
from mqstudio.server.steps import Steps
from mqstudio.store.base import Life, SearchSlice, Store

RELEASED_US = 1_000_000
RELEASED_SLICES = 4
"""A delayed message goes on within so long after its time, if nobody was in the way: it is sought there."""


class _Kept(NamedTuple):
    """What is known of one message. refs: queues whose memory has it, where its life does not tell."""

    life: Life
    message: Message
    refs: list[QueueRef]


class Lifecycles:
    """Answers GetLifecycle. began_us: when this broker did."""

    def __init__(
        self,
        engine: Engine,
        store: Store,
        sampler: Sampler,
        began_us: Callable[[], int],
        now_us: Callable[[], int],
    ) -> None:
        self._engine = engine
        self._store = store
        self._sampler = sampler
        self._began_us = began_us
        self._now_us = now_us

    def lifecycle(self, query: GetLifecycle) -> Steps[Lifecycle]:
        """What a message was, is and became. Raises: RefusedError(NO_SUCH_MESSAGE)."""
        family, left_out = yield from self._family(query.message_id)
        if query.message_id not in family:
            raise _unknown(query.message_id, self._sampler.recorded_one_in)
        kept = [family[each] for each in sorted(family)]
        names: dict[int, str] = yield self._store.connection_names(self._connections(kept))

        def name_of(connection_id: int) -> str:
            return names.get(connection_id, "")

        most = max(limits.LIFECYCLE_EVENTS // len(kept), 20)
        standing = Standing(self._engine, self._began_us(), name_of)
        parts = tuple(self._part(each, standing, name_of, most) for each in kept)
        return Lifecycle(
            query.message_id, self._now_us(), parts, self._sampler.recorded_one_in, left_out=left_out
        )

    # ---- who belongs to it

    def _family(self, message_id: int) -> Steps[tuple[dict[int, _Kept], int]]:
        """The message, those it was before, and those that any of these became; how many were left out."""
        family: dict[int, _Kept] = {}
        todo = [message_id]
        left_out = 0
        for each in todo:
            if each in family:
                continue
            if len(family) >= limits.LIFECYCLE_MESSAGES:
                left_out += 1
                continue
            kept = yield from self._kept(each)
            if kept is None:
                continue
            family[each] = kept
            past = kept.message.past
            if past is not None:
                todo.append(past.parent_id)
            is_followed = any(_is_before(message_id=each, other=other.message) for other in family.values())
            todo += yield from self._successors(kept.life, is_followed=is_followed)
        return family, left_out

    def _kept(self, message_id: int) -> Steps[_Kept | None]:
        life: Life = yield self._store.life(message_id)
        tells_all = bool(life.events) and isinstance(life.events[0], MessagePublished)
        refs = [] if tells_all else list(in_hands(self._engine, message_id))
        if life.events:
            return _Kept(life, life.events[0].message, refs)
        if life.waiting:
            return _Kept(life, life.waiting[0].message, refs)
        message = self._in_hand(message_id, refs)
        return None if message is None else _Kept(life, message, refs)

    def _in_hand(self, message_id: int, refs: list[QueueRef]) -> Message | None:
        """A message that only the engine has."""
        for ref in refs:
            queue = self._engine.vhosts[ref.vhost].queues.get(ref.name)
            ready = browse.find_ready(queue, message_id) if queue is not None else None
            if ready is not None:
                return ready
        for channel in self._engine.channels.values():
            for delivery in channel.deliveries.values():
                if delivery.event.message.id == message_id:
                    return delivery.event.message
        return None

    def _successors(self, life: Life, *, is_followed: bool) -> Steps[list[int]]:
        """The messages as which it went on. is_followed: one of them is known already."""
        found = [getattr(event, "successor_id", 0) for event in life.events]
        held = next((event for event in life.events if isinstance(event, MessageDelayed)), None)
        if held is not None and held.until_us <= self._now_us() and not is_followed:
            found += yield from self._released(held)
        return [each for each in found if each]

    def _released(self, held: MessageDelayed) -> Steps[list[int]]:
        """As what a delayed message went on: its event cannot tell, so it is looked for where it must be."""
        wanted = Search(
            exchange=held.message.exchange, since_us=held.until_us, until_us=held.until_us + RELEASED_US
        )
        before_id: int | None = None
        for _ in range(RELEASED_SLICES):
            found: SearchSlice = yield self._store.search(wanted, before_id)
            for life in found.lives:
                past = life.events[0].message.past if life.events else None
                if past is not None and past.parent_id == held.message.id:
                    return [life.message_id]
            if found.next_id is None:
                break
            before_id = found.next_id
        return []

    # ---- what is told of each

    def _part(self, kept: _Kept, standing: Standing, name_of: Namer, most: int) -> LifePart:
        life, message, refs = kept
        events = life.events[-most:]
        queues = {ref.id: ref for ref in [*standing.queues(life), *refs]}
        rows = [row for ref in queues.values() if (row := standing.row(life, ref)) is not None]
        is_first = bool(events) and isinstance(life.events[0], MessagePublished)
        vhost = next((ref.vhost for ref in queues.values()), "") or self._vhost(life)
        size = life.body_size if life.body_size is not None else len(message.body)
        passed: tuple[ExchangePassed, ...] = ()
        if is_first:
            passing = Passing(self._engine, self._sampler.remembered, self._began_us())
            passed = passing.passed(vhost, message, life.events)
        return LifePart(
            message.id,
            vhost,
            message.exchange,
            message.routing_key,
            message.published_at_us,
            size,
            name_of(message.publisher_id),
            message.past.parent_id if message.past is not None else 0,
            tuple(describe.life_step(event, name_of) for event in events),
            tuple(rows or standing.nowhere(life)),
            passed,
            is_trimmed=bool(life.events) and (not is_first or len(life.events) >= limits.LIFE_MAX_EVENTS),
            is_unrecorded=not life.events,
            left_out=len(life.events) - len(events),
        )

    def _vhost(self, life: Life) -> str:
        return whereabouts.vhost_of(self._engine, life) if life.events else ""

    def _connections(self, kept: Iterable[_Kept]) -> set[int]:
        """The connections whose names are needed."""
        ids: set[int] = set()
        for each in kept:
            events: list[MessageEvent] = each.life.events
            ids.update(describe.connection_ids(events))
            ids.add(each.message.publisher_id)
        ids.update(each.ref.connection_id for each in self._engine.channels.values() if each.deliveries)
        return ids


def _unknown(message_id: int, one_in: int) -> RefusedError:
    says = (
        f"No queue has message {message_id}, and the ledger, which keeps only the latest events, has no "
        "record of it."
    )
    if one_in > 1:
        says += f" Of messages that do not survive a restart it records one in {one_in:,} now."
    return RefusedError(Refusal.NO_SUCH_MESSAGE, f"{says} `mqstudio search` finds messages by what they say.")


def _is_before(*, message_id: int, other: Message) -> bool:
    return other.past is not None and other.past.parent_id == message_id
