"""What a watcher has not yet taken: bounded, and honest about what did not fit."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Final, Generic, TypeVar

from mqstudio.model.limits import ARRIVALS_MAX, WATCH_MAX_EVENTS
from mqstudio.model.queries import WatchIncoming, WatchSamples
from mqstudio.model.samples import Incoming, Sample
from mqstudio.protocols.native.messages import Gap

T = TypeVar("T")
K = TypeVar("K")
R = TypeVar("R")


class WatchStream(Generic[T]):
    """The items of one watch, as an async iterator of items and Gap objects.

    Use it as `async with client.watch(…) as items:`, which returns once the broker has begun to
    send, or straight in `async for`, which begins with the first step. A slow reader gets samples
    merged into one, and events with gaps. Ends when closed; raises ConnectionError when the broker goes.
    """

    def __init__(
        self,
        watch_id: int,
        start: Callable[[], Awaitable[None]],
        stop: Callable[[], Awaitable[None]],
        *,
        merge: Callable[[T, T], T] | None = None,
        limit: int = WATCH_MAX_EVENTS,
    ) -> None:
        self.id = watch_id
        self._start = start
        self._stop = stop
        self._merge = merge
        self._limit = limit
        self._waiting: deque[T | Gap] = deque()
        self._missed = 0
        self._news = asyncio.Event()
        self._is_started = False
        self._is_ended = self._is_closed = False
        self._error: Exception | None = None

    async def __aenter__(self) -> "WatchStream[T]":
        self._is_started = True
        await self._start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> "WatchStream[T]":
        return self

    async def __anext__(self) -> T | Gap:
        if not self._is_started:
            await self.__aenter__()
        while True:
            if self._waiting:
                return self._waiting.popleft()
            if self._missed:
                return self._take_gap()
            if self._error is not None:
                raise self._error
            if self._is_ended:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()

    async def aclose(self) -> None:
        """Stop the watch; closing twice is fine."""
        if self._is_closed:
            return
        self._is_closed = True
        if not self._is_ended:
            self.end(None)
        self._waiting.clear()
        await self._stop()

    def put(self, item: T | Gap) -> None:
        """Take an item from the wire."""
        if isinstance(item, Gap):
            self._missed += item.count
        elif self._merge is not None and self._waiting:
            last = self._waiting.pop()
            self._waiting.append(item if isinstance(last, Gap) else self._merge(last, item))
        elif len(self._waiting) >= self._limit:
            self._missed += 1
        else:
            if self._missed:
                self._waiting.append(self._take_gap())
            self._waiting.append(item)
        self._news.set()

    def end(self, error: Exception | None) -> None:
        """No more items will come; `error` says why, None when it was asked for. `aclose` comes after it."""
        self._is_ended = True
        self._error = error
        self._news.set()

    def _take_gap(self) -> Gap:
        gap = Gap(self.id, self._missed)
        self._missed = 0
        return gap


def merge_samples(older: Sample, newer: Sample) -> Sample:
    """Make one sample of two in a row, as if the watcher had been asked only now.

    Samples carry only what changed, so the newer one alone would lose the older one's news.
    """
    return Sample(
        at_us=newer.at_us,
        totals=newer.totals,
        queues=_latest(older.queues, newer.queues, newer.queues_gone, lambda q: q.id),
        queues_gone=_gone(older.queues_gone, newer.queues_gone, (q.id for q in newer.queues)),
        exchanges=_latest(
            older.exchanges, newer.exchanges, newer.exchanges_gone, lambda e: (e.vhost, e.name)
        ),
        exchanges_gone=_gone(
            older.exchanges_gone, newer.exchanges_gone, ((e.vhost, e.name) for e in newer.exchanges)
        ),
        connections=_latest(older.connections, newer.connections, newer.connections_gone, lambda c: c.id),
        connections_gone=_gone(
            older.connections_gone, newer.connections_gone, (c.id for c in newer.connections)
        ),
        arrivals=[*older.arrivals, *newer.arrivals][-ARRIVALS_MAX:],
    )


def _newer(_: Incoming, newer: Incoming) -> Incoming:
    return newer


MERGES: Final[Mapping[type, Callable[[Any, Any], Any]]] = {
    WatchSamples: merge_samples,
    WatchIncoming: _newer,
}
"""Watches of which a slow reader gets one item that stands for all. Any: items of the watch's kind."""


def _latest(older: list[R], newer: list[R], gone: list[K], key: Callable[[R], K]) -> list[R]:
    rows = {key(row): row for row in older}
    for lost in gone:
        rows.pop(lost, None)
    rows.update((key(row), row) for row in newer)
    return list(rows.values())


def _gone(older: list[K], newer: list[K], back: Iterable[K]) -> list[K]:
    returned = set(back)
    return [key for key in dict.fromkeys([*older, *newer]) if key not in returned]
