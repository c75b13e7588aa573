"""The management API answers as RabbitMQ's, request by request, except where a list says otherwise."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pika
import pytest

from tests.differential.http_differences import DIFFERENCES
from tests.differential.http_requests import ALWAYS, REQUESTS, Ask
from tests.differential.http_talk import ask, transcript
from tests.support.broker import running_broker
from tests.support.rabbitmq import RabbitNode
from tests.support.waiting import eventually

IN_HAND = 3


@dataclass(frozen=True, slots=True)
class Stages:
    """Ports of both management APIs, and which listed differences have been seen."""

    theirs: int
    ours: int
    seen: set[int] = field(default_factory=set)

    def compare(self, asked: Ask) -> list[str]:
        """What only one of the two says to a request, and is not listed."""
        theirs, ours = transcript(self.theirs, asked), transcript(self.ours, asked)
        found = [f"R {_said(asked)}: {line}" for line in theirs if line not in ours]
        found += [f"O {_said(asked)}: {line}" for line in ours if line not in theirs]
        return [line for line in found if not self._is_listed(line)]

    def _is_listed(self, line: str) -> bool:
        matching = {place for place, each in enumerate(DIFFERENCES) if re.search(each.pattern, line)}
        self.seen.update(matching)
        return bool(matching)


def _said(asked: Ask) -> str:
    method, path, *rest = asked
    return f"{method} {path} {rest[0] if rest and rest[0] is not None else ''}".rstrip()


def _set_scene(port: int) -> pika.BlockingConnection:
    parameters = pika.ConnectionParameters(
        "127.0.0.1", port, "http", heartbeat=0, client_properties={"connection_name": "scene"}
    )
    connection = pika.BlockingConnection(parameters)
    channel = connection.channel()
    channel.queue_declare("scene.q", durable=True, arguments={"x-max-priority": 5})
    channel.exchange_declare("scene.x", "topic", durable=True)
    channel.queue_bind("scene.q", "scene.x", "deep.#")
    channel.queue_declare("full")
    channel.basic_publish("", "full", b"x")
    for _ in range(IN_HAND + 1):
        channel.basic_publish("scene.x", "deep.water", b"four")
    channel.basic_qos(prefetch_count=IN_HAND)
    channel.basic_consume("scene.q", lambda *_: None, consumer_tag="scene.tag")
    return connection


def _is_told(port: int) -> bool:
    """Whether an API tells of the whole scene: RabbitMQ's figures come seconds later."""
    _, _, queue = ask(port, "GET", "queues/http/scene.q")
    _, _, clients = ask(port, "GET", "vhosts/http/connections")
    _, _, channels = ask(port, "GET", "vhosts/http/channels")
    return (
        queue.get("messages_unacknowledged") == IN_HAND
        and queue.get("message_stats", {}).get("publish") == IN_HAND + 1
        and ["recv_oct" in each for each in clients] == [True]
        and [each.get("messages_unacknowledged") for each in channels] == [IN_HAND]
        and all("message_stats" in each for each in channels)
    )


@pytest.fixture(scope="module")
def stages(rabbitmq: RabbitNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    """The same users and the same scene on both."""
    with running_broker(tmp_path_factory.mktemp("stage")) as broker:
        stages = Stages(rabbitmq.port_http, broker.port_management)
        for port in (stages.theirs, stages.ours):
            for asked in ALWAYS:
                assert ask(port, *asked)[0] in (201, 204), asked
        clients = [_set_scene(port) for port in (rabbitmq.port, broker.port_amqp)]
        eventually(lambda: _is_told(stages.theirs))
        yield stages
        for client in clients:
            client.close()


@pytest.mark.parametrize("subject", REQUESTS)
def test_answers_are_rabbitmqs(stages: Stages, subject: str) -> None:
    """Status, headers that matter, and each value."""
    found = [line for asked in REQUESTS[subject] for line in stages.compare(asked)]
    assert not found, "\n".join(found)


def test_every_listed_difference_is_one(request: pytest.FixtureRequest, stages: Stages) -> None:
    """Or it is struck off."""
    ran = {i.callspec.params["subject"] for i in request.session.items if "subject" in _params(i)}
    if ran != set(REQUESTS):
        return  # some of the subjects were not asked for
    unseen = [each.pattern for place, each in enumerate(DIFFERENCES) if place not in stages.seen]
    assert not unseen, "\n".join(unseen)


def _params(item: pytest.Item) -> dict[str, object]:
    callspec = getattr(item, "callspec", None)
    return callspec.params if callspec else {}
