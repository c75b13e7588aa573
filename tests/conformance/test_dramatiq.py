"""dramatiq with a worker in this process: delays, retries into its dead-letter queue, priorities."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import dramatiq
import pytest
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.common import dq_name, xq_name
from dramatiq.middleware import Retries

from tests.support.broker import RunningBroker
from tests.support.waiting import eventually

DELAY_MS = 300


@pytest.fixture
def rabbitmq(broker: RunningBroker) -> Iterator[RabbitmqBroker]:
    """A dramatiq broker with priorities and confirms."""
    rabbitmq = RabbitmqBroker(
        url=broker.url,
        confirm_delivery=True,
        max_priority=10,
        middleware=[Retries(min_backoff=1, max_backoff=5)],
    )
    yield rabbitmq
    rabbitmq.close()


@contextmanager
def working(rabbitmq: RabbitmqBroker, threads: int = 1) -> Iterator[dramatiq.Worker]:
    """A worker for as long as the block lasts."""
    worker = dramatiq.Worker(rabbitmq, worker_timeout=100, worker_threads=threads)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def test_an_actor_runs_for_each_message(rabbitmq: RabbitmqBroker, queue: str) -> None:
    got: list[int] = []
    actor = dramatiq.actor(got.append, broker=rabbitmq, queue_name=queue, actor_name=queue)
    for number in range(20):
        actor.send(number)
    with working(rabbitmq):
        rabbitmq.join(queue, timeout=20_000)
        eventually(lambda: len(got) == 20)
    assert got == list(range(20))
    assert rabbitmq.get_queue_message_counts(queue) == (0, 0, 0)


def test_a_delayed_message_waits_in_the_delay_queue(rabbitmq: RabbitmqBroker, queue: str) -> None:
    ran_at: list[float] = []
    actor = dramatiq.actor(
        lambda: ran_at.append(time.time()), broker=rabbitmq, queue_name=queue, actor_name=queue
    )
    sent_at = time.time()
    actor.send_with_options(delay=DELAY_MS)
    assert rabbitmq.get_queue_message_counts(queue) == (0, 1, 0), dq_name(queue)
    with working(rabbitmq):
        eventually(lambda: ran_at)
    assert ran_at[0] - sent_at >= DELAY_MS / 1000 - 0.01


def test_retries_end_in_the_dead_letter_queue(rabbitmq: RabbitmqBroker, queue: str) -> None:
    tries: list[str] = []

    def fail(what: str) -> None:
        tries.append(what)
        raise ValueError(what)

    actor = dramatiq.actor(fail, broker=rabbitmq, queue_name=queue, actor_name=queue, max_retries=2)
    sent = actor.send("it")
    with working(rabbitmq):
        eventually(lambda: rabbitmq.get_queue_message_counts(queue) == (0, 0, 1))
    assert tries == ["it"] * 3
    _, properties, body = rabbitmq.channel.basic_get(xq_name(queue), auto_ack=True)
    assert dramatiq.Message.decode(body).message_id == sent.message_id
    assert next((death["queue"], death["reason"]) for death in properties.headers["x-death"]) == (
        queue,
        "rejected",
    )


def test_what_matters_more_runs_first(rabbitmq: RabbitmqBroker, queue: str) -> None:
    """Prefetch is 1 and the first task holds the worker until all the others wait in the queue."""
    got: list[int] = []
    held, go_on = threading.Event(), threading.Event()

    def take(number: int) -> None:
        if number < 0:
            held.set()
            assert go_on.wait(20)
        else:
            got.append(number)

    actor = dramatiq.actor(take, broker=rabbitmq, queue_name=queue, actor_name=queue)
    for number in range(10):
        actor.send_with_options(args=(number,), broker_priority=number)
    actor.send_with_options(args=(-1,), broker_priority=10)
    with working(rabbitmq):
        assert held.wait(20)
        go_on.set()
        eventually(lambda: len(got) == 10)
    assert sorted(got) == list(range(10))
    assert got == sorted(got, reverse=True)
