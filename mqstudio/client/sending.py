"""Sends many messages at a rate: paused, resumed and cancelled between two messages, counted exactly.

The rate is a schedule: message n is due n / rate seconds after the start, however long those before it
took, so nothing drifts. What could not be sent in time is made up for, within a bound. Messages that are due
together go together, and many wait for the broker's answer at once, within a bound, in order.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from msgspec import Struct

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import (
    SEND_BATCH_BYTES,
    SEND_BATCH_MAX,
    SEND_BEHIND_S,
    SEND_OPEN_BYTES,
    SEND_OPEN_MAX,
)
from mqstudio.model.message import Properties
from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.protocols.native.messages import PublishReply

LOOK_S = 0.05
"""A sending that waits looks this often whether it has been paused or cancelled."""

TURN_S = 0.004
"""Messages are made for this long before others have their turn."""

BLOCKED: Final = (Refusal.OUT_OF_MEMORY, Refusal.NOT_STORED)
"""Refusals that pass: the broker takes publishes again once it has room."""


class Parcel(Struct, frozen=True):
    """A message and where it is sent."""

    exchange: str
    routing_key: str
    body: bytes
    properties: Properties = Properties()
    vhost: str = DEFAULT_VHOST


class Sender(Protocol):
    """The part of a client that sends."""

    async def send(
        self, exchange: str, routing_key: str, body: bytes, properties: Properties = ..., *, vhost: str = ...
    ) -> PublishReply:
        """Send a message; what became of it."""

    async def send_all(self, parcels: Sequence[Parcel]) -> list[PublishReply | Exception]:
        """Send several in one go; what became of each, in order, or why nobody knows."""


class Pace:
    """Time as a sending sees it; tests have one of their own."""

    def now_s(self) -> float:
        """Seconds, monotonic."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class Counts(Struct):
    """What became of messages. confirmed: the broker has them, and at least one queue took each.

    unroutable: no queue took it. refused: a queue was full. failed: the broker would not have it, or nobody
    knows, since the connection ended.
    """

    confirmed: int = 0
    unroutable: int = 0
    refused: int = 0
    failed: int = 0

    @property
    def sent(self) -> int:
        """All that the broker has answered for."""
        return self.confirmed + self.unroutable + self.refused


class Sending:
    """One sending of `count` messages; `make(n)` gives the n-th, from 1. `per_s` 0: as fast as can be.

    waits_for: why the broker takes nothing just now. failure: why it ended early.
    """

    def __init__(
        self, make: Callable[[int], Parcel], count: int, per_s: float = 0.0, pace: Pace | None = None
    ) -> None:
        self.count, self.per_s = count, per_s
        self.counts = Counts()
        self.is_paused = self.is_cancelled = self.has_ended = False
        self.waits_for = self.failure = ""
        self.given_up_s = 0.0
        """By how much it fell behind its rate for good."""
        self._make, self._pace = make, pace or Pace()
        self._begun, self._open, self._open_bytes = 0, 0, 0
        self._held: Parcel | None = None
        """The next message, where it is made and had no room beside others."""
        self._freed = asyncio.Event()
        self._start_s, self._turn_s = 0.0, 0.0

    @property
    def done(self) -> int:
        """Messages that are through, whatever became of them."""
        return self.counts.sent + self.counts.failed

    def cancel(self) -> None:
        """Send no more; what is under way is still counted."""
        self.is_cancelled = True
        self._freed.set()

    def pause(self) -> None:
        """Send no more until `resume`."""
        self.is_paused = True

    def resume(self) -> None:
        """Go on at the same rate."""
        self.is_paused = False

    async def run(self, sender: Sender) -> None:
        """Send all of them. `failure` says why it could not; only bugs are raised."""
        self._start_s = self._turn_s = self._pace.now_s()
        try:
            async with asyncio.TaskGroup() as group:
                while self._begun < self.count and await self._may_go_on():
                    parcels = self._make_due()
                    if not parcels or not await self._has_room(parcels):
                        break
                    group.create_task(self._send(sender, parcels))
                    await self._give_way()
        finally:
            self.has_ended = True

    def _make_due(self) -> list[Parcel]:
        """The messages that are due now, as many as go together; none if the next cannot be made."""
        parcels: list[Parcel] = []
        size, end_s = 0, self._pace.now_s() + TURN_S
        while self._begun < self.count and len(parcels) < SEND_BATCH_MAX:
            if parcels and (self._late_s() < 0 or self._pace.now_s() > end_s):
                break
            parcel = self._held = self._held or self._next()
            if parcel is None or (parcels and size + len(parcel.body) > SEND_BATCH_BYTES):
                break
            self._held = None
            self._begun += 1
            size += len(parcel.body)
            parcels.append(parcel)
        return parcels

    def _late_s(self) -> float:
        """For how long the next message has been due; less than nothing if it is not yet."""
        return self._pace.now_s() - (self._start_s + self._begun / self.per_s) if self.per_s else 0.0

    def _next(self) -> Parcel | None:
        """The next message; None if it cannot be made, which ends the sending."""
        try:
            return self._make(self._begun + 1)
        except RefusedError as error:
            self.failure = error.says
            return None

    async def _may_go_on(self) -> bool:
        """Wait until the next message is due; whether it is to be sent."""
        while not self._is_over:
            now_s = self._pace.now_s()
            if self.is_paused:
                await self._pace.sleep(LOOK_S)
                self._start_s += self._pace.now_s() - now_s  # the schedule waits too
                continue
            if not self.per_s:
                return True
            late_s = self._late_s()
            if late_s >= 0:
                if late_s > SEND_BEHIND_S:
                    self._start_s += late_s - SEND_BEHIND_S
                    self.given_up_s += late_s - SEND_BEHIND_S
                return True
            await self._pace.sleep(min(-late_s, LOOK_S))
        return False

    @property
    def _is_over(self) -> bool:
        return self.is_cancelled or bool(self.failure)

    async def _has_room(self, parcels: Sequence[Parcel]) -> bool:
        """Wait until these may be under way, too; whether they are still to be sent."""
        size = _size(parcels)
        while self._open and (
            self._open + len(parcels) > SEND_OPEN_MAX or self._open_bytes + size > SEND_OPEN_BYTES
        ):
            self._freed.clear()
            await self._freed.wait()
            if self.is_cancelled or self.counts.failed:
                return False
        self._open += len(parcels)
        self._open_bytes += size
        return True

    async def _give_way(self) -> None:
        if self._pace.now_s() - self._turn_s >= TURN_S:
            await asyncio.sleep(0)
            self._turn_s = self._pace.now_s()

    async def _send(self, sender: Sender, parcels: Sequence[Parcel]) -> None:
        """Send these until the broker has taken or refused each, or what is left is never to be sent."""
        left = parcels
        try:
            while (left := await self._send_once(sender, left)) and not self._is_over:
                await self._pace.sleep(LOOK_S)
        finally:
            self._open -= len(parcels)
            self._open_bytes -= _size(parcels)
            self._freed.set()

    async def _send_once(self, sender: Sender, parcels: Sequence[Parcel]) -> Sequence[Parcel]:
        """Send these, and count what became of each; those are left for which there is no room just now."""
        left = []
        for parcel, outcome in zip(parcels, await outcomes(sender, parcels), strict=True):
            if isinstance(outcome, PublishReply):
                self.waits_for = ""
                self._count(outcome)
            elif isinstance(outcome, RefusedError) and outcome.why in BLOCKED:
                self.waits_for = outcome.says
                left.append(parcel)
            else:
                self._fail(outcome.says if isinstance(outcome, RefusedError) else str(outcome))
        return left

    def _count(self, reply: PublishReply) -> None:
        if reply.was_refused:
            self.counts.refused += 1
        elif reply.was_routed:
            self.counts.confirmed += 1
        else:
            self.counts.unroutable += 1

    def _fail(self, says: str) -> None:
        self.counts.failed += 1
        self.failure = self.failure or says


async def outcomes(sender: Sender, parcels: Sequence[Parcel]) -> list[PublishReply | Exception]:
    """Send these; what became of each. One alone goes by itself: it may be of any size."""
    try:
        if len(parcels) > 1:
            return await sender.send_all(parcels)
        (one,) = parcels
        return [await sender.send(one.exchange, one.routing_key, one.body, one.properties, vhost=one.vhost)]
    except (RefusedError, OSError, TimeoutError) as error:
        return [error] * len(parcels)


def _size(parcels: Sequence[Parcel]) -> int:
    return sum(len(parcel.body) for parcel in parcels)
