"""Deadlines: one heap for everything that is to happen at a time."""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from mqstudio.model.events import EventBatch

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine

Action = Callable[["Engine", Any, int, EventBatch], None]
"""What to do, with which subject, when the time has come. Any: each action has a subject of its own.

Nothing is ever taken off the heap: an action finds out itself whether there is still something to do."""


class Deadlines:
    """Actions by time; those of equal times in the order they were added."""

    __slots__ = ("_added", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Action, Any]] = []
        self._added = 0

    def add(self, at_us: int, action: Action, subject: Any) -> None:
        """Have something done at a time, µs since 1970."""
        self._added += 1
        heappush(self._heap, (at_us, self._added, action, subject))

    def next_us(self) -> int | None:
        """The earliest time; None: nothing is to happen."""
        return self._heap[0][0] if self._heap else None

    def act(self, engine: "Engine", now_us: int, events: EventBatch) -> None:
        """Do everything whose time has come."""
        while self._heap and self._heap[0][0] <= now_us:
            _, _, action, subject = heappop(self._heap)
            action(engine, subject, now_us, events)
