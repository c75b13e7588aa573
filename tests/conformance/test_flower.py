"""Celery Flower as a process: it reads queues by the management API."""

import json
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pika
import pytest

from tests.support.broker import RunningBroker, running_broker
from tests.support.http_api import Api
from tests.support.programs import Programs, started_programs
from tests.support.rabbitmq import free_port
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    with running_broker(tmp_path_factory.mktemp("flower")) as broker:
        yield broker


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Programs]:
    with started_programs(tmp_path) as programs:
        yield programs


@pytest.mark.parametrize("vhost", ["/", "shop/left"])
def test_flower_shows_how_long_queues_are(served: RunningBroker, programs: Programs, vhost: str) -> None:
    """Of the virtual host that it is told of, by name."""
    quoted = vhost.replace("/", "%2F")
    Api(served.port_management).ask("PUT", f"api/vhosts/{quoted}", {})
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", served.port_amqp, vhost))
    channel = connection.channel()
    channel.queue_declare("celery", durable=True)
    for _ in range(3):
        channel.basic_publish("", "celery", b"{}")
    connection.close()
    port = free_port()
    programs.start(
        *("env", "FLOWER_UNAUTHENTICATED_API=true", sys.executable, "-m", "celery"),
        f"--broker=amqp://guest:guest@127.0.0.1:{served.port_amqp}/{'/' if vhost == '/' else quoted}",
        *("flower", "--address=127.0.0.1", f"--port={port}"),
        f"--broker-api=http://guest:guest@127.0.0.1:{served.port_management}/api/",
    )

    def shown() -> Any:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/queues/length", timeout=20) as answer:
                return json.loads(answer.read())["active_queues"]
        except OSError:
            return None

    (queue,) = eventually(shown)
    assert (queue["name"], queue["vhost"], queue["messages"]) == ("celery", vhost, 3)
    assert (queue["messages_ready"], queue["messages_unacknowledged"], queue["consumers"]) == (3, 0, 0)
    assert queue["idle_since"]
