"""Counts the messages of a queue over time, by what became of them, a part at a time."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from mqstudio.engine import browse
from mqstudio.engine.engine import Engine
from mqstudio.engine.queue import Queue
from mqstudio.model import volume as v
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.message import Message
from mqstudio.model.queries import GetVolume
from mqstudio.model.volume import Tallied, Tally, Volume
from mqstudio.server.pages import on_disk
from mqstudio.server.sampler import Sampler
from mqstudio.server.steps import Steps
from mqstudio.store.base import Store

SHORTEST_US: Final = 1_000
"""Steps of time that are counted apart are at least so long."""

LIVE_MAX: Final = 50_000
"""Ready messages in hand that are counted at once (about 10 ms)."""

_TOP: Final = 2**62


class Volumes:
    """Answers GetVolume: what ended by the store; by the engine what lives when the store has answered."""

    def __init__(self, engine: Engine, store: Store, sampler: Sampler) -> None:
        self._engine = engine
        self._store = store
        self._sampler = sampler

    def volume(
        self, query: GetVolume, queue_ids: list[int], find_queue: Callable[[], Queue | None]
    ) -> Steps[Volume]:
        """The next part of a count. Raises: RefusedError(INVALID_ARGUMENT)."""
        if query.step_us < SHORTEST_US:
            says = f"Steps of {query.step_us} µs are too short: at least {SHORTEST_US} µs are counted apart."
            raise RefusedError(Refusal.INVALID_ARGUMENT, says)
        lower = self._lower(query, find_queue())
        asked = self._asked(query, queue_ids, find_queue(), lower)
        tallied: Tallied = yield self._store.tally(asked, query.before_id)
        reached = lower if tallied.reached is None else max(lower, tallied.reached)
        is_over = tallied.reached is None and lower <= query.down_to_id
        return self._put_together(query, tallied, find_queue(), reached, is_over=is_over)

    def _lower(self, query: GetVolume, queue: Queue | None) -> int:
        """How far down may be counted at once, for all that is in hand."""
        if queue is None or queue.ready_count <= LIVE_MAX:
            return query.down_to_id
        walk = browse.walk_ready(queue, query.before_id, is_oldest_first=False)
        last = next(islice(walk, LIVE_MAX, None), None)
        return query.down_to_id if last is None else max(query.down_to_id, last.id + 1)

    def _asked(self, query: GetVolume, queue_ids: list[int], queue: Queue | None, lower: int) -> Tally:
        if queue is None or not queue.on_disk:
            return Tally(queue_ids, query.step_us, lower)
        above, below = on_disk(queue)
        ref = queue.ref
        return Tally(queue_ids, query.step_us, lower, ref.id, ref.max_priority or 0, above, below)

    def _put_together(
        self, query: GetVolume, tallied: Tallied, queue: Queue | None, reached: int, *, is_over: bool
    ) -> Volume:
        upper = _TOP if query.before_id is None else query.before_id
        bins = dict(tallied.bins)
        live: set[int] = set()
        for message, outcome in self._live(queue, query.before_id, 0 if is_over else reached):
            if message.id < upper and message.id not in live:
                live.add(message.id)
                v.count(bins, message.published_at_us // query.step_us, outcome)
        for message_id, step in tallied.waiting:
            if message_id not in live:
                live.add(message_id)
                v.count(bins, step, v.READY)
        for message_id, step in tallied.removed:
            if message_id not in live:
                v.count(bins, step, v.REMOVED)
        newest = self._engine.next_message_id
        lowest = max(tallied.lowest_id, query.down_to_id)
        share = 1.0 if is_over else (newest - reached) / max(1, newest - lowest)
        return Volume(
            query.step_us,
            bins,
            None if is_over else reached,
            min(1.0, max(0.0, share)),
            min(live, default=None),
            self._sampler.recorded_one_in,
        )

    def _live(
        self, queue: Queue | None, before_id: int | None, down_to: int
    ) -> Iterator[tuple[Message, int]]:
        """What is in flight, and what is ready in hand; who holds a message has it."""
        if queue is None:
            return
        for delivery in browse.open_deliveries(self._engine, queue):
            if delivery.event.message.id >= down_to:
                yield delivery.event.message, v.IN_FLIGHT
        for message in browse.walk_ready(queue, before_id, is_oldest_first=False):
            if message.id < down_to:
                return
            yield message, v.READY
