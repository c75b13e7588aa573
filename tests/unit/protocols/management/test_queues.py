"""Queues by the API: made, shown, taken from, deleted."""

import base64
from typing import Any

import pytest

from mqstudio.model.message import Header, Properties, encode_properties
from tests.support.management import Office

GET = {"count": 5, "ackmode": "ack_requeue_false", "encoding": "auto"}


def declare(office: Office, name: str = "q", **asked: Any) -> int:
    return office.ask("PUT", f"api/queues/%2F/{name}", asked).status


async def test_declaring(office: Office) -> None:
    """201 for a new one, 204 for an equal one, RabbitMQ's words for another."""
    assert declare(office, arguments={"x-max-length": 5}) == 201
    assert declare(office, arguments={"x-max-length": 5}) == 204
    response = office.ask("PUT", "api/queues/%2F/q", {"durable": True})
    says = "inequivalent arg 'durable' for queue 'q' in vhost '/': received 'true' but current is 'false'"
    assert (response.status, response.content["reason"]) == (400, says)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"durable": "maybe"}, ["not_boolean", "maybe"]),
        ({"auto_delete": 5}, ["not_boolean", 5]),
        ({"arguments": "x"}, "'arguments' must be an object: names and values."),
    ],
)
async def test_what_a_queue_cannot_be_made_of(office: Office, asked: Any, reason: Any) -> None:
    response = office.ask("PUT", "api/queues/%2F/q", asked)
    assert (response.status, response.content) == (400, {"error": "bad_request", "reason": reason})
    assert office.get("api/queues") == []


async def test_flags_may_be_texts(office: Office) -> None:
    """rabbitmqadmin sends them so."""
    declare(office, durable="true", auto_delete="false")
    shown = office.get("api/queues/%2F/q")
    assert (shown["durable"], shown["auto_delete"]) == (True, False)


async def test_reserved_names_are_for_the_broker(office: Office) -> None:
    assert declare(office, "amq.mine") == 401


async def test_message_stats_come_with_the_first_message(office: Office) -> None:
    """Tools count on their absence before; afterwards rates are numbers."""
    declare(office)
    assert "message_stats" not in office.get("api/queues/%2F/q")
    office.publish("q", b"1", b"2")
    shown = office.get("api/queues/%2F/q")
    assert shown["message_stats"]["publish"] == 2
    assert isinstance(shown["message_stats"]["publish_details"]["rate"], float)
    assert (shown["messages"], shown["messages_ready"], shown["messages_unacknowledged"]) == (2, 2, 0)
    assert isinstance(shown["messages_details"]["rate"], float)


@pytest.mark.parametrize(
    ("mode", "left", "is_redelivered"),
    [
        ("ack_requeue_true", 2, True),
        ("reject_requeue_true", 2, True),
        ("ack_requeue_false", 0, None),
        ("reject_requeue_false", 0, None),
    ],
)
async def test_getting(office: Office, mode: str, left: int, is_redelivered: bool | None) -> None:
    """In order; what is put back comes again, flagged."""
    declare(office)
    office.publish("q", b"text", b"\xff")
    asked = {**GET, "ackmode": mode}
    first, second = office.ask("POST", "api/queues/%2F/q/get", asked).content
    assert (first["payload"], first["payload_encoding"], first["message_count"]) == ("text", "string", 1)
    assert (second["payload"], second["payload_encoding"], second["message_count"]) == ("/w==", "base64", 0)
    assert not first["redelivered"]
    assert first["properties"] == []  # as RabbitMQ writes none
    again = office.ask("POST", "api/queues/%2F/q/get", GET).content
    assert [each["redelivered"] for each in again] == [is_redelivered] * left


async def test_a_rejected_message_is_dead_lettered(office: Office) -> None:
    """reject_requeue_false is a rejection like any other."""
    declare(office, "dead")
    office.ask(
        "PUT",
        "api/queues/%2F/q",
        {"arguments": {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}},
    )
    office.publish("q", b"1")
    office.ask("POST", "api/queues/%2F/q/get", {**GET, "ackmode": "reject_requeue_false"})
    (dead,) = office.ask("POST", "api/queues/%2F/dead/get", GET).content
    assert dead["payload"] == "1"


async def test_payloads_as_asked_for(office: Office) -> None:
    """Base64 of anything, cut to a length; payload_bytes says what it was."""
    declare(office)
    office.publish("q", b"0123456789")
    asked = {**GET, "ackmode": "ack_requeue_true", "encoding": "base64", "truncate": 4}
    (shown,) = office.ask("POST", "api/queues/%2F/q/get", asked).content
    assert base64.b64decode(shown["payload"]) == b"0123"
    assert shown["payload_bytes"] == 10


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ackmode": None}, "[{key_missing,ackmode}]"),
        ({"count": None}, "[{key_missing,count}]"),
        ({"encoding": None}, "[{key_missing,encoding}]"),
        ({"count": "x"}, ["not_integer", "x"]),
        ({"count": 1.5}, ["not_integer", 1.5]),
        ({"truncate": "²"}, ["not_integer", "²"]),
        ({"encoding": "rot13"}, "Unsupported encoding. Please use auto or base64."),
    ],
)
async def test_what_cannot_be_got(office: Office, change: dict[str, Any], reason: Any) -> None:
    """Nothing is taken."""
    declare(office)
    office.publish("q", b"1")
    asked = {key: value for key, value in {**GET, **change}.items() if value is not None}
    response = office.ask("POST", "api/queues/%2F/q/get", asked)
    assert (response.status, response.content["reason"]) == (400, reason)
    assert office.get("api/queues/%2F/q")["messages_ready"] == 1


async def test_properties_are_shown_by_their_names(office: Office) -> None:
    """Headers as plain values."""
    declare(office)
    letter = {
        "properties": {
            "content_type": "text/plain",
            "timestamp": 5,
            "headers": {"n": 1, "f": 0.5, "b": True, "l": [1, "x"], "t": {"a": None}},
        },
        "routing_key": "q",
        "payload": "x",
        "payload_encoding": "string",
    }
    assert office.ask("POST", "api/exchanges/%2F/amq.default/publish", letter).content == {"routed": True}
    (shown,) = office.ask("POST", "api/queues/%2F/q/get", GET).content
    assert shown["properties"] == letter["properties"]


async def test_headers_of_bytes_do_not_break_json(office: Office) -> None:
    """A client may send anything."""
    declare(office)
    channel = office.connect()
    headers = [Header("raw", "bytes", b"\xff\x00"), Header("nested", "table", [Header("raw", "bytes", b"x")])]
    properties = encode_properties(Properties(headers=headers))
    office.send(channel, "q", properties, b"1")
    (shown,) = office.ask("POST", "api/queues/%2F/q/get", GET).content
    assert shown["properties"]["headers"]["nested"] == {"raw": "x"}
    assert isinstance(shown["properties"]["headers"]["raw"], str)


async def test_deleting_under_conditions(office: Office) -> None:
    """If unused, if empty; 404 for what is not there."""
    declare(office)
    office.publish("q", b"1")
    response = office.ask("DELETE", "api/queues/%2F/q?if-empty=true")
    assert (response.status, response.content["reason"]) == (400, "queue 'q' in vhost '/' not empty")
    assert office.ask("DELETE", "api/queues/%2F/q/contents").status == 204
    assert office.ask("DELETE", "api/queues/%2F/q?if-empty=true").status == 204
    for path in ("api/queues/%2F/q", "api/queues/%2F/q/contents", "api/queues/nowhere/q"):
        assert office.ask("DELETE", path).status == 404


async def test_a_virtual_hosts_limit_of_queues_holds_here_too(office: Office) -> None:
    office.ask("PUT", "api/vhost-limits/%2F/max-queues", {"value": 1})
    assert declare(office) == 201
    response = office.ask("PUT", "api/queues/%2F/second", {})
    assert response.status == 400
    assert "queue limit in vhost '/' (1) is reached" in response.content["reason"]
    assert declare(office) == 204


async def test_policies_show_what_they_come_to(office: Office) -> None:
    """Of two limits the lower counts."""
    declare(office)
    policy = {"pattern": "^q", "definition": {"max-length": 7, "expires": 60_000}}
    office.ask("PUT", "api/policies/%2F/p", policy)
    office.ask("PUT", "api/operator-policies/%2F/o", {"pattern": "^q", "definition": {"max-length": 3}})
    shown = office.get("api/queues/%2F/q")
    assert (shown["policy"], shown["operator_policy"]) == ("p", "o")
    assert shown["effective_policy_definition"] == {"max-length": 3, "expires": 60_000}
