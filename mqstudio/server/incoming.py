"""Tells those who look at a queue that messages come into it: at once, and then no more often than they like.

While nobody looks, or nothing comes, it costs nothing; while something does, a turn costs a flag. How far a
queue has come is read from its counter when somebody is to be told, so what is told is never behind.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mqstudio.model.limits import INCOMING_MIN_MS
from mqstudio.model.queries import WatchIncoming
from mqstudio.model.samples import Incoming
from mqstudio.protocols.base import WatchItem

if TYPE_CHECKING:
    from mqstudio.server.link import Link


@dataclass(slots=True)
class _Watcher:
    link: "Link"
    watch_id: int
    watch: WatchIncoming
    every_s: float
    published: int
    due_s: float = 0.0


class Incomings:
    """Watches of queues, and the one timer they share. published(vhost, queue): how far a queue has come."""

    def __init__(self, published: Callable[[str, str], int], flush: Callable[["Link"], None]) -> None:
        self.watchers: dict[tuple[int, int], _Watcher] = {}
        self.is_look_due = False
        """Whether a look is on its way: until then nothing that happens makes a difference."""
        self._published = published
        self._flush = flush

    def start(self, link: "Link", watch_id: int, watch: WatchIncoming) -> None:
        """Begin to tell of what comes from now on."""
        every_s = max(watch.every_ms, INCOMING_MIN_MS) / 1000
        key = (link.connection_id, watch_id)
        published = self._published(watch.vhost, watch.queue)
        self.watchers[key] = _Watcher(link, watch_id, watch, every_s, published)

    def note(self) -> None:
        """Something has happened in this turn: look when it is over, or when somebody may be told again."""
        self.is_look_due = True
        loop = asyncio.get_running_loop()
        next_s = min(each.due_s for each in self.watchers.values())
        loop.call_later(max(next_s - loop.time(), 0), self._look)

    def _look(self) -> None:
        """Tell those who may be told; the others when it is their time."""
        self.is_look_due = False
        now_s, is_early = asyncio.get_running_loop().time(), False
        for watcher in list(self.watchers.values()):
            published = self._published(watcher.watch.vhost, watcher.watch.queue)
            if published == watcher.published:
                continue
            if now_s < watcher.due_s:
                is_early = True
            elif not watcher.link.is_choked:  # who does not read is told by the next look that finds it reads
                watcher.published, watcher.due_s = published, now_s + watcher.every_s
                watcher.link.notify([WatchItem(watcher.watch_id, Incoming(published))])
                self._flush(watcher.link)
        if is_early and self.watchers:
            self.note()
