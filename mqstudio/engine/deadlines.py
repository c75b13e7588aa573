"""Deadlines: one heap for everything that is to happen at a time."""

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any

from mqstudio.model.events import EventBatch

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine

Action = Callable[["Engine", Any, int, EventBatch], None]
"""What to do, with which subject, when the time has come. Any: each action has a subject of its own."""

CANCELLED_MIN = 64
"""So many cancelled entries are not worth tidying up."""


class Deadline:
    """Something that is to happen at `at_us`. Whoever set it may cancel it until then."""

    __slots__ = ("action", "at_us", "subject")

    def __init__(self, at_us: int, action: Action, subject: Any) -> None:  # Any: see Action
        self.at_us = at_us
        self.action: Action | None = action
        self.subject = subject


class Deadlines:
    """Actions by time; those of equal times in the order they were added.

    A cancelled one lets go of its subject at once and stays in the heap, empty, until half of the heap is
    such: so neither what is gone nor what was put off again and again piles up.
    """

    __slots__ = ("_added", "_cancelled", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Deadline]] = []
        self._added = 0
        self._cancelled = 0

    def add(self, at_us: int, action: Action, subject: Any) -> Deadline:
        """Have something done at a time, µs since 1970."""
        deadline = Deadline(at_us, action, subject)
        self._added += 1
        heappush(self._heap, (at_us, self._added, deadline))
        return deadline

    def cancel(self, deadline: Deadline | None) -> None:
        """Have it not done after all; one that was done or cancelled before, or none, is fine."""
        if deadline is None or deadline.action is None:
            return
        deadline.action = deadline.subject = None
        self._cancelled += 1
        if self._cancelled > CANCELLED_MIN and 2 * self._cancelled > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].action is not None]
            heapify(self._heap)
            self._cancelled = 0

    def next_us(self) -> int | None:
        """The earliest time; None: nothing is to happen."""
        heap = self._heap
        while heap and heap[0][2].action is None:
            heappop(heap)
            self._cancelled -= 1
        return heap[0][0] if heap else None

    def act(self, engine: "Engine", now_us: int, events: EventBatch) -> None:
        """Do everything whose time has come."""
        next_us = self.next_us()
        while next_us is not None and next_us <= now_us:
            deadline = heappop(self._heap)[2]
            action, subject = deadline.action, deadline.subject
            deadline.action = deadline.subject = None
            assert action is not None  # next_us has removed the cancelled ones before it
            action(engine, subject, now_us, events)
            next_us = self.next_us()

    def __len__(self) -> int:
        return len(self._heap) - self._cancelled
