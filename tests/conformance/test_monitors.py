"""Section 10 of the list, monitors: what health checks, dashboards and scalers read of a running broker."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pika
import pytest
import requests
from pika.adapters.blocking_connection import BlockingChannel
from prometheus_client.parser import text_string_to_metric_families

from tests.support.broker import RunningBroker, running_broker
from tests.support.http_api import Api
from tests.support.pika_client import Got, send, settle, wait_until
from tests.support.waiting import eventually

WAIT_S = 20.0
GUEST = ("guest", "guest")


@pytest.fixture
def channel(broker: RunningBroker) -> Iterator[BlockingChannel]:
    parameters = pika.ConnectionParameters(
        "127.0.0.1", broker.port_amqp, client_properties={"connection_name": "watched"}
    )
    with pika.BlockingConnection(parameters) as connection:
        yield connection.channel()


@pytest.fixture
def api(broker: RunningBroker) -> Api:
    return Api(broker.port_management)


def check(broker: RunningBroker, path: str, login: tuple[str, str] = GUEST) -> requests.Response:
    """Ask as the probes of containers do."""
    url = f"http://127.0.0.1:{broker.port_management}/api/{path}"
    return requests.get(url, auth=login, timeout=WAIT_S)


# ---- health checks


def test_ready_is_ready(tmp_path: Path) -> None:
    """Who waits for the line that says so can use every port at once: containers are waited for that way."""
    with running_broker(tmp_path) as broker:
        with pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", broker.port_amqp)) as connection:
            assert connection.channel().is_open
        assert check(broker, "health/checks/local-alarms").json() == {"status": "ok"}
        assert Api(broker.port_metrics, login="").ask("GET", "metrics").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "aliveness-test/%2F",
        "health/checks/alarms",
        "health/checks/local-alarms",
        "health/checks/virtual-hosts",
        "health/checks/node-is-quorum-critical",
        "health/checks/protocol-listener/amqp",
        "healthchecks/node",
    ],
)
def test_health_checks(broker: RunningBroker, path: str) -> None:
    """200 and `ok`."""
    answer = check(broker, path)
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_the_check_of_a_port(broker: RunningBroker) -> None:
    """200 for one that we listen on, 503 for another, which makes a probe fail."""
    assert check(broker, f"health/checks/port-listener/{broker.port_amqp}").json()["status"] == "ok"
    refused = check(broker, "health/checks/port-listener/1")
    assert (refused.status_code, refused.json()["status"]) == (503, "failed")
    assert refused.json()["reason"] == "No active listener"


def test_a_probe_with_a_wrong_password(broker: RunningBroker) -> None:
    """401: a probe that cannot log in is not taken for a healthy broker."""
    assert check(broker, "health/checks/alarms", login=("guest", "wrong")).status_code == 401


# ---- what tools read


def test_overview(api: Api, channel: BlockingChannel, queue: str) -> None:
    """The keys that every tool needs, with numbers that are right."""
    channel.queue_declare(queue, exclusive=True)
    send(channel, queue, b"1", b"2", b"3")
    channel.basic_get(queue)

    def shown() -> dict[str, Any] | None:
        overview: dict[str, Any] = api.get("api/overview")
        counts = overview["queue_totals"].get("messages"), overview["object_totals"]["connections"]
        return overview if counts == (3, 1) else None

    overview = eventually(shown)
    assert overview["queue_totals"]["messages_ready"] == 2
    assert overview["queue_totals"]["messages_unacknowledged"] == 1
    assert overview["object_totals"]["queues"] == len(api.get("api/queues"))
    assert overview["message_stats"]["publish"] >= 3
    assert isinstance(overview["message_stats"]["publish_details"]["rate"], int | float)
    assert [int(part) for part in overview["rabbitmq_version"].split(".")] >= [3, 10]
    kinds = {each["name"] for each in overview["exchange_types"]}
    assert {"direct", "fanout", "topic", "headers"} <= kinds
    assert "amqp" in {each["protocol"] for each in overview["listeners"]}
    assert overview["node"] in [each["name"] for each in api.get("api/nodes")]
    assert overview["cluster_name"] == api.get("api/cluster-name")["name"]


def test_a_queue(api: Api, channel: BlockingChannel, queue: str) -> None:
    """What Flower and scalers read: counts, consumers, and rates once there has been a message."""
    channel.queue_declare(queue, exclusive=True)
    assert "message_stats" not in _queue(api, queue)
    got = Got(channel, queue)
    send(channel, queue, b"1", b"2", b"3")
    got.wait(3)
    channel.basic_ack(got.tags()[0])
    settle(channel)

    def counts() -> tuple[int, ...]:
        shown = _queue(api, queue)
        names = ("messages", "messages_ready", "messages_unacknowledged", "consumers")
        return tuple(shown[name] for name in names)

    def done() -> tuple[int, ...]:
        stats = _queue(api, queue).get("message_stats", {})
        return tuple(stats.get(name, 0) for name in ("publish", "deliver_get", "ack"))

    eventually(lambda: counts() == (2, 0, 2, 1))
    eventually(lambda: done() == (3, 3, 1))
    shown = _queue(api, queue)
    assert isinstance(shown["messages_details"]["rate"], int | float)
    assert isinstance(shown["message_stats"]["publish_details"]["rate"], int | float)


def _queue(api: Api, queue: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"api/queues/%2F/{queue}")
    return found


def test_a_consumer(api: Api, channel: BlockingChannel, queue: str) -> None:
    """Who consumes what, over which channel, with which prefetch."""
    channel.queue_declare(queue, exclusive=True)
    channel.basic_qos(prefetch_count=7)
    channel.basic_consume(queue, print, consumer_tag="t", exclusive=True)
    (shown,) = (each for each in api.get("api/consumers/%2F") if each["queue"]["name"] == queue)
    names = ("consumer_tag", "ack_required", "prefetch_count", "exclusive", "active", "activity_status")
    assert [shown[name] for name in names] == ["t", True, 7, True, True, "up"]
    details = shown["channel_details"]
    assert (details["number"], details["user"], details["peer_host"]) == (1, "guest", "127.0.0.1")
    (connection,) = (
        each for each in api.get("api/connections") if each["name"] == details["connection_name"]
    )
    assert connection["user_provided_name"] == "watched"
    assert connection["client_properties"]["product"].startswith("Pika")


@pytest.mark.parametrize(("arguments", "timeout_ms"), [({}, 0), ({"x-consumer-timeout": 60_000}, 60_000)])
def test_how_long_a_consumer_may_take(
    api: Api, channel: BlockingChannel, queue: str, arguments: dict[str, Any], timeout_ms: int
) -> None:
    """As its queue has it; 0 is for ever."""
    channel.queue_declare(queue, exclusive=True, arguments=arguments)
    channel.basic_consume(queue, print)
    (shown,) = (each for each in api.get("api/consumers/%2F") if each["queue"]["name"] == queue)
    assert shown["consumer_timeout"] == timeout_ms
    assert _queue(api, queue)["consumer_details"][0]["consumer_timeout"] == timeout_ms


# ---- Prometheus

DASHBOARD = {
    "rabbitmq_build_info",
    "rabbitmq_channels",
    "rabbitmq_connections",
    "rabbitmq_consumers",
    "rabbitmq_identity_info",
    "rabbitmq_process_resident_memory_bytes",
    "rabbitmq_queue_messages",
    "rabbitmq_queue_messages_ready",
    "rabbitmq_queues",
}
COUNTED = {
    "rabbitmq_global_messages_received_total": 4,
    "rabbitmq_global_messages_routed_total": 3,
    "rabbitmq_global_messages_unroutable_dropped_total": 1,
    "rabbitmq_global_messages_delivered_total": 3,
    "rabbitmq_global_messages_acknowledged_total": 3,
}


def test_metrics(broker: RunningBroker, channel: BlockingChannel, queue: str) -> None:
    """Every family of RabbitMQ's dashboard parses; totals grow by what was done."""
    before = _samples(broker)
    assert set(before) >= DASHBOARD
    channel.queue_declare(queue, exclusive=True)
    got = Got(channel, queue)
    send(channel, "nowhere", b"dropped")
    send(channel, queue, b"1", b"2", b"3")
    got.wait(3)
    channel.basic_ack(0, multiple=True)
    settle(channel)

    def grown() -> dict[str, float]:
        after = _samples(broker)
        return {name: after[name] - before[name] for name in COUNTED}

    wait_until(channel, lambda: grown() == COUNTED)


def test_room_and_files(broker: RunningBroker, api: Api) -> None:
    """What alarms are set on, beside its limits: the disk's room, files, memory; of the node as well."""

    def shown() -> bool:
        return "rabbitmq_disk_space_available_bytes" in _samples(broker)

    eventually(shown, within_s=WAIT_S)
    found = _samples(broker)
    (node,) = api.get("api/nodes")
    for free, limit in (
        (found["rabbitmq_disk_space_available_bytes"], found["rabbitmq_disk_space_available_limit_bytes"]),
        (node["disk_free"], node["disk_free_limit"]),
    ):
        assert free > 0
        assert limit > 0
    for used, limit in (
        (found["rabbitmq_process_open_fds"], found["rabbitmq_process_max_fds"]),
        (node["fd_used"], node["fd_total"]),
        (node["proc_used"], node["proc_total"]),
    ):
        assert 0 < used < limit
    assert node["mem_limit"] == found["rabbitmq_resident_memory_limit_bytes"]


def _samples(broker: RunningBroker) -> dict[str, float]:
    """Names and values, those of one name summed."""
    text = Api(broker.port_metrics, login="").get("metrics")
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0.0) + sample.value
    return found
