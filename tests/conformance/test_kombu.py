"""kombu over py-amqp, as Celery's own connection to us and as people use it on its own."""

import contextlib
from collections.abc import Iterator
from typing import Any

import kombu
import pytest

from tests.support.broker import RunningBroker
from tests.support.waiting import eventually

STEP_S = 1.0


@pytest.fixture
def connection(broker: RunningBroker) -> Iterator[kombu.Connection]:
    """A connection that confirms what it publishes and asks for heartbeats."""
    options = {"confirm_publish": True}
    with kombu.Connection(broker.url, heartbeat=10, transport_options=options) as connection:
        yield connection


def drain(connection: kombu.Connection, got: list[Any], count: int) -> None:
    """Serve the connection until so many things have come."""

    def has_come() -> bool:
        if len(got) < count:
            try:
                connection.drain_events(timeout=STEP_S)
            except TimeoutError:
                return False
        return len(got) >= count

    eventually(has_come)


def test_a_simple_queue_gives_back_what_was_put_in_order(connection: kombu.Connection, queue: str) -> None:
    simple = connection.SimpleQueue(queue)
    for number in range(3):
        simple.put({"number": number})
    assert simple.qsize() == 3
    for number in range(3):
        message = simple.get(timeout=5)
        assert message.payload == {"number": number}
        message.ack()
    with pytest.raises(simple.Empty):
        simple.get_nowait()
    simple.clear()
    simple.close()


def test_a_producer_publishes_with_retry_and_confirm(connection: kombu.Connection, queue: str) -> None:
    target = kombu.Queue(queue, kombu.Exchange(f"of-{queue}", "topic"), routing_key="a.#")
    with connection.channel() as channel:
        producer = kombu.Producer(channel)
        producer.publish(
            {"a": 1},
            exchange=target.exchange,
            routing_key="a.b",
            declare=[target],
            retry=True,
            priority=3,
            headers={"h": "v"},
        )
        message = target(channel).get()
        assert message.payload == {"a": 1}
        assert message.headers["h"] == "v"
        assert message.properties["priority"] == 3
        message.ack()


def test_a_mandatory_message_without_a_queue_comes_back(connection: kombu.Connection) -> None:
    returned: list[tuple[int, str]] = []
    with connection.channel() as channel:
        producer = kombu.Producer(
            channel, on_return=lambda error, exchange, key, message: returned.append((error.reply_code, key))
        )
        producer.publish("lost", routing_key="nobody", mandatory=True)
        drain(connection, returned, 1)
    assert returned == [(312, "nobody")]


def test_prefetch_bounds_what_a_consumer_holds(connection: kombu.Connection, queue: str) -> None:
    got: list[Any] = []
    target = kombu.Queue(queue)
    with connection.channel() as channel:
        producer = kombu.Producer(channel)
        for number in range(5):
            producer.publish(number, routing_key=queue, declare=[target])
        consumer = kombu.Consumer(
            channel, [target], callbacks=[lambda body, message: got.append(message)], prefetch_count=2
        )
        with consumer:
            drain(connection, got, 2)
            assert target(channel).queue_declare(passive=True).message_count == 3
            for index in range(5):
                drain(connection, got, index + 1)
                assert len(got) <= index + 2
                got[index].ack()
    assert [message.payload for message in got] == [0, 1, 2, 3, 4]


def test_the_event_loop_serves_a_consumer_and_beats(
    broker: RunningBroker, connection: kombu.Connection, queue: str
) -> None:
    got: list[Any] = []

    def keep(body: Any, message: Any) -> None:
        got.append(body)
        message.ack()

    with connection.Consumer([kombu.Queue(queue)], callbacks=[keep]):
        with kombu.Connection(broker.url) as other, other.Producer() as producer:
            producer.publish("one", routing_key=queue)
            producer.publish("two", routing_key=queue)
        for _ in kombu.eventloop(connection, limit=30, timeout=STEP_S, ignore_timeouts=True):
            connection.heartbeat_check()
            if len(got) == 2:
                break
    assert got == ["one", "two"]
    assert connection.get_heartbeat_interval() == 10


def test_heartbeats_keep_an_idle_connection(broker: RunningBroker) -> None:
    """With one second asked for, two unanswered would end it: it lives on while the client checks."""
    with kombu.Connection(broker.url, heartbeat=1) as connection:
        connection.connect()
        below = connection.connection
        before = below.bytes_recv

        def has_beaten() -> bool:
            connection.heartbeat_check()
            with contextlib.suppress(TimeoutError):
                connection.drain_events(timeout=0.2)
            return bool(below.bytes_recv - before >= 4)

        eventually(has_beaten)
        assert connection.connected


@pytest.mark.parametrize("cause", ["rejected", "expired", "overflow"])
def test_dead_letters_go_where_the_queue_says(connection: kombu.Connection, queue: str, cause: str) -> None:
    exchange = kombu.Exchange(f"dead-{queue}", "fanout")
    dead = kombu.Queue(f"dead-{queue}", exchange)
    arguments: dict[str, Any] = {"x-dead-letter-exchange": exchange.name}
    arguments |= {"expired": {"x-message-ttl": 1}, "overflow": {"x-max-length": 0}}.get(cause, {})
    source = kombu.Queue(queue, queue_arguments=arguments)
    got: list[Any] = []
    with connection.channel() as channel:
        kombu.Producer(channel).publish("bad", routing_key=queue, declare=[dead, source])
        if cause == "rejected":
            source(channel).get().reject()
        with kombu.Consumer(channel, [dead], callbacks=[lambda body, message: got.append(message)]):
            drain(connection, got, 1)
            got[0].ack()
    death = got[0].headers["x-death"][0]
    reason = {"rejected": "rejected", "expired": "expired", "overflow": "maxlen"}[cause]
    assert (death["queue"], death["reason"], death["count"]) == (queue, reason, 1)
