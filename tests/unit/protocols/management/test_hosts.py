"""Virtual hosts and policies by the API."""

from typing import Any

import pytest

from tests.support.management import Office


async def test_a_virtual_host_is_made_and_changed(office: Office) -> None:
    """What a change does not mention stays."""
    assert office.ask("PUT", "api/vhosts/v", b"").status == 201
    body = {"description": "d", "tags": "a,b", "default_queue_type": "quorum"}
    assert office.ask("PUT", "api/vhosts/v", body).status == 204
    assert office.ask("PUT", "api/vhosts/v", {"tracing": True}).status == 204
    shown = office.get("api/vhosts/v")
    assert (shown["description"], shown["tags"], shown["tracing"]) == ("d", ["a", "b"], True)
    assert shown["default_queue_type"] == "quorum"
    assert office.broker.engine.vhosts["v"].spec.is_traced
    for wrong in ({"tracing": "no"}, {"tags": 5}, {"tags": [1]}):
        assert office.ask("PUT", "api/vhosts/v", wrong).status == 400
    assert office.ask("DELETE", "api/vhosts/v").status == 204
    assert office.ask("DELETE", "api/vhosts/v").status == 404


async def test_the_first_virtual_host_stays(office: Office) -> None:
    """And says why."""
    response = office.ask("DELETE", "api/vhosts/%2F")
    assert response.status == 400
    assert "where every client begins" in response.content["reason"]


async def test_counts_of_messages(office: Office) -> None:
    office.ask("PUT", "api/queues/%2F/q", {})
    office.publish("q", b"1", b"2")
    (shown,) = office.get("api/vhosts")
    assert (shown["messages"], shown["messages_ready"]) == (2, 2)


@pytest.mark.parametrize("kind", ["policies", "operator-policies"])
async def test_policies(office: Office, kind: str) -> None:
    """201, 204, and gone; each kind by itself."""
    path = f"api/{kind}/%2F/p"
    body: dict[str, Any] = {"pattern": "^q", "definition": {"max-length": 5}, "priority": 2}
    assert office.ask("PUT", path, {**body, "apply-to": "queues"}).status == 201
    assert office.ask("PUT", path, body).status == 204
    shown = {"vhost": "/", "name": "p", "apply-to": "all", **body}
    assert office.get(path) == shown
    assert office.get(f"api/{kind}") == office.get(f"api/{kind}/%2F") == [shown]
    other = "policies" if kind != "policies" else "operator-policies"
    assert office.get(f"api/{other}") == []
    assert office.ask("DELETE", path).status == 204
    assert office.ask("DELETE", path).status == 404
    assert office.ask("GET", path).status == 404


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"pattern": None}, "[{key_missing,pattern}]"),
        ({"definition": None}, "[{key_missing,definition}]"),
        ({"definition": []}, "'definition' must be an object"),
        ({"definition": {}}, "definition is empty"),
        ({"definition": {"nonsense": 1}}, "cannot set 'nonsense'"),
        ({"definition": {"max-length": "x"}}, "must be a whole number"),
        ({"pattern": "("}, "is no pattern"),
        ({"priority": "high"}, "'priority' must be a number"),
        ({"priority": True}, "'priority' must be a number"),
        ({"apply-to": "cats"}, "'apply-to' must be one of"),
    ],
)
async def test_what_is_no_policy(office: Office, change: dict[str, Any], says: str) -> None:
    body = {"pattern": "^q", "definition": {"max-length": 5}, **change}
    response = office.ask("PUT", "api/policies/%2F/p", {k: v for k, v in body.items() if v is not None})
    assert response.status == 400
    assert says in response.content["reason"]
    assert office.get("api/policies") == []


async def test_nothing_is_put_into_a_virtual_host_that_is_not_there(office: Office) -> None:
    """RabbitMQ's two ways to say so."""
    body = {"pattern": "^q", "definition": {"max-length": 5}}
    for path, asked in (
        ("policies/nowhere/p", body),
        ("queues/nowhere/q", {}),
        ("exchanges/nowhere/x", {"type": "direct"}),
        ("vhost-limits/nowhere/max-queues", {"value": 1}),
    ):
        response = office.ask("PUT", f"api/{path}", asked)
        assert (response.status, response.content["reason"]) == (404, "vhost_not_found"), path
    for path in ("policies/nowhere", "queues/nowhere", "exchanges/nowhere", "vhosts/nowhere"):
        assert office.ask("GET", f"api/{path}").content["reason"] == "Not Found"
