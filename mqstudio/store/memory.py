"""The ledger in memory: a ring of segments, bounded by events and by bytes of messages."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from mqstudio.model import limits
from mqstudio.model.events import ConnectionOpened, Event, EventBatch, QueueDeclared
from mqstudio.store.base import Bin, LedgerPage, Life
from mqstudio.store.bins import Bins
from mqstudio.store.segment import Segment

NAMES_MAX = 100_000
"""Connection and queue names remembered; the oldest go first."""


class MemoryStore:
    """A Store that forgets the oldest when it is full, and everything when the broker stops."""

    def __init__(
        self,
        *,
        max_events: int = limits.LEDGER_MAX_EVENTS,
        max_bytes: int = limits.LEDGER_MAX_BYTES,
        segment_events: int = limits.LEDGER_SEGMENT_EVENTS,
    ) -> None:
        self.durable = 0
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._segment_events = segment_events
        self._segments: deque[Segment] = deque([Segment()])
        self._events = 0
        self._bytes = 0
        self._bins = Bins()
        self._connection_names: dict[int, str] = {}
        self._queue_ids: dict[tuple[str, str], list[int]] = {}

    def append(self, batch: EventBatch) -> int:
        """Keep a turn's events, none of which will survive. Hot path: one `extend`, whatever their number."""
        segment = self._segments[-1]
        held_bytes = batch.held_bytes + len(batch.notable) * limits.LEDGER_NOTABLE_BYTES
        segment.events.extend(batch)
        segment.held_bytes += held_bytes
        self._events += len(batch)
        self._bytes += held_bytes
        for event in batch.notable:
            self._note(event)
        if len(segment.events) >= self._segment_events or segment.held_bytes >= self._max_bytes // 16:
            self._segments.append(Segment())
        while (self._events > self._max_events or self._bytes > self._max_bytes) and len(self._segments) > 1:
            oldest = self._segments.popleft()
            self._events -= len(oldest.events)
            self._bytes -= oldest.held_bytes
        return 0

    def _note(self, event: Event) -> None:
        self._bins.note(event)
        if isinstance(event, ConnectionOpened):
            self._connection_names[event.info.id] = event.info.name
            _drop_oldest(self._connection_names)
        elif isinstance(event, QueueDeclared):
            key = (event.queue.vhost, event.queue.name)
            self._queue_ids[key] = [*self._queue_ids.pop(key, [])[-15:], event.queue.id]
            _drop_oldest(self._queue_ids)

    def page(
        self, queue_ids: Sequence[int], after_id: int | None, limit: int, *, is_oldest_first: bool
    ) -> LedgerPage:
        """Walk the segments from the wanted end until no further one can add to the page.

        Newest first, that is known: whatever is older than a segment is about messages older than
        the first one published in it. Oldest first it is not, since an old message may be settled
        late: then all segments are read.
        """
        found: set[int] = set()
        unread = limits.LEDGER_SCAN_SEGMENTS
        for segment in self._from_end(is_oldest_first=is_oldest_first):
            if not segment.is_indexed():
                if not unread:
                    return self._lives(found, limit, is_oldest_first=is_oldest_first, is_whole=False)
                unread -= 1
            found.update(segment.ids(queue_ids, after_id, limit, is_oldest_first=is_oldest_first))
            first_id = segment.first_published_id
            if not is_oldest_first and first_id and sum(i >= first_id for i in found) >= limit:
                break
        return self._lives(found, limit, is_oldest_first=is_oldest_first, is_whole=True)

    def _lives(self, found: set[int], limit: int, *, is_oldest_first: bool, is_whole: bool) -> LedgerPage:
        page = sorted(found, reverse=not is_oldest_first)[:limit]
        return LedgerPage([self.life(message_id, seen_only=True) for message_id in page], is_whole)

    def _from_end(self, *, is_oldest_first: bool) -> Iterator[Segment]:
        return iter(self._segments) if is_oldest_first else reversed(self._segments)

    def life(self, message_id: int, *, seen_only: bool = False) -> Life:
        """Collect a message's events (`seen_only`: from segments that were read before)."""
        return Life(
            message_id,
            [
                event
                for segment in self._segments
                if not seen_only or segment.is_indexed()
                for event in segment.events_of(message_id)
            ],
        )

    def queue_ids(self, vhost: str, name: str) -> list[int]:
        """The ids that queues of this name have had (the last 16)."""
        return self._queue_ids.get((vhost, name), [])

    def connection_name(self, connection_id: int) -> str:
        """What a connection was called."""
        return self._connection_names.get(connection_id, "")

    def bins(self) -> list[Bin]:
        """What can still be brought back, oldest first."""
        return self._bins.all()

    def bin(self, bin_id: int) -> Bin | None:
        """One bin."""
        return self._bins.get(bin_id)


def _drop_oldest(names: dict[Any, Any]) -> None:
    if len(names) > NAMES_MAX:
        del names[next(iter(names))]
