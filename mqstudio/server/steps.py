"""Work that may have to wait for answers, written as a generator: it yields what it was answered.

    def look(store):
        life = yield store.life(7)      # a Life, or a future of one
        return len(life.events)

Where the answers are there at once, so is the result: nothing is scheduled, nothing waits. No task is needed
either way: each answer that comes later takes the work on to the next one.
"""

import asyncio
from collections.abc import Generator
from typing import Any, TypeVar

R = TypeVar("R")

Steps = Generator[Any, Any, R]
"""Any: each step has its own kind of answer."""


def run(steps: Steps[R]) -> "R | asyncio.Future[R]":
    """Do the work as far as the answers are there: its result, or a future of it.

    Raises: what the steps raise before they wait. Cancelling the future ends the work.
    """
    try:
        waits_for = _go_on(steps, None)
    except StopIteration as done:
        result: R = done.value
        return result
    later: asyncio.Future[R] = waits_for.get_loop().create_future()
    _wait(steps, waits_for, later)
    return later


def _go_on(steps: Steps[R], answer: Any) -> "asyncio.Future[Any]":
    """Take steps until one has to wait. Raises: StopIteration with the result, or what the steps raise."""
    asked = steps.send(answer)
    while not isinstance(asked, asyncio.Future):
        asked = steps.send(asked)
    return asked


def _wait(steps: Steps[R], waits_for: "asyncio.Future[Any]", later: "asyncio.Future[R]") -> None:
    def give_up(later: "asyncio.Future[R]") -> None:
        if later.cancelled():
            waits_for.cancel()

    def take(answer: "asyncio.Future[Any]") -> None:
        later.remove_done_callback(give_up)
        if later.done():
            if not answer.cancelled():
                answer.exception()  # looked at, or the loop would report it
            steps.close()
            return
        try:
            if answer.cancelled() or answer.exception() is None:
                following = _go_on(steps, answer.result())
            else:
                following = _thrown(steps, answer)
        except StopIteration as done:
            later.set_result(done.value)
        except asyncio.CancelledError:
            later.cancel()
        except Exception as error:  # it is for whoever waits
            later.set_exception(error)
        else:
            _wait(steps, following, later)

    later.add_done_callback(give_up)
    waits_for.add_done_callback(take)


def _thrown(steps: Steps[R], answer: "asyncio.Future[Any]") -> "asyncio.Future[Any]":
    """Let the steps know that there is no answer; they may go on without."""
    error = answer.exception()
    assert error is not None
    asked = steps.throw(error)
    return asked if isinstance(asked, asyncio.Future) else _go_on(steps, asked)
