"""Frames as the store process receives them: awake for a moment after each, asleep when nothing comes.

Who publishes one by one sends the next message right after its confirm. To wake a process that sleeps takes a
third of the time that its commit takes on the disk; to stay awake that long takes nothing from anybody, since
nothing else is there to do, and it ends after `AWAKE_US`.
"""

import os
import select
import time
from collections import deque
from typing import Final

from mqstudio.store.frames import Splitter

READ_BYTES: Final = 1024 * 1024

AWAKE_US: Final = 300
"""Longer than a client takes to answer a confirm."""


class Inbox:
    """The frames that come by a descriptor."""

    def __init__(self, descriptor: int, *, awake_us: int = AWAKE_US) -> None:
        self._descriptor = descriptor
        self._splitter = Splitter()
        self._frames: deque[tuple[int, bytes]] = deque()
        # On one processor whoever is to send the next frame could not while we look for it.
        self._awake_ns = awake_us * 1000 if _can_poll() and (os.cpu_count() or 1) > 1 else 0

    def receive(self) -> tuple[int, bytes] | None:
        """The next frame, waited for; None when there will be none."""
        while not self._frames:
            if self._awake_ns:
                self._stay_awake()
            data = os.read(self._descriptor, READ_BYTES)
            if not data:
                return None
            self._frames += self._splitter.feed(data)
        return self._frames.popleft()

    def has_more(self) -> bool:
        """Whether somebody waits to be served."""
        return bool(self._frames) or (_can_poll() and bool(select.select([self._descriptor], [], [], 0)[0]))

    def _stay_awake(self) -> None:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        until = time.perf_counter_ns() + self._awake_ns
        while not poll.poll(0) and time.perf_counter_ns() < until:
            pass


def _can_poll() -> bool:
    """Whether pipes can be asked: not on Windows."""
    return os.name == "posix"
