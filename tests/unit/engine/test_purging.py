"""Purging into a bin and back."""

import pytest

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model import limits
from mqstudio.model import verbs as v
from mqstudio.model.errors import Refusal, RefusedError
from tests.support.driver import Driver


def test_a_purge_takes_ready_messages_only_and_its_undo_puts_them_in_their_places() -> None:
    driver = Driver()
    channel = driver.channel()
    driver.queue(channel)
    driver.subscribe(channel, credit=1)
    for _ in range(4):
        driver.publish(channel)
    reply = driver.do(c.PurgeQueue(channel, "q"))
    assert (reply.count, [p.message.id for p in driver.of(e.MessagePurged)]) == (3, [2, 3, 4])
    (purged,) = driver.of(e.QueuePurged)
    driver.publish(channel)
    messages = [c.RestoredMessage(p.message, p.deliveries) for p in purged.purged]
    assert driver.do(c.RestoreMessages(channel, "q", reply.bin_id, messages)).count == 3
    assert driver.ready() == [2, 3, 4, 5]
    assert driver.of(e.BinEmptied)[0].bin_id == reply.bin_id


def test_an_undone_purge_keeps_the_redelivered_flag() -> None:
    driver = Driver()
    channel = driver.channel()
    driver.queue(channel)
    driver.publish(channel)
    driver.do(c.TakeMessage(channel, "q"))
    driver.do(c.RecoverDeliveries(channel))
    driver.do(c.PurgeQueue(channel, "q"))
    (purged,) = driver.of(e.QueuePurged)
    assert not driver.engine.vhosts["/"].queues["q"].redelivered
    driver.do(
        c.RestoreMessages(
            channel, "q", 1, [c.RestoredMessage(p.message, p.deliveries) for p in purged.purged]
        )
    )
    assert driver.do(c.TakeMessage(channel, "q")).is_redelivered


def test_more_than_a_bin_holds_is_purged_for_good_and_says_so() -> None:
    driver = Driver()
    channel = driver.channel()
    driver.queue(channel)
    big = b"x" * (limits.BIN_MAX_BYTES // 2 + 1)
    driver.publish(channel, body=big)
    driver.publish(channel, body=big)
    reply = driver.do(c.PurgeQueue(channel, "q"))
    assert (reply.count, reply.bin_id) == (2, None)
    assert driver.of(e.QueuePurged)[0].purged == ()


def test_purging_nothing_is_nothing() -> None:
    driver = Driver()
    channel = driver.channel()
    driver.queue(channel)
    reply = driver.do(c.PurgeQueue(channel, "q"))
    assert (reply.count, reply.bin_id, driver.events) == (0, None, [])


def test_what_needs_a_bin_stays_if_there_is_none_for_it() -> None:
    """More bytes than a bin in memory may hold are refused, and nothing is changed."""
    driver = Driver()
    channel = driver.channel()
    driver.queue(channel)
    driver.publish(channel, body=bytes(limits.BIN_MAX_BYTES))
    for command in (c.PurgeQueue(channel, "q", True), v.RemoveMessages(channel, "q", (1,), needs_bin=True)):
        with pytest.raises(RefusedError) as refused:
            driver.do(command)
        assert refused.value.why is Refusal.TOO_MANY
        assert driver.ready() == [1]
    assert driver.do(c.PurgeQueue(channel, "q")).bin_id is None
