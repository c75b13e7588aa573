"""What was recorded is replayed on another broker with the same definitions: everything goes the same way."""

import json
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pika
import pytest

from mqstudio.client.recordings import open_recording
from mqstudio.exporters.base import Record
from tests.support.broker import RunningBroker, running_broker
from tests.support.waiting import eventually
from tests.unit.test_cli_commands import mqstudio, start, text

WORKER = Path(__file__).parent / "programs" / "replay_worker.py"
DOES = ("accept", "reject", "retry")
KEYS = ("eu.new", "eu.old", "us.new", "nowhere")
COUNT = 40


def declare(channel: Any) -> None:
    """A shop with an audit, a queue that times out, dead letters of both, and headers that route."""
    channel.exchange_declare("shop", "topic", durable=True)
    channel.exchange_declare("marked", "headers", durable=True)
    channel.exchange_declare("dead", "fanout", durable=True)
    dead = {"x-dead-letter-exchange": "dead"}
    channel.queue_declare("orders", durable=True, arguments=dead)
    channel.queue_declare("slow", durable=True, arguments={**dead, "x-message-ttl": 100})
    channel.queue_declare("audit", durable=True)
    channel.queue_declare("graveyard", durable=True)
    for queue, exchange, key in (
        ("orders", "shop", "*.new"), ("audit", "shop", "eu.#"), ("slow", "shop", "eu.old"),
        ("graveyard", "dead", ""),
    ):  # fmt: skip
        channel.queue_bind(queue, exchange, key)
    channel.queue_bind("audit", "marked", "", {"x-match": "all", "region": "eu"})


def publish(channel: Any, seed: int) -> None:
    """Messages as chance has them."""
    chance = random.Random(seed)
    for number in range(COUNT):
        key, does = chance.choice(KEYS), chance.choice(DOES)
        body = json.dumps({"number": number, "does": does, "much": "x" * chance.choice((0, 5_000))})
        headers = {"region": chance.choice(("eu", "us")), "nested": {"a": [1, "b"]}}
        properties = pika.BasicProperties(
            headers=headers, delivery_mode=chance.choice((1, 2)), message_id=f"m-{number}",
            content_type="application/json",
        )  # fmt: skip
        exchange = chance.choice(("shop", "shop", "shop", "marked", ""))
        channel.basic_publish(exchange, key if exchange else "orders", body.encode(), properties)


@contextmanager
def channel_of(broker: RunningBroker) -> Iterator[Any]:
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        yield connection.channel()


@contextmanager
def worker(broker: RunningBroker) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, str(WORKER), str(broker.port_amqp)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield
    finally:
        process.kill()
        process.communicate()


@contextmanager
def recorded(broker: RunningBroker, path: Path) -> Iterator[None]:
    """Record what happens in the block, until the queues that are worked off are empty."""
    recording = start("record", "--to", str(path), "--settle", "60s", "--data-dir", str(broker.data_dir))
    assert recording.stderr is not None
    assert "Recording" in recording.stderr.readline()
    try:
        yield
        eventually(lambda: is_quiet(broker))
        recording.send_signal(signal.SIGINT)
        _, errors = recording.communicate(timeout=60)
        assert recording.returncode == 0, errors
    finally:
        recording.kill()
        recording.communicate()


def is_quiet(broker: RunningBroker) -> bool:
    queues = json.loads(text(mqstudio("queues", "--json", "--data-dir", str(broker.data_dir))))
    waiting = {queue["spec"]["name"]: queue["ready"] + queue["in_flight"] for queue in queues}
    return bool(waiting["orders"] == waiting["slow"] == 0)


def shape(record: Record) -> tuple[Any, ...]:
    """What happened, without ids and times; in each queue in its order, since queues do not wait for one
    another.
    """
    row, places = record.row, dict[str, list[tuple[Any, ...]]]()
    for step in record.life:
        told = (step.what, step.outcome, step.reason, step.exchange, step.routing_key, step.is_auto_settled)
        places.setdefault(step.queue, []).append(told)
    lives = tuple(sorted((queue, tuple(steps)) for queue, steps in places.items()))
    state = (row.state, row.ended_because, row.delivery_count, row.is_redelivered, row.died_of, row.died_in)
    return (row.queue, row.exchange, row.routing_key, record.body, state, row.deaths, lives)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_replayed_run_goes_the_same_way(tmp_path: Path, seed: int) -> None:
    first, second, definitions = (tmp_path / name for name in ("a.jsonl", "b.jsonl", "definitions.json"))
    with running_broker(tmp_path / "first") as broker:
        with channel_of(broker) as channel, worker_after(channel, broker), recorded(broker, first):
            publish(channel, seed)
        text(mqstudio("definitions", "export", "--to", str(definitions), "--data-dir", str(broker.data_dir)))
    with running_broker(tmp_path / "second") as broker:
        at = ("--data-dir", str(broker.data_dir))
        assert mqstudio("definitions", "import", str(definitions), *at).returncode == 0
        with worker(broker), recorded(broker, second):
            done = mqstudio("replay", str(first), "--speed", "5x", *at)
            assert done.returncode == 0, done.stdout + done.stderr
    before, after = (Counter(map(shape, open_recording(each).records())) for each in (first, second))
    assert before == after
    assert {queue for queue, *_ in before} >= {"", "orders", "audit", "slow", "graveyard"}
    assert len({body for _, _, _, body, *_ in before}) >= COUNT / 2


@contextmanager
def worker_after(channel: Any, broker: RunningBroker) -> Iterator[None]:
    declare(channel)
    with worker(broker):
        yield
