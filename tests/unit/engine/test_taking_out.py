"""Taking messages out of a queue by hand."""

import pytest

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model import verbs as v
from mqstudio.model.errors import Refusal, RefusedError
from tests.support.driver import Driver


def driver_with(count: int, **options: object) -> tuple[Driver, int]:
    driver = Driver()
    channel = driver.channel()
    driver.queue(channel, **options)
    for _ in range(count):
        driver.publish(channel)
    return driver, channel


def test_any_may_go_to_a_bin_and_come_back_to_their_places_and_it_is_told_who_did_it() -> None:
    driver, channel = driver_with(5)
    reply = driver.do(v.RemoveMessages(channel, "q", (4, 2, 99)))
    assert (reply.count, reply.left, driver.ready()) == (2, (99,), [1, 3, 5])
    (told,) = driver.of(e.Intervened)
    by = driver.engine.channels[channel].connection.id
    assert (told.connection_id, told.verb, told.count, told.bin_id) == (by, "remove", 2, reply.bin_id)
    (purged,) = driver.of(e.QueuePurged)
    messages = [c.RestoredMessage(p.message, p.deliveries) for p in purged.purged]
    driver.do(c.RestoreMessages(channel, "q", reply.bin_id, messages))
    assert driver.ready() == [1, 2, 3, 4, 5]


def test_many_at_once_leave_the_others_in_order() -> None:
    driver, channel = driver_with(100)
    driver.do(v.RemoveMessages(channel, "q", tuple(range(2, 101, 2))))
    assert driver.ready() == list(range(1, 100, 2))


def test_what_somebody_holds_stays_his() -> None:
    driver, channel = driver_with(2)
    driver.do(c.TakeMessage(channel, "q"))
    assert driver.do(v.RemoveMessages(channel, "q", (1,))).left == (1,)
    driver.accept(channel, 1)


def test_the_next_one_expires_at_its_own_time_when_the_first_was_taken_out() -> None:
    driver, channel = driver_with(0, arguments={"x-message-ttl": 100})
    driver.publish(channel)
    driver.wait(50)
    driver.publish(channel)
    driver.do(v.RemoveMessages(channel, "q", (1,)))
    driver.wait(60)
    assert driver.ready() == [2]
    driver.wait(60)
    assert driver.ready() == []


def test_nothing_is_taken_out_of_a_log() -> None:
    driver, channel = driver_with(1, is_durable=True, arguments={"x-queue-type": "stream"})
    with pytest.raises(RefusedError) as refused:
        driver.do(v.RemoveMessages(channel, "q", (1,)))
    assert refused.value.why is Refusal.NOT_SUPPORTED
