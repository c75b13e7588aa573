"""Searches that watchers run: a slice at a time, so that everybody else goes on, as fast as they are read."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from mqstudio.engine.engine import Engine
from mqstudio.model import limits
from mqstudio.model.errors import RefusedError
from mqstudio.model.filters.matching import compile_filter
from mqstudio.model.filters.splitting import split
from mqstudio.model.filters.subject import Subject
from mqstudio.model.filters.syntax import parse
from mqstudio.model.queries import Search
from mqstudio.model.rows import Found, MessageRow
from mqstudio.protocols.base import WatchItem
from mqstudio.server import describe, steps
from mqstudio.server.clock import Clock
from mqstudio.server.describe import Namer
from mqstudio.server.standing import Standing
from mqstudio.server.steps import Steps
from mqstudio.server.thinning import Change, recorded_one_in
from mqstudio.store.base import Life, SearchSlice, Store

if TYPE_CHECKING:
    from mqstudio.server.link import Link

TOO_MANY = f"{limits.SEARCHES_MAX} searches run already. Wait for one of them, or stop it."


class Searching:
    """One search of one watcher. `flush` is called when there is something to send to the link."""

    def __init__(
        self, link: "Link", watch_id: int, wanted: Search, finder: "Finder", flush: Callable[["Link"], None]
    ) -> None:
        self.link = link
        self._watch_id = watch_id
        self._wanted = wanted
        self._finder = finder
        self._flush = flush
        self._before_id: int | None = None
        self._looked_at = 0
        self._one_in = 1
        self._of = 0
        self._left = max(0, min(wanted.limit, limits.SEARCH_MAX_ROWS))
        self._is_looking = False
        self.is_over = False

    def go_on(self) -> None:
        """Look through the next slice, unless that is being done, or the watcher has not read the last."""
        if self.is_over or self._is_looking or self.link.is_choked:
            return
        self._is_looking = True
        try:
            answer = steps.run(self._finder.find(self._wanted, self._before_id))
        except RefusedError as refused:
            self._end(refused.says)
            return
        if isinstance(answer, asyncio.Future):
            answer.add_done_callback(self._take_later)
        else:
            asyncio.get_running_loop().call_soon(self._take, *answer)

    def stop(self) -> None:
        """Nobody wants to know any more."""
        self.is_over = True

    def _take_later(self, answer: "asyncio.Future[tuple[list[MessageRow], SearchSlice, int]]") -> None:
        if answer.cancelled():
            return
        error = answer.exception()
        if isinstance(error, RefusedError):
            self._end(error.says)
        elif error is not None:
            self.is_over = True
            raise error
        else:
            self._take(*answer.result())

    def _take(self, rows: list[MessageRow], found: SearchSlice, one_in: int) -> None:
        self._is_looking = False
        self._one_in = max(self._one_in, one_in)
        if self.is_over:
            return
        if self._before_id is None:
            self._of = found.of
        self._looked_at = min(self._looked_at + found.looked_at, self._of)
        self._before_id = found.next_id
        if found.next_id is None:
            self._looked_at = self._of
        rows, self._left = rows[: self._left], self._left - len(rows)
        self.is_over = found.next_id is None or self._left <= 0
        self._send(Found(rows, self._looked_at, self._of, self.is_over, recorded_one_in=self._one_in))
        self.go_on()

    def _end(self, says: str) -> None:
        if not self.is_over:
            self.is_over = True
            self._send(Found([], self._looked_at, self._of, True, says, self._one_in))

    def _send(self, item: Found) -> None:
        self.link.notify([WatchItem(self._watch_id, item)])
        self._flush(self.link)


class Finder:
    """Makes rows of what a store finds: one for each queue that a message was in."""

    def __init__(self, engine: Engine, store: Store, began_us: Callable[[], int]) -> None:
        self._engine = engine
        self._store = store
        self._began_us = began_us

    def find(self, wanted: Search, before_id: int | None) -> Steps[tuple[list[MessageRow], SearchSlice, int]]:
        """What the next slice of a search has found; of transient ones there one in how many is recorded."""
        changes: list[Change] = yield self._store.thinned()
        found: SearchSlice = yield self._store.search(wanted, before_id)
        ids: set[int] = set()
        for life in found.lives:
            ids.update(describe.connection_ids(life.events))
        names: dict[int, str] = yield self._store.connection_names(ids)
        standing = Standing(self._engine, self._began_us(), lambda each: names.get(each, ""))
        rows = []
        meant = _Meant(wanted.where, standing.name_of) if wanted.where else None
        for place, life in enumerate(found.lives):
            here = _rows(standing, life, wanted)
            rows += here if meant is None else meant.of(here, life, found.answers[place])
        if wanted.states:
            rows = [row for row in rows if row.state in wanted.states]
        return rows, found, recorded_one_in(changes, found.next_id or 0, before_id)


class _Meant:
    """Asks of rows what only the broker knows: where messages stand."""

    def __init__(self, where: str, name_of: Namer) -> None:
        now_us = Clock().now_us()
        self._rest = compile_filter(split(parse(where)).rest, now_us)
        self._subject = Subject(now_us, name_of=name_of)

    def of(self, rows: list[MessageRow], life: Life, answers: int) -> list[MessageRow]:
        """The rows of a message that are meant."""
        message = life.events[0].message if life.events else life.waiting[0].message
        take = self._subject.take
        return [row for row in rows if self._rest(take(message, row, row.size_bytes, answers))]


def _rows(standing: Standing, life: Life, wanted: Search) -> list[MessageRow]:
    """A row for each queue that a search may find a message in."""
    queues = standing.queues(life)
    if not queues and wanted.queue is None:
        return standing.nowhere(life)
    rows = [
        standing.row(life, queue)
        for queue in queues
        if queue.vhost == wanted.vhost and wanted.queue in {None, queue.name}
    ]
    return [row for row in rows if row is not None]
