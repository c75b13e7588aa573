"""Pages of a queue's messages: what the engine has in hand, what only the store has, and what has ended.

All three are walked in order of message id, as far as a page needs. A message that lives wins over its own
past (a purge that was undone). Where the store answers later, the engine is asked when its answer is there:
so what a row says of a live message is true when the page is given.
"""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from mqstudio.engine import browse
from mqstudio.engine.channel import Delivery
from mqstudio.engine.engine import Engine
from mqstudio.engine.queue import Queue
from mqstudio.engine.ready import ReadyByOffset
from mqstudio.model import limits
from mqstudio.model.message import Message
from mqstudio.model.places import position_of
from mqstudio.model.queries import GetPage
from mqstudio.model.rows import MessagePage, MessageRow, MessageState
from mqstudio.server import describe
from mqstudio.server.describe import Namer
from mqstudio.server.steps import Steps
from mqstudio.server.thinning import Change, recorded_one_in
from mqstudio.store.base import POSITION_MAX, LedgerPage, Life, Store, Waiting

LIVE = frozenset({MessageState.READY, MessageState.IN_FLIGHT})


class Walk:
    """How far one source has been read. `reached`: the last id read; None before the first and at the end."""

    def __init__(self, ask: Callable[[int | None, int], Any], after_id: int | None) -> None:
        self.ask = ask
        self.after_id = after_id
        self.reached: int | None = None
        self.is_done = False
        self.is_whole = True
        self.found: list[Any] = []  # Any: lives, or what waits

    def read(self, size: int) -> Steps[None]:
        """Read on."""
        answer = yield self.ask(self.after_id, size)
        if isinstance(answer, LedgerPage):
            self.is_whole = answer.is_whole
            found, ids = answer.lives, [life.message_id for life in answer.lives]
        else:
            found, ids = answer, [waiting.message.id for waiting in answer]
        self.found += found
        self.is_done = len(ids) < size
        self.after_id = self.reached = ids[-1] if ids else self.reached


class Look:
    """One page being put together."""

    def __init__(self, query: GetPage, queue_ids: list[int]) -> None:
        self.query = query
        self.queue_ids = queue_ids
        self.limit = max(1, min(query.limit, limits.PAGE_MAX_ROWS))
        self.wanted = frozenset(query.states or MessageState)
        self.sign = 1 if query.is_oldest_first else -1
        self.waiting: Walk | None = None
        self.ended: Walk | None = None

    def unread(self) -> list[Walk]:
        """The walks that have not come to their end."""
        return [walk for walk in (self.waiting, self.ended) if walk is not None and not walk.is_done]

    def nearest(self) -> Walk | None:
        """The walk to go on with: the one that is least far."""
        return min(self.unread(), key=self._way, default=None)

    def _way(self, walk: Walk) -> float:
        return float("-inf") if walk.reached is None else self.sign * walk.reached

    def reach(self, rows: list[MessageRow]) -> list[MessageRow]:
        """The rows before the point up to which everything was read."""
        end = min((self._way(walk) for walk in self.unread()), default=float("inf"))
        return [row for row in rows if self.sign * row.message_id <= end]


class Pages:
    """Puts pages together."""

    def __init__(self, engine: Engine, store: Store) -> None:
        self._engine = engine
        self._store = store

    def page(
        self, query: GetPage, queue_ids: list[int], find_queue: Callable[[], Queue | None]
    ) -> Steps[MessagePage]:
        """A page of a queue that exists now (`find_queue`), or of which the ledger has something."""
        look = Look(query, queue_ids)
        self._begin(look, find_queue())
        rows = self._rows(look, find_queue(), _nameless)
        for _ in range(limits.PAGE_SCAN_PAGES):
            walk = look.nearest()
            if walk is None or len(look.reach(rows)) >= look.limit:
                break
            yield from walk.read(look.limit if walk.reached is None else limits.PAGE_MAX_ROWS)
            rows = self._rows(look, find_queue(), _nameless)
        names: dict[int, str] = yield self._store.connection_names(self._ids(look, find_queue()))
        changes: list[Change] = (yield self._store.thinned()) if look.ended is not None else []
        queue = find_queue()
        rows = look.reach(self._rows(look, queue, lambda each: names.get(each, "")))
        rows.sort(key=lambda row: look.sign * row.message_id)
        return told_of(changes, query, self._finish(look, rows, queue))

    def _begin(self, look: Look, queue: Queue | None) -> None:
        query = look.query
        order = {"is_oldest_first": query.is_oldest_first}
        if queue is not None and queue.on_disk and MessageState.READY in look.wanted:
            above, below = on_disk(queue)
            after_id = narrowed(queue, query, above)

            def ask_places(after_id: int | None, size: int) -> Any:  # Any: as Walk takes it
                return self._store.places(queue.ref, after_id, size, above=above, below=below, **order)

            look.waiting = Walk(ask_places, after_id)
        if look.wanted - LIVE and look.queue_ids:

            def ask_ended(after_id: int | None, size: int) -> Any:  # Any: as Walk takes it
                return self._store.page(look.queue_ids, after_id, size, **order)

            look.ended = Walk(ask_ended, query.after_id)

    def _finish(self, look: Look, rows: list[MessageRow], queue: Queue | None) -> MessagePage:
        page = rows[: look.limit]
        unread = look.unread()
        next_id = page[-1].message_id if len(page) == look.limit else None
        if next_id is None and unread:
            next_id = min(unread, key=look._way).reached
        is_partial = (bool(unread) and len(page) < look.limit) or not (
            look.ended is None or look.ended.is_whole
        )
        return MessagePage(page, next_id, browse.count_live(queue) if queue else 0, is_partial)

    def _rows(self, look: Look, queue: Queue | None, name_of: Namer) -> list[MessageRow]:
        rows: list[MessageRow] = []
        query, wanted = look.query, look.wanted
        live = Live(self._engine, queue)
        if queue is not None:
            order = {"is_oldest_first": query.is_oldest_first}
            for message in browse.page_ready(queue, query.after_id, look.limit, **order):
                rows.append(ready_row(queue, message, name_of))
            for each in browse.page_in_flight(self._engine, queue, query.after_id, look.limit, **order):
                rows.append(describe.in_flight_row(each, name_of))
            if look.waiting is not None:
                rows += (
                    describe.waiting_row(each, query.queue, name_of)
                    for each in look.waiting.found
                    if live.is_waiting(each)
                )
        for life in look.ended.found if look.ended is not None else ():
            row = None
            if not live.has(life):
                row = describe.ended_row(query.queue, life, look.queue_ids, name_of)
            if row is not None:
                rows.append(row)
        return [row for row in rows if row.state in wanted]

    def _ids(self, look: Look, queue: Queue | None) -> set[int]:
        """The connections whose names the page needs."""
        ids: set[int] = set()
        query = look.query
        if queue is not None:
            order = {"is_oldest_first": query.is_oldest_first}
            ready = browse.page_ready(queue, query.after_id, look.limit, **order)
            ids.update(message.publisher_id for message in ready)
            for each in browse.page_in_flight(self._engine, queue, query.after_id, look.limit, **order):
                ids |= {each.event.message.publisher_id, each.event.channel.connection_id}
        if look.waiting is not None:
            ids.update(each.message.publisher_id for each in look.waiting.found)
        if look.ended is not None:
            for life in look.ended.found:
                ids.update(describe.connection_ids(life.events))
                ids.update(event.message.publisher_id for event in life.events[:1])
        return ids


class Live:
    """What of a queue lives, for as long as nothing happens: made anew for each look."""

    def __init__(self, engine: Engine, queue: Queue | None) -> None:
        self._queue = queue
        self._held: dict[int, Delivery] = {}
        if queue is not None:
            self._held = {each.event.message.id: each for each in browse.open_deliveries(engine, queue)}

    def held(self, message_id: int) -> Delivery | None:
        """Who has a message."""
        return self._held.get(message_id)

    def is_waiting(self, waiting: Waiting) -> bool:
        """Whether a message is ready, and only the store has it."""
        queue = self._queue
        if queue is None or queue.ref.id != waiting.queue.id or not queue.on_disk:
            return False
        above, below = on_disk(queue)
        message_id, position = waiting.message.id, waiting.offset
        if position is None:
            position = position_of(queue.ref, waiting.message)
        return (
            above < position < below
            and message_id not in self._held
            and browse.find_ready(queue, message_id) is None
        )

    def has(self, life: Life) -> bool:
        """Whether a message lives in the queue."""
        queue, message_id = self._queue, life.message_id
        return queue is not None and (
            message_id in self._held
            or browse.find_ready(queue, message_id) is not None
            or any(map(self.is_waiting, life.waiting))
        )


def told_of(changes: list[Change], query: GetPage, page: MessagePage) -> MessagePage:
    """A page that says how much was recorded of what it has gone past."""
    if not changes:
        return page
    first, last = page.next_id or 0, query.after_id
    if query.is_oldest_first:
        first, last = query.after_id or 0, page.next_id
    return replace(page, recorded_one_in=recorded_one_in(changes, first, last))


def on_disk(queue: Queue) -> tuple[int, int]:
    """Between which positions are the messages that only the store has."""
    if isinstance(queue.ready, ReadyByOffset):
        return queue.ready.first_offset - 1, queue.ready.hand_offset
    return (POSITION_MAX if queue.beyond is None else queue.beyond.horizon), POSITION_MAX


def ready_row(queue: Queue, message: Message, name_of: Namer) -> MessageRow:
    """A ready message that is in hand."""
    deliveries = queue.redelivered.get(message.id, 0)
    row = describe.ready_row(message, queue.ref.name, name_of, deliveries=deliveries)
    expires_at_us = queue.expiry_us(message)
    is_back = message.id <= queue.flagged_up_to and not deliveries  # nobody knows how often it was
    if not is_back and expires_at_us is None:
        return row
    return replace(row, is_redelivered=row.is_redelivered or is_back, expires_at_us=expires_at_us)


def ready_in_hand(queue: Queue, message_id: int, name_of: Namer) -> MessageRow | None:
    """A ready message, found by its id; None if it is not in hand."""
    message = browse.find_ready(queue, message_id)
    return None if message is None else ready_row(queue, message, name_of)


def narrowed(queue: Queue, query: GetPage, above: int) -> int | None:
    """Where to begin to look in the store: not among those that are in hand, where that is known."""
    after_id = query.after_id
    if queue.is_log:
        if queue.ready and not query.is_oldest_first:
            first = queue.ready.first().id
            return first if after_id is None else min(first, after_id)
    elif query.is_oldest_first and not queue.ref.max_priority:
        return above if after_id is None else max(above, after_id)
    return after_id


def _nameless(_: int) -> str:
    return ""
