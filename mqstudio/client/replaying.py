"""Replays what was recorded: each message when it is due, counted by what became of it.

Messages are read and made ready ahead of their time. Each is due at so many seconds after the start, and what
is late changes nothing for those behind it. What is due together goes together. With an order of keys a
message waits until the one before it with its key is confirmed.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from mqstudio.client.replay_lanes import Item, Lanes
from mqstudio.client.replay_schedule import Schedule
from mqstudio.client.replay_shaping import Chooser, Shaper, UnfitError
from mqstudio.client.replay_sources import ReplaySource
from mqstudio.client.replay_values import Counts, Failed, Wishes
from mqstudio.client.sending import BLOCKED, LOOK_S, Pace, Sender, outcomes
from mqstudio.exporters.base import NotReadableError, Record
from mqstudio.model.errors import RefusedError
from mqstudio.model.limits import SEND_BATCH_BYTES, SEND_BATCH_MAX, SEND_OPEN_BYTES, SEND_OPEN_MAX
from mqstudio.model.replay_limits import REPLAY_AHEAD_BYTES, REPLAY_AHEAD_MAX, REPLAY_FAILURES_TOLD
from mqstudio.protocols.native.messages import PublishReply

EARLY_S: Final = 0.0005
"""What is due so soon goes now: timers of event loops are no finer than a millisecond."""

SHAPING_S: Final = 0.001
"""Messages are made ready for this long before what is due has its turn."""

LATE_S: Final = 0.005
"""A message that goes later than this counts as late."""


class Late(Struct):
    """How well the times were kept: messages that went late, and the latest."""

    count: int = 0
    worst_s: float = 0.0


class Replaying:
    """One replay. waits_for: why the broker takes nothing just now. failure: why it ended early.

    total: how many there are, 0 while nobody knows. failed: the first that did not arrive. lasts_s: how far
    into the recording it is, at the replay's speed.
    """

    def __init__(self, wishes: Wishes, shaper: Shaper, *, total: int = 0, pace: Pace | None = None) -> None:
        self.wishes, self.total = wishes, total
        self.counts, self.late = Counts(), Late()
        self.failed: list[Failed] = []
        self.is_paused = self.is_cancelled = self.has_ended = False
        self.is_stepping = wishes.is_stepping
        self.waits_for = self.failure = ""
        self.lasts_s = 0.0
        self.next_up: Item | None = None
        """The message that goes next, where it is known."""
        self._shaper, self._pace = shaper, pace or Pace()
        self._chooser, self._schedule = Chooser(wishes.target), Schedule(wishes.speed, wishes.longest_gap_s)
        self._ready: deque[Item] = deque()
        self._ready_bytes, self._is_read = 0, False
        self._lanes = Lanes(has_order=wishes.keeps_key_order)
        self._steps, self._start_s, self._is_last_step = 0, 0.0, False
        self._changed, self._taken = asyncio.Event(), asyncio.Event()

    # ---- what people do to it

    def cancel(self) -> None:
        """Send no more; what is under way is still counted."""
        self.is_cancelled = True
        self._changed.set()

    def pause(self) -> None:
        """Send no more until `resume` or `step`."""
        self.is_paused = True

    def resume(self) -> None:
        """Go on as planned, no longer step by step."""
        self.is_paused = self.is_stepping = False
        self._changed.set()

    def step(self, count: int = 1) -> None:
        """Send the next so many, whenever they were due."""
        self.is_stepping, self.is_paused = True, False
        self._steps += count
        self._changed.set()

    def end_after_steps(self) -> None:
        """Stop when the steps that were asked for are done."""
        self._is_last_step = True

    # ---- the run

    async def run(self, source: ReplaySource, sender: Sender) -> None:
        """Send all of it. `failure` says why it could not; only bugs are raised."""
        try:
            async with asyncio.TaskGroup() as group:
                reader = group.create_task(self._read(source))
                try:
                    await self._first()
                    self._start_s = self._pace.now_s()
                    await self._send_all(group, sender)
                finally:
                    reader.cancel()
        finally:
            self.has_ended = True
            self.next_up = None

    async def _send_all(self, group: asyncio.TaskGroup, sender: Sender) -> None:
        while (item := await self._first()) is not None and await self._until_due(item):
            items = self._take_due()
            if not await self._has_room(items):
                return
            if go := self._lanes.begin(items):
                group.create_task(self._send(sender, go))
            await asyncio.sleep(0)  # what has begun goes out

    async def _first(self) -> Item | None:
        """The next message, when it is ready; None behind the last."""
        while not self._ready and not self._is_read and not self._is_over:
            self._changed.clear()
            await self._changed.wait()
        self.next_up = self._ready[0] if self._ready and not self._is_over else None
        return self.next_up

    async def _until_due(self, item: Item) -> bool:
        """Wait for a message's time; whether it is to go."""
        while not self._is_over:
            now_s = self._pace.now_s()
            if self._steps:
                self._start_s = now_s - item.due_s  # from here on it goes on, whenever that will be
                return True
            if self.is_stepping and self._is_last_step:
                self.is_cancelled = True
                return False
            if self.is_paused or self.is_stepping or self.waits_for:
                await self._pace.sleep(LOOK_S)
                self._start_s += self._pace.now_s() - now_s  # the schedule waits, too
                continue
            left_s = self._start_s + item.due_s - now_s
            if left_s <= EARLY_S:
                self._note_late(-left_s)
                return True
            await self._pace.sleep(min(left_s, LOOK_S))
        return False

    def _note_late(self, late_s: float) -> None:
        if self.wishes.speed is not None and late_s > LATE_S:
            self.late.count += 1
            self.late.worst_s = max(self.late.worst_s, late_s)

    def _take_due(self) -> list[Item]:
        """The messages that are due now, as many as go together."""
        until_s = self._pace.now_s() - self._start_s + EARLY_S
        most = min(SEND_BATCH_MAX, self._open_max)
        if self.is_stepping:
            most = min(most, self._steps)
        items, size = list[Item](), 0
        while self._ready and len(items) < max(most, 1):
            item = self._ready[0]
            is_due = self.is_stepping or item.due_s <= until_s
            if items and (not is_due or size + item.size_bytes > SEND_BATCH_BYTES):
                break
            self._ready.popleft()
            size += item.size_bytes
            items.append(item)
        self._steps -= len(items) if self._steps else 0
        self._ready_bytes -= size
        self.lasts_s = items[-1].due_s
        self._taken.set()
        return items

    async def _has_room(self, items: Sequence[Item]) -> bool:
        """Wait until these may be under way, too; whether they are still to go."""
        size = sum(item.size_bytes for item in items)
        lanes = self._lanes
        while lanes.count and (
            lanes.count + len(items) > self._open_max or lanes.size_bytes + size > SEND_OPEN_BYTES
        ):
            self._changed.clear()
            await self._changed.wait()
            if self._is_over:
                return False
        return True

    @property
    def _open_max(self) -> int:
        """Messages that may be under way: no more may fail than are tolerated."""
        most = self.wishes.failures_max
        return min(SEND_OPEN_MAX, max(1, most - self.counts.failures)) if most else SEND_OPEN_MAX

    @property
    def _is_over(self) -> bool:
        return self.is_cancelled or bool(self.failure)

    # ---- reading ahead

    async def _read(self, source: ReplaySource) -> None:
        """Have messages ready before they are due, within bounds."""
        began_s = self._pace.now_s()
        try:
            async for batch in source.batches(is_whole=True):
                for record in batch:
                    self._make_ready(record)
                    if self._pace.now_s() - began_s > SHAPING_S:
                        await asyncio.sleep(0)
                        began_s = self._pace.now_s()
                self._changed.set()
                while len(self._ready) >= REPLAY_AHEAD_MAX or self._ready_bytes >= REPLAY_AHEAD_BYTES:
                    self._taken.clear()
                    await self._taken.wait()
        except (NotReadableError, RefusedError, OSError, TimeoutError) as error:
            self.failure = self.failure or f"The recording could not be read on: {error}"
        finally:
            self._is_read = True
            self._changed.set()

    def _make_ready(self, record: Record) -> None:
        row = record.row
        due_s = self._schedule.due_s(row.published_at_us)
        if not self._chooser.wants(record) or self._shaper.is_own(record):
            self.counts.left_out += 1
            return
        try:
            parcel = self._shaper.parcel(record)
        except UnfitError as error:
            self.counts.unfit += 1
            self._fail(Failed(row.message_id, row.exchange, row.routing_key, str(error)))
            return
        past = record.past
        may_vanish = not row.queue or (past is not None and past.delay_us is not None)
        self._ready.append(Item(row.message_id, row.routing_key, due_s, parcel, may_vanish))
        self._ready_bytes += len(parcel.body)

    # ---- what became of them

    async def _send(self, sender: Sender, items: list[Item]) -> None:
        """Send these, and then those that waited for them."""
        left = items
        try:
            while left:
                done, again = await self._send_once(sender, left)
                if self._is_over:
                    break
                left = [*again, *self._lanes.next_after(done)]
                while left and (again or self.is_paused) and not self._is_over:
                    await self._pace.sleep(LOOK_S)
                    again = []
        finally:
            self._lanes.forget(left)
            self._changed.set()

    async def _send_once(self, sender: Sender, items: list[Item]) -> tuple[list[Item], list[Item]]:
        """Send these, and count what became of each; those that are answered, and those without room."""
        done, again = list[Item](), list[Item]()
        for start in range(0, len(items), SEND_BATCH_MAX):
            some = items[start : start + SEND_BATCH_MAX]
            answers = await outcomes(sender, [each.parcel for each in some])
            for item, outcome in zip(some, answers, strict=True):
                if isinstance(outcome, RefusedError) and outcome.why in BLOCKED:
                    self.waits_for = outcome.says
                    again.append(item)
                else:
                    self._count(item, outcome)
                    done.append(item)
        if not again:
            self.waits_for = ""
        return done, again

    def _count(self, item: Item, outcome: PublishReply | Exception) -> None:
        counts = self.counts
        if isinstance(outcome, RefusedError):
            counts.failed += 1
            self._fail(item.failed(outcome.says))
        elif isinstance(outcome, Exception):
            counts.failed += 1
            self._fail(item.failed(f"Nobody knows whether it arrived: {outcome}"))
            self.failure = self.failure or str(outcome)
        elif outcome.was_refused:
            counts.refused += 1
            self._fail(item.failed("A queue is full, and refused it."))
        elif outcome.was_routed:
            counts.confirmed += 1
        elif item.may_vanish:
            counts.expected += 1
        else:
            counts.unroutable += 1
            self._fail(item.failed("No queue took it."))

    def _fail(self, failed: Failed) -> None:
        if len(self.failed) < REPLAY_FAILURES_TOLD:
            self.failed.append(failed)
        most = self.wishes.failures_max
        if self.counts.failures >= most > 0 and not self.failure:
            many = "One message" if most == 1 else f"{most} messages"
            self.failure = f"{many} did not arrive; of #{failed.message_id}: {failed.says}"
            self._changed.set()
