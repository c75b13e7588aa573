"""Watchers: samples (newest replaces unsent), what comes into a queue, message events (bounded), searches."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import EventBatch, MessageEvent
from mqstudio.model.filters.syntax import parse
from mqstudio.model.limits import SEARCHES_MAX, WATCH_MAX_EVENTS
from mqstudio.model.queries import Watch, WatchEvents, WatchIncoming, WatchSamples
from mqstudio.model.rows import TailItem
from mqstudio.protocols.base import WatchItem
from mqstudio.server.clock import Clock
from mqstudio.server.describe import tail_item
from mqstudio.server.incoming import Incomings
from mqstudio.server.sampler import Sampler
from mqstudio.server.searching import TOO_MANY, Finder, Searching
from mqstudio.server.tailing import EventFilter
from mqstudio.store.segment import MESSAGE_EVENTS

if TYPE_CHECKING:
    from mqstudio.server.link import Link


@dataclass(slots=True)
class _SampleWatcher:
    link: "Link"
    watch_id: int
    seen_tick: int = 0


@dataclass(slots=True)
class _EventWatcher:
    link: "Link"
    watch_id: int
    filter: WatchEvents
    where: EventFilter | None = None
    items: list[TailItem] = field(default_factory=list)
    gap: int = 0


class Watches:
    """All watches of all connections. A slow watcher costs a bounded list, and nobody else anything."""

    def __init__(
        self, sampler: Sampler, finder: Finder | None = None, flush: Callable[["Link"], None] | None = None
    ) -> None:
        self._sampler = sampler
        self._finder = finder
        self._flush = flush
        self._incoming = Incomings(sampler.published, flush or _keep)
        self._now_us = Clock().now_us
        self._searches: dict[tuple[int, int], Searching] = {}
        self._samples: dict[tuple[int, int], _SampleWatcher] = {}
        self._events: dict[tuple[int, int], _EventWatcher] = {}

    def start(self, link: "Link", watch_id: int, watch: Watch) -> None:
        """Begin a watch; an id in use is replaced. Raises: RefusedError(TOO_MANY, INVALID_ARGUMENT)."""
        key = (link.connection_id, watch_id)
        self.stop(link, watch_id)
        if isinstance(watch, WatchSamples):
            self._samples[key] = _SampleWatcher(link, watch_id)
        elif isinstance(watch, WatchIncoming):
            self._incoming.start(link, watch_id, watch)
        elif isinstance(watch, WatchEvents):
            where = None
            if watch.where:
                where = EventFilter(watch.where, self._now_us, self._sampler.connection_name)
            self._events[key] = _EventWatcher(link, watch_id, watch, where)
        elif self._finder is not None and self._flush is not None:
            parse(watch.where)
            self._searches = {key: each for key, each in self._searches.items() if not each.is_over}
            if len(self._searches) >= SEARCHES_MAX:
                raise RefusedError(Refusal.TOO_MANY, TOO_MANY)
            search = self._searches[key] = Searching(link, watch_id, watch, self._finder, self._flush)
            asyncio.get_running_loop().call_soon(search.go_on)  # its id is told first

    def stop(self, link: "Link", watch_id: int) -> None:
        """End a watch."""
        key = (link.connection_id, watch_id)
        self._samples.pop(key, None)
        self._events.pop(key, None)
        self._incoming.watchers.pop(key, None)
        search = self._searches.pop(key, None)
        if search is not None:
            search.stop()

    def forget(self, link: "Link") -> None:
        """End all watches of a connection."""
        keys = {*self._samples, *self._events, *self._searches, *self._incoming.watchers}
        for _, watch_id in [key for key in keys if key[0] == link.connection_id]:
            self.stop(link, watch_id)

    def offer(self, batch: EventBatch) -> list["Link"]:
        """Take a turn's events for those who watch events; returns the links that got mail."""
        self._note_incoming()
        if not self._events:
            return []
        for watcher in self._events.values():
            _collect(watcher, batch)
        return self._send_events()

    def _note_incoming(self) -> None:
        incoming = self._incoming
        if incoming.watchers and not incoming.is_look_due:
            incoming.note()

    def send_samples(self) -> list["Link"]:
        """Send what changed to everybody whose socket takes it; returns the links that got mail."""
        served = []
        self._note_incoming()  # who was slow when there was something to tell
        for search in self._searches.values():
            search.go_on()  # one whose watcher was slow
        for watcher in self._samples.values():
            if not watcher.link.is_choked:
                item = self._sampler.since(watcher.seen_tick)
                watcher.seen_tick = self._sampler.tick
                watcher.link.notify([WatchItem(watcher.watch_id, item)])
                served.append(watcher.link)
        return served + self._send_events()

    def _send_events(self) -> list["Link"]:
        served = []
        for watcher in self._events.values():
            if (watcher.items or watcher.gap) and not watcher.link.is_choked:
                mail = [WatchItem(watcher.watch_id, item) for item in watcher.items]
                if watcher.gap:  # what was left out is younger than what was kept
                    mail.append(WatchItem(watcher.watch_id, None, watcher.gap))
                watcher.items, watcher.gap = [], 0
                watcher.link.notify(mail)
                served.append(watcher.link)
        return served


def _keep(_: "Link") -> None:
    """What is written is written at the end of a turn."""


def _collect(watcher: _EventWatcher, batch: EventBatch) -> None:
    wanted, vhost, where = watcher.filter.queue, watcher.filter.vhost, watcher.where
    if where is not None:
        where.begin_turn()
    for event in batch:
        if type(event) in MESSAGE_EVENTS and (wanted is None or _concerns(event, vhost, wanted)):  # type: ignore[arg-type]
            is_late = where is not None and where.is_late()
            if where is not None and not is_late and not where.fits(event):  # type: ignore[arg-type]
                continue
            if len(watcher.items) < WATCH_MAX_EVENTS and not is_late:
                watcher.items.append(tail_item(event))  # type: ignore[arg-type]  # MESSAGE_EVENTS
            else:
                watcher.gap += 1


def _concerns(event: MessageEvent, vhost: str, name: str) -> bool:
    queue = getattr(event, "queue", None)
    if queue is not None:
        return bool(queue.name == name and queue.vhost == vhost)
    return any(queue.name == name and queue.vhost == vhost for queue in getattr(event, "queues", ()))
