"""What a replay would do, found out without sending anything: how many, for how long, to where."""

from collections.abc import Callable
from typing import Protocol

import msgspec
from msgspec import Struct

from mqstudio.client.replay_schedule import Schedule
from mqstudio.client.replay_shaping import Chooser, Shaper, UnfitError
from mqstudio.client.replay_sources import ReplaySource
from mqstudio.client.replay_values import Failed, Wishes
from mqstudio.client.sending import Parcel
from mqstudio.exporters.base import Record
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.message import Header
from mqstudio.model.replay_limits import REPLAY_FAILURES_TOLD, REPLAY_ROUTES_MAX, REPLAY_ROUTES_TOLD
from mqstudio.model.rows import RoutePreview, Topology

BY_KEY = frozenset({"direct", "fanout", "topic"})
"""Kinds of exchanges that do not look at headers."""

Way = tuple[str, str, str]
"""Virtual host, exchange and routing key."""


class Router(Protocol):
    """The part of a client that tells where messages would go."""

    async def preview_route(
        self, exchange: str, routing_key: str, *, headers: list[Header] | None = ..., vhost: str = ...
    ) -> RoutePreview:
        """Where a message would go now."""

    async def topology(self) -> Topology:
        """All exchanges."""


class WayTold(Struct, frozen=True):
    """So many messages that would go one way. problem: why to no queue, "" if to some."""

    vhost: str
    exchange: str
    routing_key: str
    count: int
    queues: tuple[str, ...]
    problem: str = ""


class Example(Struct, frozen=True):
    """The first message as it was recorded, and as it would go."""

    record: Record
    parcel: Parcel


class Trial(Struct, frozen=True):
    """What would be sent. left_out: records that do not go. lasts_s: from first to last, at the speed asked
    for. ways: those of the most messages, others are counted in ways_left. unknown: messages whose way was
    not looked up, for their ways are too many. loops: queues that it is taken from, and would go into.
    """

    messages: int = 0
    left_out: int = 0
    size_bytes: int = 0
    lasts_s: float = 0.0
    ways: tuple[WayTold, ...] = ()
    ways_left: int = 0
    unroutable: int = 0
    unknown: int = 0
    unfit: int = 0
    failed: tuple[Failed, ...] = ()
    loops: tuple[str, ...] = ()
    example: Example | None = None


async def try_out(
    source: ReplaySource,
    wishes: Wishes,
    shaper: Shaper,
    router: Router,
    *,
    is_whole: bool = True,
    on_progress: Callable[[int], None] = lambda _count: None,
) -> Trial:
    """Go through all of it and send nothing. is_whole: also try what is changed in bodies.

    on_progress(messages) is told now and then, and may raise to end it. Raises: NotReadableError,
    RefusedError, OSError.
    """
    found = await router.topology()
    by_headers = frozenset(each.vhost for each in found.exchanges if each.spec.kind not in BY_KEY)
    tally = _Tally(source, wishes, shaper, router, by_headers)
    async for batch in source.batches(is_whole=is_whole):
        for record in batch:
            await tally.add(record, is_whole=is_whole)
        on_progress(tally.messages)
    return tally.told()


async def refuse_loop(
    source: ReplaySource,
    wishes: Wishes,
    shaper: Shaper,
    router: Router,
    on_progress: Callable[[int], None] = lambda _count: None,
) -> None:
    """See to it that a replay does not feed its own source. Raises: RefusedError, as `try_out` does."""
    if wishes.may_loop or not source.grows_in:
        return
    trial = await try_out(source, wishes, shaper, router, is_whole=False, on_progress=on_progress)
    if trial.loops:
        raise RefusedError(Refusal.INVALID_ARGUMENT, loop_says(trial.loops))


def loop_says(loops: tuple[str, ...]) -> str:
    """Why a replay that would go into its own source is refused, and what to do."""
    queues = ", ".join(repr(name) for name in loops[:3]) + (" …" if len(loops) > 3 else "")
    return (
        f"This would be put into {queues}, where it is taken from: what is replayed would be found to be "
        "replayed again. Choose another place, or certain messages; or say that this is wanted."
    )


class _Tally:
    """Counts what is gone through. by_headers: virtual hosts in which headers may tell the way."""

    def __init__(
        self,
        source: ReplaySource,
        wishes: Wishes,
        shaper: Shaper,
        router: Router,
        by_headers: frozenset[str],
    ) -> None:
        self._by_headers = by_headers
        self.messages = 0
        self._grows_in, self._shaper, self._router = source.grows_in, shaper, router
        self._chooser, self._schedule = Chooser(wishes.target), Schedule(wishes.speed, wishes.longest_gap_s)
        self._left_out = self._size = self._unknown = self._unfit = 0
        self._lasts_s = 0.0
        self._failed: list[Failed] = []
        self._found: dict[tuple[Way, bytes], RoutePreview] = {}
        self._counts: dict[tuple[Way, bytes], int] = {}
        self._example: Example | None = None

    async def add(self, record: Record, *, is_whole: bool) -> None:
        """Count a record."""
        row = record.row
        self._lasts_s = self._schedule.due_s(row.published_at_us)
        if not self._chooser.wants(record) or self._shaper.is_own(record):
            self._left_out += 1
            return
        self.messages += 1
        self._size += row.size_bytes
        try:
            if is_whole:
                parcel = self._shaper.parcel(record)
                self._example = self._example or Example(record, parcel)
                way, headers = (parcel.vhost, parcel.exchange, parcel.routing_key), parcel.properties.headers
            else:
                way, headers = self._shaper.address(record), record.properties.headers
        except UnfitError as error:
            self._unfit += 1
            if len(self._failed) < REPLAY_FAILURES_TOLD:
                self._failed.append(Failed(row.message_id, row.exchange, row.routing_key, str(error)))
            return
        await self._follow(way, headers)

    async def _follow(self, way: Way, headers: list[Header] | None) -> None:
        """Look up a message's way, if no message before it went the same."""
        vhost, exchange, routing_key = way
        telling = []
        if exchange and vhost in self._by_headers:
            telling = [header for header in headers or () if not header.name.startswith("x-")]
        place = (way, msgspec.msgpack.encode(telling))
        if place not in self._found:
            if len(self._found) >= REPLAY_ROUTES_MAX:
                self._unknown += 1
                return
            try:
                found = await self._router.preview_route(exchange, routing_key, headers=headers, vhost=vhost)
            except RefusedError as error:  # no such virtual host
                found = RoutePreview([], error.says)
            self._found[place] = found
        self._counts[place] = self._counts.get(place, 0) + 1

    def told(self) -> Trial:
        """What was found."""
        ways = self._ways()
        loops = {queue for way in ways for queue in way.queues if (way.vhost, queue) in self._grows_in}
        return Trial(
            self.messages,
            self._left_out,
            self._size,
            self._lasts_s,
            tuple(ways[:REPLAY_ROUTES_TOLD]),
            max(0, len(ways) - REPLAY_ROUTES_TOLD),
            sum(way.count for way in ways if not way.queues),
            self._unknown,
            self._unfit,
            tuple(self._failed),
            tuple(sorted(loops)),
            self._example,
        )

    def _ways(self) -> list[WayTold]:
        """The ways, those of the most messages first; those that differ in headers alone are one."""
        merged: dict[tuple[Way, tuple[str, ...], str], int] = {}
        for (way, headers), count in self._counts.items():
            found = self._found[way, headers]
            key = (way, tuple(found.queues), found.problem)
            merged[key] = merged.get(key, 0) + count
        ways = [WayTold(*way, count, queues, problem) for (way, queues, problem), count in merged.items()]
        return sorted(ways, key=lambda way: (-way.count, way.exchange, way.routing_key))
