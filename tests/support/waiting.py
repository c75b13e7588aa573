"""The one way tests wait for another process: ask again until it is so, with a generous deadline."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

DEADLINE_S = 30.0
INTERVAL_S = 0.01

T = TypeVar("T")


def eventually(check: Callable[[], T], *, within_s: float = DEADLINE_S) -> T:
    """Return the first true answer of `check`. It may fail an assertion; the last one is raised."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            if answer := check():
                return answer
            failure = AssertionError(f"not so within {within_s:g} s; last answer: {answer!r}")
        except AssertionError as error:
            failure = error
        if time.monotonic() > deadline:
            raise failure
        time.sleep(INTERVAL_S)


async def eventually_async(check: Callable[[], Awaitable[T] | T], *, within_s: float = DEADLINE_S) -> T:
    """Do as `eventually` does while the event loop goes on; `check` may be awaitable."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            asked = check()
            answer: T = await asked if inspect.isawaitable(asked) else asked
            if answer:
                return answer
            failure = AssertionError(f"not so within {within_s:g} s; last answer: {answer!r}")
        except AssertionError as error:
            failure = error
        if time.monotonic() > deadline:
            raise failure
        await asyncio.sleep(INTERVAL_S)
