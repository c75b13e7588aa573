"""The management API beside RabbitMQ's: what tools read is there, and of the same type."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.broker import running_broker
from tests.support.http_api import Api
from tests.support.rabbitmq import RabbitNode
from tests.support.waiting import eventually

READ: dict[str, tuple[str, ...]] = {
    "overview": (
        "rabbitmq_version",
        "node",
        "cluster_name",
        "object_totals",
        "queue_totals",
        "listeners",
        "exchange_types",
        "management_version",
        "rates_mode",
        "message_stats",
        "churn_rates",
    ),
    "nodes": ("name", "running", "type", "mem_used", "mem_alarm", "disk_free_alarm", "uptime", "os_pid"),
    "queues": (
        "name",
        "vhost",
        "type",
        "durable",
        "auto_delete",
        "exclusive",
        "arguments",
        "node",
        "state",
        "consumers",
        "messages",
        "messages_ready",
        "messages_unacknowledged",
        "messages_details",
    ),
    "queues/%2F/both": ("name", "consumer_details", "messages", "idle_since", "effective_policy_definition"),
    "exchanges": ("name", "vhost", "type", "durable", "auto_delete", "internal", "arguments"),
    "bindings": (
        "source",
        "vhost",
        "destination",
        "destination_type",
        "routing_key",
        "arguments",
        "properties_key",
    ),
    "vhosts": ("name", "description", "tags", "tracing", "cluster_state"),
    "users": ("name", "password_hash", "hashing_algorithm", "tags", "limits"),
    "permissions": ("user", "vhost", "configure", "write", "read"),
    "policies": ("vhost", "name", "pattern", "apply-to", "definition", "priority"),
    "whoami": ("name", "tags"),
    "definitions": (
        "users",
        "vhosts",
        "permissions",
        "policies",
        "queues",
        "exchanges",
        "bindings",
        "parameters",
        "global_parameters",
        "topic_permissions",
        "rabbit_version",
    ),
    "aliveness-test/%2F": ("status",),
    "health/checks/alarms": ("status",),
    "health/checks/virtual-hosts": ("status",),
    "cluster-name": ("name",),
}
"""Path → keys that exporters, Flower, rabbitmqadmin and test suites read."""


class Both:
    """One and the same declared on both."""

    def __init__(self, node: RabbitNode, ours: Api) -> None:
        self.node = node
        self.ours = ours
        for method, path, body in (
            ("PUT", "queues/%2F/both", {"durable": True, "arguments": {"x-max-length": 5}}),
            ("PUT", "exchanges/%2F/both-x", {"type": "topic", "durable": True}),
            ("POST", "bindings/%2F/e/both-x/q/both", {"routing_key": "a.#", "arguments": {}}),
            ("PUT", "policies/%2F/both-p", {"pattern": "^none$", "definition": {"max-length": 1}}),
            ("PUT", "users/both-u", {"password": "secret", "tags": "monitoring"}),
            ("PUT", "permissions/%2F/both-u", {"configure": "^a", "write": ".*", "read": ""}),
            ("PUT", "topic-permissions/%2F/both-u", {"exchange": "amq.topic", "write": "^a", "read": ".*"}),
            ("PUT", "operator-policies/%2F/both-o", {"pattern": "^none$", "definition": {"max-length": 9}}),
            ("PUT", "user-limits/both-u/max-channels", {"value": 500}),
            ("PUT", "vhosts/both-v", {"description": "both", "tags": "a,b"}),
            ("PUT", "vhost-limits/both-v/max-queues", {"value": 50}),
        ):
            node.ask(method, path, body)
            assert ours.ask(method, f"api/{path}", body).status in (201, 204), path


@pytest.fixture(scope="module")
def both(rabbitmq: RabbitNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    with running_broker(tmp_path_factory.mktemp("ours")) as broker:
        eventually(lambda: _answers(rabbitmq))
        yield Both(rabbitmq, Api(broker.port_management))


def _answers(node: RabbitNode) -> bool:
    try:
        return bool(node.ask("GET", "overview"))
    except OSError:
        return False


def _types(shown: Any, keys: tuple[str, ...]) -> dict[str, str]:
    """The type of each key, in the first of a list; numbers are numbers."""
    first = shown[0] if isinstance(shown, list) else shown
    return {key: _type(first[key]) if key in first else "missing" for key in keys}


def _type(value: Any) -> str:
    return (
        "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
    )


@pytest.mark.parametrize("path", READ)
def test_what_tools_read_is_of_the_same_type(both: Both, path: str) -> None:
    """Each key that RabbitMQ has, we have, with a value of its type."""
    keys = READ[path]

    def theirs() -> dict[str, str]:
        types = _types(both.node.ask("GET", path), keys)
        return types if "missing" not in types.values() else {}

    # RabbitMQ's figures come seconds later; what never comes (message_stats of a broker at rest) may differ.
    wanted = eventually(theirs) if path != "overview" else _types(both.node.ask("GET", path), keys)
    ours = _types(both.ours.get(f"api/{path}"), keys)
    assert {key: ours[key] for key in keys if wanted[key] != "missing"} == {
        key: kind for key, kind in wanted.items() if kind != "missing"
    }


def test_definitions_of_a_real_rabbitmq_are_taken_in_and_given_back(both: Both) -> None:
    """Queues, exchanges, bindings, policies, users with their hashes, permissions, limits."""
    theirs = both.node.ask("GET", "definitions")
    assert both.ours.ask("POST", "api/definitions", theirs).status == 204
    ours = both.ours.get("api/definitions")
    taken = ("queues", "exchanges", "bindings", "policies", "permissions", "topic_permissions", "parameters")
    for subject in taken:
        missing = [item for item in theirs[subject] if not any(_holds(own, item) for own in ours[subject])]
        assert not missing, subject
    (user,) = [each for each in ours["users"] if each["name"] == "both-u"]
    assert user["limits"] == {"max-channels": 500}
    assert user["password_hash"] == next(u["password_hash"] for u in theirs["users"] if u["name"] == "both-u")
    assert Api(both.ours.port, "both-u:secret").ask("GET", "api/whoami").status == 200


def _holds(own: dict[str, Any], item: dict[str, Any]) -> bool:
    return all(own.get(key) == value for key, value in item.items())


def test_our_definitions_are_taken_in_by_a_real_rabbitmq(both: Both) -> None:
    """The other way round: what we export is a file that RabbitMQ reads."""
    both.ours.ask("PUT", "api/queues/%2F/from-us", {"durable": True, "arguments": {"x-queue-type": "quorum"}})
    definitions = both.ours.get("api/definitions")
    definitions["users"] = []  # argon2id is not for RabbitMQ
    request = urllib.request.Request(
        f"http://127.0.0.1:{both.node.port_http}/api/definitions",
        method="POST",
        data=json.dumps(definitions).encode(),
        headers={"Authorization": "Basic Z3Vlc3Q6Z3Vlc3Q=", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        assert response.status == 204
    assert both.node.ask("GET", "queues/%2F/from-us")["type"] == "quorum"
