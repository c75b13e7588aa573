"""Pages of a queue's messages by a filter: looked for where they are, a moment at a time.

Messages in hand are asked here, in turns; those in the store are asked there, and what it cannot know, where
they stand, is asked here. In the end each row is asked again as it stands then: so what a page shows is true
when it is given.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from mqstudio.engine import browse
from mqstudio.engine.channel import Delivery
from mqstudio.engine.engine import Engine
from mqstudio.engine.queue import Queue
from mqstudio.model import limits
from mqstudio.model.filters.matching import Matcher, asks_about, compile_filter
from mqstudio.model.filters.splitting import split
from mqstudio.model.filters.subject import Standing, Subject, Waits
from mqstudio.model.filters.syntax import parse
from mqstudio.model.message import Message
from mqstudio.model.queries import GetPage
from mqstudio.model.rows import MessagePage, MessageRow, MessageState
from mqstudio.protocols.base import WireProtocol
from mqstudio.server import describe
from mqstudio.server.pages import LIVE, Live, narrowed, on_disk, ready_row, told_of
from mqstudio.server.reading import new_subject
from mqstudio.server.steps import Steps
from mqstudio.server.thinning import Change
from mqstudio.server.turns import EACH_BYTES, GLANCE_BYTES, Turn, breath
from mqstudio.store.base import Life, Sift, Sifted, Store, Waiting

CHUNK: Final = 500
"""Messages in hand that are fetched at once."""

_NAMED: Final = frozenset({"publisher", "held_by", "consumer"})
"""Fields for which connections' names are needed."""


class Found:
    """A message that may be meant. answers: None if it is in hand, and can be asked everything."""

    __slots__ = ("answers", "life", "message", "waiting")

    def __init__(
        self,
        message: Message,
        answers: int | None = None,
        *,
        life: Life | None = None,
        waiting: Waiting | None = None,
    ) -> None:
        self.message = message
        self.answers = answers
        self.life = life
        self.waiting = waiting


class Source:
    """One place where messages are, and how far it has been looked through: to `reached`."""

    def __init__(self, after_id: int | None, read: "Callable[[Source], Steps[None]]") -> None:
        self.after_id = after_id
        self.reached: int | None = None
        self.is_done = False
        self.is_whole = True
        self.looked_at = 0
        self.found: list[Found] = []
        self._read = read

    def read(self) -> Steps[None]:
        """Look on."""
        return self._read(self)

    def come_to(self, reached: int | None, looked_at: int) -> None:
        """Note how far it was looked, at how many; None: to the end."""
        self.looked_at += looked_at
        self.is_done = reached is None
        if reached is not None:
            self.after_id = self.reached = reached


class Sifting:
    """One page being put together."""

    def __init__(  # noqa: PLR0917  # what it looks at, and what for
        self,
        engine: Engine,
        store: Store,
        protocols: Mapping[str, WireProtocol],
        query: GetPage,
        queue_ids: list[int],
        find_queue: Callable[[], Queue | None],
        now_us: int,
    ) -> None:
        node = parse(query.where)
        self._engine = engine
        self._store = store
        self._query = query
        self._queue_ids = queue_ids
        self._find_queue = find_queue
        self._now_us = now_us
        self._limit = max(1, min(query.limit, limits.PAGE_MAX_ROWS))
        self._wanted = frozenset(query.states or MessageState)
        self._sign = 1 if query.is_oldest_first else -1
        self._whole: Matcher = compile_filter(node, now_us)
        self._rest: Matcher = compile_filter(split(node).rest, now_us)
        self._names: dict[int, str] = {}
        self._subject: Subject = new_subject(protocols, now_us, self._name_of)
        self._needs_names = asks_about(node, *_NAMED)
        self._pending: list[Message] = []
        self._walk: Iterator[Message] = iter(())
        self._walked: Queue | None = None
        self._sources = self._all_sources()

    def _name_of(self, connection_id: int) -> str:
        return self._names.get(connection_id, "")

    def page(self) -> Steps[MessagePage]:
        """Look until there are rows enough, or time is over."""
        deadline_ns = time.perf_counter_ns() + limits.FILTER_PAGE_US * 1_000
        wanted = self._limit
        while True:
            source = self._nearest()
            is_over = source is None or (source.reached is not None and time.perf_counter_ns() > deadline_ns)
            if source is not None and not is_over and self._count_in_reach() < wanted:
                yield from source.read()
                continue
            rows = yield from self._rows()
            if is_over or len(rows) >= self._limit:
                changes: list[Change] = (yield self._store.thinned()) if self._wanted - LIVE else []
                return told_of(changes, self._query, self._finish(rows))
            wanted += self._limit

    def _finish(self, rows: list[MessageRow]) -> MessagePage:
        page = rows[: self._limit]
        nearest = self._nearest()
        next_id = page[-1].message_id if len(page) == self._limit else None
        if next_id is None and nearest is not None:
            next_id = nearest.reached
        queue = self._find_queue()
        return MessagePage(
            page,
            next_id,
            browse.count_live(queue) if queue else 0,
            not all(source.is_whole for source in self._sources),
            sum(source.looked_at for source in self._sources),
        )

    # ---- how far it has come

    def _nearest(self) -> Source | None:
        """The source to go on with: the one that is least far."""
        unread = (source for source in self._sources if not source.is_done)
        return min(unread, key=self._way, default=None)

    def _way(self, source: Source) -> float:
        return float("-inf") if source.reached is None else self._sign * source.reached

    def _reach(self) -> float:
        """Up to where all sources have been looked through."""
        nearest = self._nearest()
        return float("inf") if nearest is None else self._way(nearest)

    def _in_reach(self) -> Iterator[Found]:
        end = self._reach()
        for source in self._sources:
            for each in source.found:
                if self._sign * each.message.id <= end:
                    yield each

    def _count_in_reach(self) -> int:
        return sum(1 for _ in self._in_reach())

    # ---- where messages are

    def _all_sources(self) -> list[Source]:
        query, queue = self._query, self._find_queue()
        sources = []
        if queue is not None and MessageState.READY in self._wanted:
            sources.append(Source(query.after_id, self._read_ready))
        if queue is not None and MessageState.IN_FLIGHT in self._wanted:
            sources.append(Source(query.after_id, self._read_in_flight))
        if queue is not None and queue.on_disk and MessageState.READY in self._wanted:
            above, below = on_disk(queue)
            after_id = narrowed(queue, query, above)
            sources.append(self._stored(after_id, queue=queue.ref, above=above, below=below))
        if self._wanted - LIVE and self._queue_ids:
            sources.append(self._stored(query.after_id, queue_ids=self._queue_ids))
        return sources

    def _stored(self, after_id: int | None, **where: Any) -> Source:
        """Any: fields of Sift."""
        sift = Sift(self._query.where, self._now_us, is_oldest_first=self._query.is_oldest_first, **where)
        return Source(after_id, lambda source: self._read_store(source, sift))

    def _read_store(self, source: Source, sift: Sift) -> Steps[None]:
        sifted: Sifted = yield self._store.sift(sift, source.after_id)
        for each, answers in zip(sifted.found, sifted.answers, strict=True):
            if isinstance(each, Waiting):
                source.found.append(Found(each.message, answers, waiting=each))
            elif isinstance(each, Life) and each.events:
                source.found.append(Found(each.events[0].message, answers, life=each))
        source.is_whole &= sifted.is_whole
        source.come_to(sifted.reached, sifted.looked_at)
        if sifted.reached is not None:
            yield breath()

    def _read_ready(self, source: Source) -> Steps[None]:
        """Ask messages in hand for a turn. The way to where it stopped is long: it goes on from there."""
        turn, is_over = Turn(), False
        while not is_over:
            queue = self._find_queue()
            if not self._pending and queue is not None:
                self._pending = self._fetch(queue, source.after_id)
            if not self._pending or queue is None:
                source.come_to(None, 0)
                return
            if self._needs_names:
                yield from self._learn({message.publisher_id for message in self._pending})
            count, is_over = self._ask(self._pending, queue, source, turn)
            source.come_to(self._pending[count - 1].id, count)
            self._pending = self._pending[count:]
        yield breath()

    def _fetch(self, queue: Queue, after_id: int | None) -> list[Message]:
        is_oldest_first = self._query.is_oldest_first
        try:
            if self._walked is queue:
                return list(islice(self._walk, CHUNK))
        except RuntimeError:
            pass  # messages came or went
        self._walked = queue
        self._walk = browse.walk_ready(queue, after_id, is_oldest_first=is_oldest_first)
        return list(islice(self._walk, CHUNK))

    def _ask(self, messages: list[Message], queue: Queue, source: Source, turn: Turn) -> tuple[int, bool]:
        """Ask these until time is over; how many were asked, and whether it is."""
        fresh, count, glanced = Waits(self._query.queue), 0, 0
        take, fits = self._subject.take, self._whole
        for message in messages:
            count += 1
            standing: Standing = fresh
            if message.id <= queue.flagged_up_to or message.id in queue.redelivered:
                standing = ready_row(queue, message, self._name_of)
            if fits(take(message, standing)):
                source.found.append(Found(message))
            glanced += EACH_BYTES + len(message.body)
            if glanced >= GLANCE_BYTES:
                if turn.is_over():
                    return count, True
                glanced = 0
        return count, turn.is_over()

    def _read_in_flight(self, source: Source) -> Steps[None]:
        queue, is_oldest_first = self._find_queue(), self._query.is_oldest_first
        held: list[Delivery] = []
        if queue is not None:
            held = browse.page_in_flight(
                self._engine, queue, source.after_id, CHUNK, is_oldest_first=is_oldest_first
            )
        if self._needs_names:
            ids = {each.event.message.publisher_id for each in held}
            yield from self._learn(ids | {each.event.channel.connection_id for each in held})
        count = self._ask_held(held, source)
        is_done = count == len(held) < CHUNK
        source.come_to(None if is_done else held[count - 1].event.message.id, count)
        if not is_done:
            yield breath()

    def _ask_held(self, held: list[Delivery], source: Source) -> int:
        """Ask what is in flight until time is over; how many were asked."""
        turn = Turn()
        for count, each in enumerate(held, 1):
            row = describe.in_flight_row(each, self._name_of)
            if self._whole(self._subject.take(each.event.message, row)):
                source.found.append(Found(each.event.message))
            if turn.is_over():
                return count
        return len(held)

    def _learn(self, ids: set[int]) -> Steps[None]:
        """Ask for connections' names that are not known yet."""
        unknown = ids - self._names.keys()
        if unknown:
            names: dict[int, str] = yield self._store.connection_names(unknown)
            self._names.update({each: names.get(each, "") for each in unknown})

    # ---- rows

    def _rows(self) -> Steps[list[MessageRow]]:
        """What is found, as it stands now, in order."""
        ids: set[int] = set()
        queue = self._find_queue()
        for each in self._in_reach():
            ids.add(each.message.publisher_id)
            if each.life is not None:
                ids.update(describe.connection_ids(each.life.events))
        if queue is not None:
            ids.update(
                each.event.channel.connection_id for each in browse.open_deliveries(self._engine, queue)
            )
        yield from self._learn(ids)
        queue = self._find_queue()
        live = Live(self._engine, queue)
        rows: dict[int, MessageRow] = {}
        for each in self._in_reach():
            row = self._row(each, queue, live)
            if row is not None:
                rows[row.message_id] = row
        return sorted(rows.values(), key=lambda row: self._sign * row.message_id)

    def _row(self, found: Found, queue: Queue | None, live: Live) -> MessageRow | None:
        """A message's row, if it is still meant as it stands now."""
        message, row = self._in_hand(found.message.id, queue, live)
        if message is None or row is None:
            row = self._elsewhere(found, live)
            if row is None or found.answers is None:
                return None
            subject = self._subject.take(found.message, row, row.size_bytes, found.answers)
            return row if row.state in self._wanted and self._rest(subject) else None
        is_meant = row.state in self._wanted and self._whole(self._subject.take(message, row))
        return row if is_meant else None

    def _in_hand(
        self, message_id: int, queue: Queue | None, live: Live
    ) -> tuple[Message | None, MessageRow | None]:
        held = live.held(message_id)
        if held is not None:
            return held.event.message, describe.in_flight_row(held, self._name_of)
        message = browse.find_ready(queue, message_id) if queue is not None else None
        if message is None or queue is None:
            return None, None
        return message, ready_row(queue, message, self._name_of)

    def _elsewhere(self, found: Found, live: Live) -> MessageRow | None:
        name = self._query.queue
        if found.waiting is not None and live.is_waiting(found.waiting):
            return describe.waiting_row(found.waiting, name, self._name_of)
        if found.life is not None and not live.has(found.life):
            return describe.ended_row(name, found.life, self._queue_ids, self._name_of)
        return None
