"""Connections, channels and consumers by the API."""

from urllib.parse import quote

import pytest

from mqstudio.model.commands import DeclareQueue, Subscribe
from tests.support.management import Office


async def test_a_connection_tells_what_was_agreed_on(office: Office) -> None:
    """Its name is that of its two ends."""
    office.connect("orders")
    (shown,) = office.get("api/connections")
    assert shown["name"] == f"127.0.0.1:{shown['peer_port']} -> 127.0.0.1:5672"
    assert (shown["user_provided_name"], shown["user"], shown["vhost"]) == ("orders", "guest", "/")
    assert (shown["auth_mechanism"], shown["ssl"], shown["timeout"]) == ("PLAIN", False, 60)
    assert (shown["channels"], shown["frame_max"], shown["channel_max"]) == (1, 131_072, 2047)
    assert shown["state"] == "running"
    path = f"api/connections/{quote(shown['name'])}"
    assert office.get(path) == shown
    assert [each["number"] for each in office.get(f"{path}/channels")] == [1]


async def test_the_window_and_this_api_are_no_clients(office: Office) -> None:
    """Though the engine knows them."""
    office.ask("PUT", "api/queues/%2F/q", {})
    assert office.broker.engine.connections
    assert (office.get("api/connections"), office.get("api/channels")) == ([], [])


async def test_consumers_and_their_channels(office: Office) -> None:
    """With the keys that tools read."""
    channel = office.connect()
    office.do(DeclareQueue(channel, "q"), Subscribe(channel, "q", "tag", credit=7))
    (consumer,) = office.get("api/consumers")
    assert (consumer["consumer_tag"], consumer["prefetch_count"], consumer["active"]) == ("tag", 7, True)
    assert (consumer["ack_required"], consumer["queue"]) == (True, {"name": "q", "vhost": "/"})
    (shown,) = office.get("api/channels")
    assert (shown["consumer_count"], shown["prefetch_count"]) == (1, 7)
    assert consumer["channel_details"]["name"] == shown["name"]
    assert consumer["channel_details"]["connection_name"] == shown["connection_details"]["name"]
    assert office.get("api/queues/%2F/q")["consumer_details"] == [consumer]
    assert office.get("api/consumers/%2F") == [consumer]
    assert office.get("api/vhosts/%2F/channels") == [shown]
    assert office.get(f"api/channels/{quote(shown['name'])}") == shown


@pytest.mark.parametrize(
    "path",
    [
        "connections/none",
        "connections/none/channels",
        "channels/none",
        "consumers/nowhere",
        "vhosts/nowhere/channels",
        "vhosts/nowhere/connections",
    ],
)
async def test_what_is_not_there(office: Office, path: str) -> None:
    assert office.ask("GET", f"api/{path}").status == 404
    assert office.ask("DELETE", "api/connections/none").status == 404
