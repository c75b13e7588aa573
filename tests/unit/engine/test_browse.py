"""Looking without touching."""

from mqstudio.engine import browse
from mqstudio.model import commands as c
from tests.support.driver import Driver


def _queue_of(count: int) -> Driver:
    driver = Driver()
    channel = driver.channel()
    driver.queue(channel)
    for _ in range(count):
        driver.publish(channel)
    return driver


def test_pages_of_ready_messages_in_both_orders() -> None:
    driver = _queue_of(10)
    queue = driver.engine.vhosts["/"].queues["q"]

    def ids(after: int | None, *, oldest: bool) -> list[int]:
        return [m.id for m in browse.page_ready(queue, after, 3, is_oldest_first=oldest)]

    assert ids(None, oldest=False) == [10, 9, 8]
    assert ids(8, oldest=False) == [7, 6, 5]
    assert ids(1, oldest=False) == []
    assert ids(None, oldest=True) == [1, 2, 3]
    assert ids(3, oldest=True) == [4, 5, 6]
    assert browse.find_ready(queue, 4).id == 4  # type: ignore[union-attr]
    assert browse.find_ready(queue, 11) is None


def test_looking_changes_nothing() -> None:
    driver = _queue_of(5)
    queue = driver.engine.vhosts["/"].queues["q"]
    channel = driver.channel()
    driver.do(c.TakeMessage(channel, "q"))
    before = (driver.ready(), queue.delivered, queue.in_flight, set(queue.redelivered))
    browse.page_ready(queue, None, 10, is_oldest_first=True)
    held = browse.page_in_flight(driver.engine, queue, None, 10, is_oldest_first=False)
    assert [d.event.message.id for d in held] == [1]
    assert (driver.ready(), queue.delivered, queue.in_flight, set(queue.redelivered)) == before
