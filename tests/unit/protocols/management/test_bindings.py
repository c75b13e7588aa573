"""Bindings by the API: each has a key in URLs, made of its routing key and arguments."""

from typing import Any
from urllib.parse import unquote

import pytest

from tests.support.management import Office

PATH = "api/bindings/%2F/e/amq.headers/q/q"


@pytest.fixture
async def with_queue(office: Office) -> Office:
    office.ask("PUT", "api/queues/%2F/q", {})
    return office


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ({"routing_key": "a.b"}, "a.b"),
        ({}, "~"),
        ({"routing_key": "a/b~c d%"}, "a%2Fb%7Ec+d%25"),
    ],
)
async def test_a_location_leads_to_the_binding(with_queue: Office, asked: dict[str, Any], key: str) -> None:
    """Whatever is in its key."""
    response = with_queue.ask("POST", PATH, asked)
    assert response.status == 201
    destination, _, quoted = response.headers["Location"].partition("/")
    assert (destination, unquote(quoted)) == ("q", key)
    assert with_queue.get(f"{PATH}/{quoted}")["routing_key"] == asked.get("routing_key", "")
    assert with_queue.ask("DELETE", f"{PATH}/{quoted}").status == 204
    assert with_queue.ask("DELETE", f"{PATH}/{quoted}").status == 404


async def test_long_arguments_that_begin_alike_are_told_apart(with_queue: Office) -> None:
    """Each has a key of its own, and the right one is removed."""
    for value in ("one", "two"):
        asked = {"arguments": {"x-match": "all", "a-long-name-of-a-header": value}}
        assert with_queue.ask("POST", PATH, asked).status == 201
    first, second = with_queue.get(PATH)
    assert first["properties_key"] != second["properties_key"]
    assert with_queue.ask("DELETE", f"{PATH}/{first['properties_key']}").status == 204
    assert with_queue.get(PATH) == [second]


async def test_every_queue_is_bound_to_the_default_exchange(with_queue: Office) -> None:
    """Shown as in RabbitMQ, and not to be changed."""
    (shown,) = with_queue.get("api/queues/%2F/q/bindings")
    assert (shown["source"], shown["routing_key"], shown["properties_key"]) == ("", "q", "q")
    assert with_queue.get("api/bindings/%2F/e/amq.default/q/q") == [shown]
    assert with_queue.ask("POST", "api/bindings/%2F/e/amq.default/q/q", {}).status == 401
    assert with_queue.ask("DELETE", "api/bindings/%2F/e/amq.default/q/q/q").status == 401


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("e/x/q/q", "no exchange 'x' in vhost '/'"),
        ("e/amq.direct/q/none", "no queue 'none' in vhost '/'"),
        ("e/amq.direct/z/q", "Not Found"),
    ],
)
async def test_ends_that_are_not_there(with_queue: Office, path: str, says: str) -> None:
    response = with_queue.ask("POST", f"api/bindings/%2F/{path}", {})
    assert (response.status, response.content["reason"]) == (404, says)


async def test_exchanges_can_be_bound(office: Office) -> None:
    """And are found from both ends."""
    assert office.ask("POST", "api/bindings/%2F/e/amq.topic/e/amq.fanout", {"routing_key": "#"}).status == 201
    (found,) = office.get("api/exchanges/%2F/amq.topic/bindings/source")
    assert found["destination_type"] == "exchange"
    assert office.get("api/exchanges/%2F/amq.fanout/bindings/destination") == [found]
    assert office.get("api/exchanges/%2F/amq.topic/bindings/destination") == []
