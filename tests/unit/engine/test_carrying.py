"""Carrying: a queue is emptied into another, so many a second."""

import pytest

from mqstudio.engine import carrying
from mqstudio.model import commands as c
from mqstudio.model import lending as lend
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.lending import CarryTask, TaskState
from tests.support.driver import Driver


@pytest.fixture
def driver() -> Driver:
    return Driver()


@pytest.fixture
def root(driver: Driver) -> int:
    """A channel, and two queues."""
    root = driver.channel()
    driver.queue(root, "q")
    driver.queue(root, "to")
    return root


def now(driver: Driver, task: CarryTask) -> CarryTask:
    return carrying.describe(driver.engine.carrying[task.id])


def test_so_many_a_second_and_not_what_comes_meanwhile(driver: Driver, root: int) -> None:
    for _ in range(10):
        driver.publish(root, "q")
    task = driver.do(lend.StartCarrying(root, "q", "to", 5))
    late = driver.publish(root, "q")
    driver.wait(1_000)
    assert 4 <= len(driver.ready("to")) <= 6
    driver.do(c.CloseChannel(root))  # whoever began it may leave
    driver.wait(5_000)
    told = now(driver, task)
    assert (told.state, told.moved, told.to_move) == (TaskState.COMPLETED, 10, 10)
    assert driver.ready("q") == [late]


def test_it_is_stopped_once(driver: Driver, root: int) -> None:
    for _ in range(10):
        driver.publish(root, "q")
    task = driver.do(lend.StartCarrying(root, "q", "to", 1))
    driver.wait(2_100)
    told = driver.do(lend.StopCarrying(task.id))
    assert (told.state, told.moved) == (TaskState.CANCELLED, len(driver.ready("to")))
    driver.wait(5_000)
    assert len(driver.ready("to")) == told.moved
    assert driver.do(lend.StopCarrying(task.id)) is None


def test_one_at_a_time_and_only_where_there_is_a_queue(driver: Driver, root: int) -> None:
    driver.publish(root, "q")
    driver.publish(root, "q")
    driver.do(lend.StartCarrying(root, "q", "to", 1))
    with pytest.raises(RefusedError) as refused:
        driver.do(lend.StartCarrying(root, "q", None, 1))
    assert refused.value.why is Refusal.TOO_MANY
    with pytest.raises(RefusedError) as refused:
        driver.do(lend.StartCarrying(root, "to", "none", 1))
    assert refused.value.why is Refusal.NO_SUCH_QUEUE


def test_a_queue_that_goes_ends_it(driver: Driver, root: int) -> None:
    driver.publish(root, "q")
    driver.publish(root, "q")
    task = driver.do(lend.StartCarrying(root, "q", "to", 1))
    driver.do(c.DeleteQueue(root, "q"))
    driver.wait(2_000)
    assert now(driver, task).state is TaskState.FAILED
    assert now(driver, task).why
