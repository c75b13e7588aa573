"""Definitions: what is exported can be imported, and RabbitMQ's own files, too."""

from typing import Any

import pytest

from tests.support.management import Office

FILE: dict[str, Any] = {
    "rabbit_version": "3.10.8",
    "users": [
        {
            "name": "anna",
            "password_hash": "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR",
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": ["monitoring"],
            "limits": {"max-connections": 3},
        }
    ],
    "vhosts": [{"name": "/"}, {"name": "v", "metadata": {"description": "d", "tags": ["t"]}}],
    "permissions": [{"user": "anna", "vhost": "v", "configure": "^a", "write": ".*", "read": ""}],
    "topic_permissions": [
        {"user": "anna", "vhost": "v", "exchange": "amq.topic", "write": "^a", "read": ".*"}
    ],
    "parameters": [
        {
            "component": "operator_policy",
            "name": "o",
            "vhost": "v",
            "value": {"pattern": "^o", "definition": {"max-length": 3}, "apply-to": "queues", "priority": 1},
        },
        {"component": "vhost-limits", "name": "limits", "vhost": "v", "value": {"max-queues": 9}},
    ],
    "global_parameters": [{"name": "cluster_name", "value": "rabbit@somewhere"}],
    "policies": [
        {
            "vhost": "v",
            "name": "p",
            "pattern": "^p",
            "apply-to": "exchanges",
            "definition": {"alternate-exchange": "x"},
            "priority": 0,
        }
    ],
    "queues": [
        {
            "name": "q",
            "vhost": "v",
            "durable": True,
            "auto_delete": False,
            "arguments": {"x-max-length": 5, "x-queue-type": "quorum"},
        }
    ],
    "exchanges": [
        {
            "name": "x",
            "vhost": "v",
            "type": "topic",
            "durable": True,
            "auto_delete": False,
            "internal": True,
            "arguments": {},
        }
    ],
    "bindings": [
        {
            "source": "x",
            "vhost": "v",
            "destination": "q",
            "destination_type": "queue",
            "routing_key": "a.#",
            "arguments": {"n": 1},
        },
        {
            "source": "x",
            "vhost": "v",
            "destination": "amq.fanout",
            "destination_type": "exchange",
            "routing_key": "b",
            "arguments": {},
        },
    ],
}


async def test_a_file_of_rabbitmqs_is_taken_in_and_given_back(office: Office) -> None:
    """Hashes, limits, operators' policies and all; twice is as good as once."""
    for _ in range(2):
        assert office.ask("POST", "api/definitions", FILE).status == 204
    shown = office.get("api/definitions")
    for subject in ("users", "permissions", "topic_permissions", "parameters", "policies"):
        assert [item for item in FILE[subject] if item not in shown[subject]] == [], subject
    for subject in ("queues", "exchanges", "bindings"):
        assert shown[subject] == FILE[subject]
    assert {"name": "v", "metadata": {"description": "d", "tags": ["t"]}} in shown["vhosts"]


async def test_one_virtual_host_moves_to_another(office: Office) -> None:
    """Its definitions name none."""
    office.ask("POST", "api/definitions", FILE)
    part = office.get("api/definitions/v")
    assert all("vhost" not in item for items in part.values() if isinstance(items, list) for item in items)
    office.ask("PUT", "api/vhosts/w", {})
    assert office.ask("POST", "api/definitions/w", part).status == 204
    assert office.get("api/definitions/w") == part


async def test_what_is_not_declared_by_anybody_is_left_out(office: Office) -> None:
    """What is always there, and what goes with its connection."""
    office.declare_exclusive("mine")
    shown = office.get("api/definitions")
    assert (shown["queues"], shown["exchanges"], shown["bindings"]) == ([], [], [])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "not_json"),
        (b"[]", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"\xff\xfe", "not_json"),
        ({"queues": {"name": "q"}}, "'queues' must be a list of objects."),
        ({"queues": [1]}, "'queues' must be a list of objects."),
        ({"queues": [{"name": 5, "vhost": "/"}]}, "'name' is missing, or no text"),
        ({"queues": [{"name": "q", "vhost": "nowhere"}]}, "vhost_not_found"),
        ({"queues": [{"name": "q", "vhost": "/", "arguments": 5}]}, "'arguments' must be an object"),
        ({"vhosts": [{"name": "v", "metadata": "x"}]}, "'metadata' must be an object"),
        ({"vhosts": [{"name": "v", "tags": 5}]}, "'tags' must be a list of texts"),
        ({"bindings": [{"vhost": "/", "destination_type": "cat"}]}, "'destination_type' is 'cat'"),
        ({"parameters": [{"component": "operator_policy", "vhost": "/", "value": 5}]}, "must be an object"),
        ({"users": [{"name": "u", "tags": "", "limits": 5}]}, "Limits must be an object"),
        ({"users": [{"name": "u", "tags": "", "hashing_algorithm": "md5"}]}, "Unknown hashing algorithm"),
        ({"policies": [{"vhost": "/", "name": "p"}]}, "key_missing"),
    ],
)
async def test_what_is_no_file_of_definitions(office: Office, content: Any, says: str) -> None:
    """Says what and where."""
    response = office.ask("POST", "api/definitions", content)
    assert response.status in (400, 404)
    assert says in response.content["reason"]
    assert office.get("api/queues") == []
