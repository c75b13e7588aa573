"""Exchanges by the API, and publishing to them."""

from typing import Any

import pytest

from tests.support.management import Office

LETTER = {"properties": {}, "routing_key": "q", "payload": "x", "payload_encoding": "string"}


def publish(office: Office, exchange: str = "amq.default", **change: Any) -> Any:
    return office.ask("POST", f"api/exchanges/%2F/{exchange}/publish", {**LETTER, **change}).content


@pytest.fixture
async def with_queue(office: Office) -> Office:
    office.ask("PUT", "api/queues/%2F/q", {})
    return office


async def test_declaring_and_deleting(office: Office) -> None:
    """201, 204, and RabbitMQ's words for another; unused ones may go."""
    path = "api/exchanges/%2F/x"
    assert office.ask("PUT", path, {"type": "topic"}).status == 201
    assert office.ask("PUT", path, {"type": "topic"}).status == 204
    says = "inequivalent arg 'type' for exchange 'x' in vhost '/': received 'fanout' but current is 'topic'"
    assert office.ask("PUT", path, {"type": "fanout"}).content["reason"] == says
    shown = office.get(path)
    assert (shown["type"], shown["durable"], shown["internal"]) == ("topic", False, False)
    office.ask("PUT", "api/queues/%2F/q", {})
    office.ask("POST", "api/bindings/%2F/e/x/q/q", {})
    says = "exchange 'x' in vhost '/' in use"
    assert office.ask("DELETE", f"{path}?if-unused=true").content["reason"] == says
    assert office.ask("DELETE", path).status == 204
    assert office.ask("DELETE", path).status == 404


@pytest.mark.parametrize("name", ["amq.direct", "amq.default", "amq.mine"])
async def test_what_is_always_there_stays(office: Office, name: str) -> None:
    assert office.ask("DELETE", f"api/exchanges/%2F/{name}").status in (401, 404)
    assert office.ask("PUT", f"api/exchanges/%2F/{name}", {"type": "headers"}).status in (400, 401)


async def test_whether_it_was_routed(with_queue: Office) -> None:
    assert publish(with_queue) == {"routed": True}
    assert publish(with_queue, routing_key="other") == {"routed": False}
    assert with_queue.get("api/queues/%2F/q")["messages"] == 1


async def test_headers_ask_for_what_they_ask_for_over_amqp(with_queue: Office) -> None:
    """CC goes to further queues; a time to live is one."""
    with_queue.ask("PUT", "api/queues/%2F/second", {})
    publish(with_queue, properties={"headers": {"CC": ["second"]}, "expiration": "60000", "priority": 3})
    assert [each["messages"] for each in with_queue.get("api/queues?sort=name")] == [1, 1]
    (message,) = with_queue.messages("q")
    assert (message.traits.ttl_us, message.traits.priority) == (60_000_000, 3)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"payload": 5}, "payload_not_string"),
        ({"payload": "%", "payload_encoding": "base64"}, ["not_base64", "%"]),
        ({"payload_encoding": "rot13"}, ["unsupported_encoding", "rot13"]),
        ({"properties": 5}, "'properties' must be an object."),
        ({"properties": {"headers": 5}}, "'headers' must be an object."),
        ({"properties": {"priority": "high"}}, ["not_int", "priority"]),
        ({"properties": {"priority": 300}}, "'priority' is 300, which does not fit."),
        ({"properties": {"timestamp": -1}}, "'timestamp' is -1, which does not fit."),
        ({"properties": {"content_type": 5}}, ["not_string", "content_type"]),
        ({"properties": {"type": "x" * 256}}, "'type' has more than 255 bytes."),
        (
            {"properties": {"user_id": "bob"}},
            "406 PRECONDITION_FAILED - user_id property set to 'bob' but authenticated user was 'guest'",
        ),
        (
            {"properties": {"expiration": "soon"}},
            "406 PRECONDITION_FAILED - invalid expiration 'soon': no_integer",
        ),
        (
            {"properties": {"headers": {"CC": ["q"] * 1_001}}},
            "1001 routing keys in header 'CC', at most 1000. Send several messages.",
        ),
        ({"routing_key": []}, "'routing_key' must be a text."),
    ],
)
async def test_what_cannot_be_published(with_queue: Office, change: Any, reason: Any) -> None:
    """RabbitMQ's reasons; no message arrives."""
    assert publish(with_queue, **change) == {"error": "bad_request", "reason": reason}
    assert with_queue.get("api/queues/%2F/q")["messages"] == 0


async def test_publishing_to_what_is_not_there(office: Office) -> None:
    """As RabbitMQ passes it on from AMQP."""
    says = "404 NOT_FOUND - no exchange 'x' in vhost '/'"
    assert publish(office, "x") == {"error": "bad_request", "reason": says}


@pytest.mark.parametrize("key", ["payload", "payload_encoding", "properties", "routing_key"])
async def test_what_a_message_needs(office: Office, key: str) -> None:
    asked = {name: value for name, value in LETTER.items() if name != key}
    response = office.ask("POST", "api/exchanges/%2F/amq.default/publish", asked)
    assert (response.status, response.content["reason"]) == (400, f"[{{key_missing,{key}}}]")
