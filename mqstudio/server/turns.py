"""Turns: work that takes long is done a moment at a time, so that others have theirs in between."""

import asyncio
import time
from typing import Final

from mqstudio.model import limits

GLANCE_BYTES: Final = 64 * 1024
"""After so much that was read we look at the clock: reading one large body may take a whole turn."""

EACH_BYTES: Final = GLANCE_BYTES // 16
"""What a message counts for beside its body: of small ones we look after every sixteenth."""


class Turn:
    """One turn, from now on."""

    __slots__ = ("_until_ns",)

    def __init__(self) -> None:
        self._until_ns = time.perf_counter_ns() + limits.FILTER_TURN_US * 1_000

    def is_over(self) -> bool:
        """Whether others should have theirs."""
        return time.perf_counter_ns() > self._until_ns


def breath() -> "asyncio.Future[None]":
    """Others have their turn."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()
    loop.call_soon(_end_breath, future)
    return future


def _end_breath(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
