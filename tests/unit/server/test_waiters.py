"""Answers that wait for commits."""

import asyncio

import pytest

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.server.waiters import Waiters


async def test_answers_come_with_their_commit_whatever_the_order_they_were_added_in() -> None:
    waiters = Waiters()
    futures = {number: waiters.add(number, f"{number}") for number in (5, 3, 7, 4)}
    waiters.reach(4)
    assert sorted(number for number, each in futures.items() if each.done()) == [3, 4]
    waiters.reach(6)
    assert futures[5].result() == "5"
    assert not futures[7].done()


async def test_of_one_commit_the_first_comes_first() -> None:
    waiters = Waiters()
    order: list[object] = []
    for name in "abc":
        waiters.add(1, name).add_done_callback(lambda done: order.append(done.result()))
    waiters.reach(1)
    await asyncio.sleep(0)
    assert order == ["a", "b", "c"]


async def test_all_can_be_refused_and_others_wait_anew() -> None:
    waiters = Waiters()
    gone, refused = waiters.add(1, None), waiters.add(2, None)
    gone.cancel()
    waiters.refuse("The disk fails.")
    with pytest.raises(RefusedError, match="The disk fails") as caught:
        await refused
    assert caught.value.why is Refusal.NOT_STORED
    later = waiters.add(2, "now")
    waiters.reach(2)
    assert await later == "now"


async def test_who_gave_up_is_passed_over() -> None:
    waiters = Waiters()
    waiters.add(1, None).cancel()
    there = waiters.add(1, "there")
    waiters.reach(1)
    assert await there == "there"
