"""The ledger in memory: a ring of segments, bounded by events and by bytes of messages."""

from asyncio import Future
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from mqstudio.model import limits
from mqstudio.model.access import AccessTable
from mqstudio.model.events import ConnectionOpened, Event, EventBatch, MessagePublished, QueueDeclared
from mqstudio.model.filters.splitting import Sieve
from mqstudio.model.filters.subject import Subject
from mqstudio.model.filters.syntax import parse
from mqstudio.model.queries import Search
from mqstudio.model.rates import RateStep, Scope, ScopeKind
from mqstudio.model.refs import QueueRef
from mqstudio.model.replies import PageWanted
from mqstudio.model.samples import Counters
from mqstudio.model.volume import Tallied, Tally
from mqstudio.store.base import POSITION_MAX, Bin, LedgerPage, Life, SearchSlice, Sift, Sifted, Waiting
from mqstudio.store.bins import Bins
from mqstudio.store.matching import Matcher, ReadProperties, read_hub
from mqstudio.store.opened import StoredPage
from mqstudio.store.segment import Segment
from mqstudio.store.tallying import tally

SIFTED_LIVES = 200
"""Lives looked at by a filter before others have their turn (about 5 ms)."""

NAMES_MAX = 100_000
"""Connection and queue names remembered; the oldest go first."""


class MemoryStore:
    """A Store that forgets the oldest when it is full, and everything when the broker stops."""

    is_lasting = False

    def __init__(
        self,
        *,
        max_events: int = limits.LEDGER_MAX_EVENTS,
        max_bytes: int = limits.LEDGER_MAX_BYTES,
        segment_events: int = limits.LEDGER_SEGMENT_EVENTS,
        read_properties: ReadProperties = read_hub,
    ) -> None:
        self.durable = 0
        self._read_properties = read_properties
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

    def note_access(self, table: AccessTable) -> int:
        """Nothing is kept."""
        return 0

    def note_whole(self, queue_id: int) -> None:
        """Nothing ever left it."""

    def note_counters(self, queue_id: int, counters: Counters) -> None:
        """Nothing is kept."""

    def is_full(self) -> bool:
        """Nothing waits for any disk."""
        return False

    def tend(self) -> None:
        """There is no file."""

    def read_page(self, wanted: PageWanted) -> "Future[StoredPage]":
        """Never asked: nothing was given up."""
        raise NotImplementedError("what is in memory only is never given up")

    def read_entries(self, queue: QueueRef, ids: Sequence[int]) -> "Future[StoredPage]":
        """Never asked: nothing was given up."""
        raise NotImplementedError("what was not given up is in hand")

    def when_durable(self, number: int, answer: object) -> "Future[Any]":
        """Never asked: no commit has a number here."""
        raise NotImplementedError("what is in memory only never gets durable")

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

    def places(
        self,
        queue: QueueRef,
        after_id: int | None,
        limit: int,
        *,
        is_oldest_first: bool,
        above: int = -1,
        below: int = POSITION_MAX,
    ) -> list[Waiting]:
        """None: the engine has them all."""
        return []

    def sift(self, wanted: Sift, after_id: int | None) -> Sifted:
        """Look through a page of what ended; nothing waits here."""
        if wanted.queue is not None:
            return Sifted([], [], None, 0)
        page = self.page(wanted.queue_ids, after_id, SIFTED_LIVES, is_oldest_first=wanted.is_oldest_first)
        sieve = Sieve(parse(wanted.where), wanted.now_us)
        subject = Subject(wanted.now_us, self._read_properties)
        found: list[Life] = []
        answers: list[int] = []
        for life in page.lives:
            answer = sieve.answers(subject.take(life.events[0].message))
            if answer is not None:
                found.append(life)
                answers.append(answer)
        reached = page.lives[-1].message_id if len(page.lives) == SIFTED_LIVES else None
        return Sifted(found, answers, reached, len(page.lives), page.is_whole)

    def tally(self, wanted: Tally, before_id: int | None) -> Tallied:
        """Count a page of what ended; nothing waits here."""
        return tally(self._segments, wanted, before_id)

    def body(self, message_id: int, start: int, length: int) -> bytes:
        """A part of a kept message's body."""
        events = self.life(message_id).events
        return events[0].message.body[start : start + length] if events else b""

    def search(self, wanted: Search, before_id: int | None) -> SearchSlice:
        """Look through the newest segment that has older messages than this."""
        oldest = next((each.first_id() for each in self._segments if each.first_id()), 0)
        queue_ids = None if wanted.queue is None else self.queue_ids(wanted.vhost, wanted.queue)
        matcher = Matcher(wanted, self._read_properties)
        for segment in reversed(self._segments):
            first = segment.first_id()
            if not first or (before_id is not None and first >= before_id):
                continue
            found = [each.message for each in segment.events if type(each) is MessagePublished]
            looked_at = [each for each in found if before_id is None or each.id < before_id]
            fitting = {each.id: matcher.answers(each) for each in reversed(looked_at) if matcher.fits(each)}
            lives = [self.life(each) for each, answers in fitting.items() if answers is not None]
            last = looked_at[-1].id if looked_at else first
            next_id = first if first > oldest else None
            kept = [each for each in lives if queue_ids is None or _was_in(each, queue_ids)]
            answers = [fitting[each.message_id] or 0 for each in kept]
            return SearchSlice(kept, next_id, len(looked_at), last - oldest + 1, answers)
        return SearchSlice([], None, 0, 0)

    def queue_ids(self, vhost: str, name: str) -> list[int]:
        """The ids that queues of this name have had (the last 16)."""
        return self._queue_ids.get((vhost, name), [])

    def connection_names(self, ids: Collection[int]) -> dict[int, str]:
        """What connections were called."""
        names = self._connection_names
        return {each: names[each] for each in ids if each in names}

    def thinned(self) -> list[tuple[int, int]]:
        """See Store: what is in memory is all recorded."""
        return []

    def broker_events(self, since_us: int, until_us: int, limit: int) -> list[Any]:
        """None: whoever remembers them has them in memory."""
        return []

    def note_rates(self, whole: Sequence[tuple[Scope, int, RateStep]]) -> None:
        """Whoever counts them has them in memory."""

    def rates(
        self, kind: ScopeKind, ids: Sequence[int], step_us: int, since_us: int, until_us: int
    ) -> list[RateStep]:
        """Nothing: see above."""
        return []

    def bins(self) -> list[Bin]:
        """What can still be brought back, oldest first."""
        return self._bins.all()

    def bin(self, bin_id: int) -> Bin | None:
        """One bin."""
        return self._bins.get(bin_id)


def _was_in(life: Life, queue_ids: Sequence[int]) -> bool:
    return any(getattr(getattr(each, "queue", None), "id", None) in queue_ids for each in life.events)


def _drop_oldest(names: dict[Any, Any]) -> None:
    if len(names) > NAMES_MAX:
        del names[next(iter(names))]
