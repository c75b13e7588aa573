"""Users, permissions and limits by the client, on a broker within the test."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from mqstudio.client.client import Client
from mqstudio.model.access import LoggedIn, Permission, TopicPermission, UserLimits, VhostLimits
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.server.broker import Broker


@pytest_asyncio.fixture
async def client() -> AsyncIterator[Client]:
    broker = Broker()
    server = await asyncio.get_running_loop().create_server(lambda: broker.new_link("native"), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, await Client.connect("127.0.0.1", port, broker.token) as client:
        yield client


async def test_a_user_is_made_changed_checked_and_deleted(client: Client) -> None:
    assert await client.access.put_user("anna", tags=("management",), password="secret")
    assert await client.access.check_login("anna", "secret") == LoggedIn("anna", ("management",))
    assert not await client.access.put_user("anna", tags=())
    assert await client.access.check_login("anna", "secret") == LoggedIn("anna", ())
    await client.access.put_user("anna", has_no_password=True)
    with pytest.raises(RefusedError) as caught:
        await client.access.check_login("anna", "secret")
    assert caught.value.why is Refusal.LOGIN_REFUSED
    await client.access.delete_user("anna")
    assert [user.name for user in (await client.access.table()).users] == ["guest"]


async def test_permissions_are_put_and_deleted(client: Client) -> None:
    await client.access.put_user("anna")
    assert await client.access.put_permission("anna", configure="^a", write="^b", read="^c")
    assert not await client.access.put_permission("anna", read=".*")
    assert await client.access.put_topic_permission("anna", "amq.topic", write="^w", read="^r")
    table = await client.access.table()
    assert table.permissions[0] == Permission("anna", "/", "", "", ".*")
    assert table.topic_permissions == [TopicPermission("anna", "/", "amq.topic", "^w", "^r")]
    await client.access.delete_permission("anna")
    await client.access.delete_topic_permission("anna")
    table = await client.access.table()
    assert [each.user for each in table.permissions] == ["guest"]
    assert table.topic_permissions == []


async def test_limits_are_set(client: Client) -> None:
    of_user, of_vhost = UserLimits("guest", 5, None), VhostLimits("/", None, 7)
    await client.access.put_user_limits(of_user)
    await client.access.put_vhost_limits(of_vhost)
    table = await client.access.table()
    assert (table.user_limits, table.vhost_limits) == ([of_user], [of_vhost])
