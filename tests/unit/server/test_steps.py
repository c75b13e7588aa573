"""Work in steps: at once where the answers are there, later where they are not, never in a task."""

import asyncio
import contextlib
from typing import Any

import pytest

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.server.steps import Steps, run


def adding(*answers: Any) -> Steps[int]:
    total = 0
    for answer in answers:
        total += yield answer
    return total


def later() -> "asyncio.Future[int]":
    return asyncio.get_running_loop().create_future()


def test_where_all_answers_are_there_no_loop_is_needed() -> None:
    assert run(adding(1, 2, 3)) == 6
    assert run(adding()) == 0


def test_what_is_raised_before_anything_waits_is_raised_at_once() -> None:
    def refusing() -> Steps[int]:
        yield 1
        raise RefusedError(Refusal.NO_SUCH_QUEUE, "none")

    with pytest.raises(RefusedError):
        run(refusing())


async def test_answers_come_later_one_after_another() -> None:
    first, second = later(), later()
    result = run(adding(1, first, 10, second))
    assert isinstance(result, asyncio.Future)
    first.set_result(2)
    await asyncio.sleep(0)
    assert not result.done()
    second.set_result(3)
    assert await result == 16


async def test_many_answers_that_are_there_after_one_that_was_not_cost_no_depth() -> None:
    answer = later()
    result = run(adding(answer, *[1] * 5_000))
    answer.set_result(1)
    assert await result == 5_001  # type: ignore[misc]  # it is a future


async def test_a_refusal_that_comes_later_is_the_result() -> None:
    answer = later()
    result = run(adding(answer))
    answer.set_exception(RefusedError(Refusal.NOT_STORED, "gone"))
    with pytest.raises(RefusedError, match="gone"):
        await result  # type: ignore[misc]


async def test_steps_may_go_on_after_a_refusal() -> None:
    def patient(answer: object) -> Steps[int]:
        with contextlib.suppress(RefusedError):
            yield answer
        return (yield 4) + (yield second)

    first, second = later(), later()
    result = run(patient(first))
    first.set_exception(RefusedError(Refusal.NOT_STORED, "gone"))
    second.set_result(5)
    assert await result == 9  # type: ignore[misc]


async def test_whoever_gives_up_ends_the_work() -> None:
    ended = []

    def work(answer: object) -> Steps[int]:
        try:
            yield answer
        finally:
            ended.append(True)
        return 1

    answer = later()
    result = run(work(answer))
    assert isinstance(result, asyncio.Future)
    result.cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert answer.cancelled()
    assert ended == [True]


async def test_an_answer_that_is_cancelled_cancels_the_result() -> None:
    answer = later()
    result = run(adding(answer))
    assert isinstance(result, asyncio.Future)
    answer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await result
