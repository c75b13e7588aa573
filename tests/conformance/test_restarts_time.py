"""Time that passes while the broker is down; and what only the window can see of a restart."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pika
import pytest

from mqstudio.model.rows import MessageState
from tests.support.pika_client import ready, take_all, wait_until
from tests.support.restarts import KILLED, STOPPED, Lives, exists, keep, lives
from tests.support.waiting import eventually

DELAYED = {"x-delayed-type": "direct"}


@pytest.fixture(params=[STOPPED, KILLED])
def broker(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Lives]:
    """A broker that ends in both ways."""
    with lives(tmp_path, request.param) as made:
        yield made


class Stopwatch:
    """Knows how long ago it was made."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def ms(self) -> float:
        """Since it was made."""
        return (time.monotonic() - self._began) * 1000

    def wait(self, ms: float) -> None:
        """Until so long after it was made."""
        eventually(lambda: self.ms() > ms)


def after_restart_ms(broker: Lives) -> int:
    """A time that is over some while after a restart, as long as these take on this machine."""
    return min(1_000 + 5 * broker.begin_ms, 15_000)


def delayed(channel: Any, body: bytes, delay_ms: int) -> None:
    headers = {"x-delay": delay_ms}
    channel.basic_publish("late", "q", body, pika.BasicProperties(delivery_mode=2, headers=headers))


def test_what_has_expired_meanwhile_is_gone(broker: Lives) -> None:
    channel = broker.channel()
    dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "graves"}
    channel.queue_declare("graves", durable=True)
    channel.queue_declare("own", durable=True)
    channel.queue_declare("all", durable=True, arguments=dead | {"x-message-ttl": 1_500})
    stopwatch = Stopwatch()
    keep(channel, "own", b"brief", expiration="1500")
    keep(channel, "own", b"long", expiration="600000")
    keep(channel, "own", b"for ever")
    keep(channel, "all", b"brief")
    broker.end()
    stopwatch.wait(1_700)
    broker.begin()
    channel = broker.channel()
    assert take_all(channel, "own") == [b"long", b"for ever"]
    assert ready(channel, "all") == 0
    _, properties, body = channel.basic_get("graves")
    assert body == b"brief"
    assert [(each["queue"], each["reason"]) for each in properties.headers["x-death"]] == [("all", "expired")]


def test_what_has_not_expired_yet_does_so_in_time(broker: Lives) -> None:
    channel = broker.channel()
    ttl_ms = after_restart_ms(broker)
    channel.queue_declare("q", durable=True, arguments={"x-message-ttl": ttl_ms})
    stopwatch = Stopwatch()
    keep(channel, "q", b"brief")
    broker.restart()
    channel = broker.channel()
    assert ready(channel, "q") == 1
    wait_until(channel, lambda: ready(channel, "q") == 0)
    assert stopwatch.ms() >= ttl_ms


def test_the_time_a_queue_may_be_unused_begins_anew(broker: Lives) -> None:
    """RabbitMQ: the lease of a durable queue starts again when the broker does."""
    expires_ms = after_restart_ms(broker)
    broker.channel().queue_declare("q", durable=True, arguments={"x-expires": expires_ms})
    stopwatch = Stopwatch()
    broker.end()
    stopwatch.wait(expires_ms + 100)
    broker.begin()
    assert exists(broker, "queues", "q")
    eventually(lambda: not exists(broker, "queues", "q"))
    broker.restart()
    assert not exists(broker, "queues", "q")


def test_delayed_messages_come_when_they_are_due(broker: Lives) -> None:
    """At once if that was while the broker was down."""
    channel = broker.channel()
    channel.exchange_declare("late", "x-delayed-message", durable=True, arguments=DELAYED)
    channel.queue_declare("q", durable=True)
    channel.queue_bind("q", "late", "q")
    channel.queue_declare("other", durable=True)
    stopwatch = Stopwatch()
    delayed(channel, b"due meanwhile", 1_000)
    delayed(channel, b"due later", 1_000 + after_restart_ms(broker))
    delayed(channel, b"due in an hour", 3_600_000)
    broker.end()
    stopwatch.wait(1_100)
    broker.begin()
    channel = broker.channel()
    wait_until(channel, lambda: ready(channel, "q") == 1)
    assert take_all(channel, "q") == [b"due meanwhile"]
    wait_until(channel, lambda: ready(channel, "q") == 1)
    assert take_all(channel, "q") == [b"due later"]
    keep(channel, "other", b"that they were taken is on disk")
    broker.restart()
    assert take_all(broker.channel(), "q") == []


def test_what_was_released_is_not_held_again(broker: Lives) -> None:
    channel = broker.channel()
    channel.exchange_declare("late", "x-delayed-message", durable=True, arguments=DELAYED)
    channel.queue_declare("q", durable=True)
    channel.queue_bind("q", "late", "q")
    delayed(channel, b"soon", 1)
    wait_until(channel, lambda: ready(channel, "q") == 1)
    keep(channel, "q", b"behind")
    broker.restart()
    assert take_all(broker.channel(), "q") == [b"soon", b"behind"]
    broker.restart()
    assert take_all(broker.channel(), "q") == []


# ---- by the window's own protocol


async def test_a_purge_can_be_undone_after_a_restart(broker: Lives) -> None:
    channel = broker.channel()
    channel.queue_declare("q", durable=True)
    keep(channel, "q", b"1", b"2", b"3")
    channel.basic_ack(channel.basic_get("q")[0].delivery_tag)
    client = await broker.broker.attach()
    purged = await client.purge("q")
    assert purged.count == 2
    await client.close()
    keep(channel, "q", b"new")
    broker.restart()
    client = await broker.broker.attach()
    (bin,) = await client.bins()
    assert (bin.bin_id, bin.count) == (purged.bin_id, 2)
    assert await client.undo_purge(bin.bin_id) == 2
    await client.close()
    broker.restart()
    assert take_all(broker.channel(), "q") == [b"2", b"3", b"new"]
    client = await broker.broker.attach()
    assert await client.bins() == []
    await client.close()


async def test_ids_of_messages_go_on_and_the_past_can_be_seen(broker: Lives) -> None:
    channel = broker.channel()
    channel.queue_declare("q", durable=True)
    keep(channel, "q", b"1", b"2")
    channel.basic_ack(channel.basic_get("q")[0].delivery_tag)
    keep(channel, "q", b"3")
    broker.restart()
    keep(broker.channel(), "q", b"4")
    client = await broker.broker.attach()
    page = await client.page("q", is_oldest_first=True)
    ids = [row.message_id for row in page.rows]
    assert len(ids) == 4
    assert ids == sorted(ids)
    assert [row.state is MessageState.READY for row in page.rows] == [False, True, True, True]
    details = await client.message("q", ids[0])
    assert details.body == b"1"
    await client.close()
