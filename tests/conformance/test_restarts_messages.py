"""What is in queues after a restart, clean or by kill -9: messages, flags, counts, orders, offsets."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.support.pika_client import Got, ready, settle, take_all, wait_until
from tests.support.restarts import KILLED, PERSISTENT, STOPPED, Lives, keep, lives
from tests.support.waiting import eventually

QUORUM = {"x-queue-type": "quorum"}
STREAM = {"x-queue-type": "stream"}


@pytest.fixture(params=[STOPPED, KILLED])
def broker(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Lives]:
    """A broker that ends in both ways."""
    with lives(tmp_path, request.param) as made:
        yield made


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[Lives]:
    """A broker that ends by kill -9."""
    with lives(tmp_path, KILLED) as made:
        yield made


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[Lives]:
    """A broker that ends as it should."""
    with lives(tmp_path, STOPPED) as made:
        yield made


def flags(channel: BlockingChannel, queue: str) -> list[tuple[bytes, bool]]:
    """What waits in a queue, with its redelivered flags; it is taken out."""
    found = []
    while (got := channel.basic_get(queue, auto_ack=True))[0]:
        found.append((got[2], got[0].redelivered))
    return found


def arrived(channel: BlockingChannel, queue: str) -> tuple[Any, Any, bytes]:
    """A message, when there is one."""
    wait_until(channel, lambda: ready(channel, queue) > 0)
    got: tuple[Any, Any, bytes] = channel.basic_get(queue)
    return got


def came_or_died(got: Got, channel: BlockingChannel) -> bool:
    return bool(got.deliveries) or ready(channel, "graves") > 0


# ---- which


def test_persistent_messages_are_there_with_all_they_had(broker: Lives) -> None:
    channel = broker.channel()
    channel.queue_declare("q", durable=True)
    properties = pika.BasicProperties(
        content_type="text/plain",
        content_encoding="utf-8",
        headers={"text": "ä", "number": 2**40, "list": [1, "two", True], "table": {"deep": {"er": None}}},
        delivery_mode=2,
        priority=7,
        correlation_id="c",
        reply_to="r",
        expiration="3600000",
        message_id="m",
        timestamp=1_700_000_000,
        type="t",
        user_id="guest",
        app_id="a",
    )
    bodies = [b"", b"short", bytes(range(256)) * 2_000]
    for body in bodies:
        channel.basic_publish("", "q", body, properties)
    broker.restart()
    channel = broker.channel()
    for body in bodies:
        method, found, again = channel.basic_get("q", auto_ack=True)
        assert again == body
        assert (method.exchange, method.routing_key) == ("", "q")
        assert vars(found) == vars(properties)
    assert channel.basic_get("q")[0] is None


def test_what_is_transient_is_gone_wherever_it_was(broker: Lives) -> None:
    channel = broker.channel()
    channel.queue_declare("durable", durable=True)
    channel.queue_declare("transient")
    channel.queue_bind("durable", "amq.fanout")
    channel.queue_bind("transient", "amq.fanout")
    for number, mode in enumerate((1, 2, 1, 2, None)):
        channel.basic_publish("amq.fanout", "", b"%d" % number, pika.BasicProperties(delivery_mode=mode))
    broker.restart()
    channel = broker.channel()
    assert take_all(channel, "durable") == [b"1", b"3"]
    channel.queue_declare("transient")
    assert ready(channel, "transient") == 0


def test_quorum_queues_keep_what_is_transient_too(broker: Lives) -> None:
    channel = broker.channel()
    channel.queue_declare("q", durable=True, arguments=QUORUM)
    for number, mode in enumerate((1, 2, None)):
        channel.basic_publish("", "q", b"%d" % number, pika.BasicProperties(delivery_mode=mode))
    broker.restart()
    assert take_all(broker.channel(), "q") == [b"0", b"1", b"2"]


def test_one_message_is_in_many_queues_and_leaves_each_by_itself(broker: Lives) -> None:
    channel = broker.channel()
    for name in "abc":
        channel.queue_declare(name, durable=True)
        channel.queue_bind(name, "amq.fanout")
    channel.basic_publish("amq.fanout", "", b"1", PERSISTENT)
    assert channel.basic_get("b", auto_ack=True)[2] == b"1"
    keep(channel, "a", b"behind")
    broker.restart()
    channel = broker.channel()
    assert take_all(channel, "a") == [b"1", b"behind"]
    assert take_all(channel, "b") == []
    broker.restart()
    channel = broker.channel()
    assert [take_all(channel, name) for name in "abc"] == [[], [], [b"1"]]


def test_a_long_queue_comes_back_whole_and_in_order(broker: Lives) -> None:
    """Longer than what is taken in hand at a start."""
    count = 5_000
    channel = broker.channel()
    channel.queue_declare("q", durable=True)
    connection = broker.connect()
    fast = connection.channel()
    fast.tx_select()
    for number in range(count):
        fast.basic_publish("", "q", b"%d" % number, PERSISTENT)
    fast.tx_commit()
    broker.restart()
    channel = broker.channel()
    assert ready(channel, "q") == count
    got = Got(channel, "q", auto_ack=True)
    assert got.wait(count) == [b"%d" % number for number in range(count)]
    settle(channel)
    assert len(got.deliveries) == count
    assert ready(channel, "q") == 0


def test_what_was_acknowledged_behind_a_confirm_never_comes_back(killed: Lives) -> None:
    """A publish that is confirmed says that all which was acknowledged before it is on disk."""
    channel = killed.channel()
    channel.queue_declare("in", durable=True)
    channel.queue_declare("out", durable=True)
    keep(channel, "in", *(b"%d" % number for number in range(100)))
    got = Got(channel, "in")
    got.wait(100)
    channel.basic_ack(60, multiple=True)
    channel.basic_reject(61, requeue=False)
    keep(channel, "out", b"done")
    killed.restart()
    channel = killed.channel()
    assert take_all(channel, "in") == [b"%d" % number for number in range(61, 100)]
    assert take_all(channel, "out") == [b"done"]


def test_a_transaction_is_there_when_it_is_said_to_be(killed: Lives) -> None:
    channel = killed.connect().channel()
    channel.queue_declare("q", durable=True)
    channel.tx_select()
    for body in (b"1", b"2"):
        channel.basic_publish("", "q", body, PERSISTENT)
    channel.tx_commit()
    channel.basic_ack(channel.basic_get("q")[0].delivery_tag)
    channel.tx_commit()
    channel.basic_publish("", "q", b"not committed", PERSISTENT)
    settle(channel)
    killed.restart()
    assert take_all(killed.channel(), "q") == [b"2"]


def test_a_purged_queue_stays_empty_and_can_be_filled_again(broker: Lives) -> None:
    channel = broker.channel()
    channel.queue_declare("q", durable=True)
    keep(channel, "q", b"1", b"2")
    channel.queue_purge("q")
    keep(channel, "q", b"3")
    broker.restart()
    assert take_all(broker.channel(), "q") == [b"3"]


# ---- in which order


def test_priorities_keep_their_order(broker: Lives) -> None:
    channel = broker.channel()
    channel.queue_declare("q", durable=True, arguments={"x-max-priority": 5})
    for number, priority in enumerate((0, 5, 2, 9, None, 2)):
        keep(channel, "q", b"%d" % number, priority=priority)
    broker.restart()
    channel = broker.channel()
    keep(channel, "q", b"new", priority=2)
    assert take_all(channel, "q") == [b"1", b"3", b"2", b"5", b"new", b"0", b"4"]


def test_what_was_held_is_back_in_its_place(broker: Lives) -> None:
    channel = broker.channel()
    channel.queue_declare("q", durable=True)
    keep(channel, "q", b"1", b"2", b"3", b"4")
    for _ in range(3):
        channel.basic_get("q")
    channel.basic_ack(2)
    keep(channel, "q", b"5")
    broker.restart()
    assert take_all(broker.channel(), "q") == [b"1", b"3", b"4", b"5"]


# ---- flags and counts


def test_after_a_kill_all_that_is_left_is_flagged(killed: Lives) -> None:
    channel = killed.channel()
    channel.queue_declare("q", durable=True)
    keep(channel, "q", b"1", b"2")
    killed.restart()
    channel = killed.channel()
    keep(channel, "q", b"new")
    assert flags(channel, "q") == [(b"1", True), (b"2", True), (b"new", False)]


def test_after_a_clean_end_only_what_was_handed_over_is_flagged(stopped: Lives) -> None:
    channel = stopped.channel()
    channel.queue_declare("q", durable=True)
    keep(channel, "q", b"held", b"returned", b"waiting")
    channel.basic_get("q")
    returned, *_ = channel.basic_get("q")
    channel.basic_nack(returned.delivery_tag)
    stopped.restart()
    channel = stopped.channel()
    keep(channel, "q", b"new")
    assert flags(channel, "q") == [(b"held", True), (b"returned", True), (b"waiting", False), (b"new", False)]


def test_flags_of_a_kill_outlive_clean_ends(tmp_path: Path) -> None:
    with lives(tmp_path, KILLED) as broker:
        channel = broker.channel()
        channel.queue_declare("q", durable=True)
        keep(channel, "q", b"1")
        broker.restart()
        keep(broker.channel(), "q", b"2")
        broker.ending = STOPPED
        broker.restart()
        broker.restart()
        assert flags(broker.channel(), "q") == [(b"1", True), (b"2", False)]


def test_a_quorum_queue_counts_exactly(broker: Lives) -> None:
    channel = broker.channel()
    channel.queue_declare("q", durable=True, arguments=QUORUM | {"x-delivery-limit": 10})
    keep(channel, "q", b"counted")
    for expected in (None, 1, 2):
        method, properties, _ = arrived(channel, "q")
        assert (properties.headers or {}).get("x-delivery-count") == expected
        channel.basic_nack(method.delivery_tag)
    arrived(channel, "q")
    broker.restart()
    method, properties, _ = arrived(broker.channel(), "q")
    assert properties.headers["x-delivery-count"] == 4
    assert method.redelivered


def test_a_message_that_kills_the_broker_each_time_is_dead_at_its_limit(killed: Lives) -> None:
    limit = 2
    channel = killed.channel()
    channel.queue_declare("graves", durable=True)
    dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "graves"}
    channel.queue_declare("q", durable=True, arguments=QUORUM | dead | {"x-delivery-limit": limit})
    keep(channel, "q", b"poison")
    counts = []
    while True:
        got = Got(channel, "q")
        wait_until(channel, partial(came_or_died, got, channel))
        if not got.deliveries:
            break
        counts.append((got.deliveries[0][1].headers or {}).get("x-delivery-count", 0))
        assert len(counts) <= limit + 2, "it goes on for ever"
        killed.restart()
        channel = killed.channel()
    # The first may be handed over before it is on disk that it was; each further one is counted first.
    assert counts in ([0, 1, 2], [0, 0, 1, 2])
    _, properties, body = channel.basic_get("graves")
    assert body == b"poison"
    (death,) = properties.headers["x-death"]
    assert (death["queue"], death["reason"], death["count"]) == ("q", "delivery_limit", 1)


# ---- streams


def test_offsets_of_a_stream_go_on(broker: Lives) -> None:
    channel = broker.channel()
    channel.queue_declare("s", durable=True, arguments=STREAM)
    keep(channel, "s", b"0", b"1", b"2")
    broker.restart()
    channel = broker.channel()
    keep(channel, "s", b"3")
    broker.restart()
    channel = broker.channel()
    keep(channel, "s", b"4")
    channel.basic_qos(prefetch_count=100)
    for start, first in (("first", 0), (2, 2), (4, 4)):
        got = Got(channel, "s", arguments={"x-stream-offset": start})
        assert got.wait(5 - first) == [b"%d" % number for number in range(first, 5)]
        assert [each[1].headers["x-stream-offset"] for each in got.deliveries] == list(range(first, 5))
        channel.basic_cancel(got.tag)


def test_a_stream_that_was_acknowledged_keeps_all(broker: Lives) -> None:
    channel = broker.channel()
    channel.queue_declare("s", durable=True, arguments=STREAM)
    keep(channel, "s", b"0", b"1")
    channel.basic_qos(prefetch_count=10)
    Got(channel, "s", arguments={"x-stream-offset": "first"}).wait(2)
    channel.basic_ack(2, multiple=True)
    broker.restart()
    channel = broker.channel()
    channel.basic_qos(prefetch_count=10)
    assert Got(channel, "s", arguments={"x-stream-offset": 0}).wait(2) == [b"0", b"1"]
    assert ready(channel, "s") == 2


# ---- dead letters


def test_the_deaths_of_a_message_are_told_on(broker: Lives) -> None:
    channel = broker.channel()
    for name, other in (("a", "b"), ("b", "a")):
        arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": other}
        channel.queue_declare(name, durable=True, arguments=arguments)
    keep(channel, "a", b"1")
    channel.basic_reject(channel.basic_get("a")[0].delivery_tag, requeue=False)
    wait_until(channel, lambda: ready(channel, "b") == 1)
    keep(channel, "a", b"behind")  # that it is confirmed says that the dead letter is on disk
    broker.restart()
    channel = broker.channel()
    method, properties, _ = channel.basic_get("b")
    assert [(each["queue"], each["count"]) for each in properties.headers["x-death"]] == [("a", 1)]
    assert properties.headers["x-first-death-queue"] == "a"
    channel.basic_reject(method.delivery_tag, requeue=False)
    wait_until(channel, lambda: ready(channel, "a") == 2)
    channel.basic_get("a")
    method, properties, body = channel.basic_get("a")
    assert body == b"1"
    channel.basic_reject(method.delivery_tag, requeue=False)
    wait_until(channel, lambda: ready(channel, "b") == 1)
    keep(channel, "a", b"behind")
    broker.restart()
    _, properties, _ = broker.channel().basic_get("b")
    assert [(each["queue"], each["count"]) for each in properties.headers["x-death"]] == [("a", 2), ("b", 1)]


# ---- counters


def test_counters_of_a_queue_go_on(stopped: Lives) -> None:
    channel = stopped.channel()
    channel.queue_declare("q", durable=True)
    keep(channel, "q", b"1", b"2", b"3")
    channel.basic_ack(channel.basic_get("q")[0].delivery_tag)
    channel.basic_get("q", auto_ack=True)
    settle(channel)
    stopped.restart()
    keep(stopped.channel(), "q", b"4")
    stopped.restart()
    said: Any = eventually(lambda: stopped.queue("q").get("message_stats"))
    assert [said[name] for name in ("publish", "ack", "get", "get_no_ack")] == [4, 1, 1, 1]


def test_what_is_there_is_counted_before_anybody_has_done_anything(broker: Lives) -> None:
    channel = broker.channel()
    channel.queue_declare("q", durable=True)
    keep(channel, "q", b"1", b"2")
    broker.restart()
    eventually(lambda: broker.api.get("api/overview")["queue_totals"]["messages"] == 2)
