"""Answers that wait until a commit is on disk."""

import asyncio
from collections import deque
from typing import Any

from mqstudio.model.errors import Refusal, RefusedError


class Waiters:
    """Futures by the number of the commit they wait for, the lowest first."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[int, asyncio.Future[Any], object]] = deque()  # Any: each its own answer

    def add(self, number: int, answer: object) -> "asyncio.Future[Any]":
        """A future of `answer`, done when this commit is on disk. Any: whatever was to be answered."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        waiting = self._waiting
        at = len(waiting)
        while at and waiting[at - 1][0] > number:  # seldom: numbers come in order nearly always
            at -= 1
        waiting.insert(at, (number, future, answer))
        return future

    def reach(self, number: int) -> None:
        """All up to this commit is on disk."""
        while self._waiting and self._waiting[0][0] <= number:
            _, future, answer = self._waiting.popleft()
            if not future.done():
                future.set_result(answer)

    def refuse(self, says: str) -> None:
        """Nobody will get what was promised."""
        waiting, self._waiting = self._waiting, deque()
        for _, future, _ in waiting:
            if not future.done():
                future.set_exception(RefusedError(Refusal.NOT_STORED, says))
