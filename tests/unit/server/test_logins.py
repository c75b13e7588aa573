"""Who is let in, where, and how often."""

import asyncio
from typing import Any

import pytest

from mqstudio.model import access as a
from mqstudio.model import commands as c
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import EventBatch
from mqstudio.model.topology import ConnectionInfo, VhostSpec
from mqstudio.server.broker import Broker
from mqstudio.server.logins import Logins
from tests.support.peers import Peer, new_broker


def put(broker: Broker, *requests: Any) -> None:
    for request in requests:
        answer = broker.access.answer(request, 5, EventBatch())
        assert not isinstance(answer, asyncio.Future)


def opened(broker: Broker, user: str, vhost: str = "/") -> Peer:
    peer = Peer(broker)
    connection = peer.link.connection_id
    peer.do(
        c.OpenConnection(ConnectionInfo(connection, "scripted", "1.2.3.4:5", "p", user, vhost)),
        c.OpenChannel(peer.channel, connection, 1),
    )
    return peer


async def refused(logins: Logins, user: str, password: str, *, is_loopback_peer: bool = True) -> str:
    with pytest.raises(RefusedError) as caught:
        await logins.log_in(user, password, is_loopback_peer=is_loopback_peer)
    assert caught.value.why is Refusal.LOGIN_REFUSED
    return caught.value.says


async def test_guest_comes_in_at_once() -> None:
    answer = new_broker().logins.check("guest", "guest", is_loopback_peer=True)
    assert answer == a.LoggedIn("guest", ("administrator",))


async def test_guest_comes_in_from_this_computer_only() -> None:
    logins = new_broker().logins
    says = await refused(logins, "guest", "guest", is_loopback_peer=False)
    assert says == "User 'guest' is let in from this computer only."


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("guest", "Guest"),
        ("guest", ""),
        ("Guest", "guest"),
        ("nobody", ""),
        ("", ""),
        ("guest", "gäst\0"),
        ("guest", "guest\0"),
    ],
)
async def test_anything_else_is_refused(user: str, password: str) -> None:
    await refused(new_broker().logins, user, password)


async def test_other_users_come_from_anywhere_by_their_password() -> None:
    broker = new_broker()
    hashing: Any = broker.access.answer(a.PutUser("anna", ("monitoring",), "secret"), 5, EventBatch())
    await hashing
    answer = broker.logins.check("anna", "secret", is_loopback_peer=False)
    assert isinstance(answer, asyncio.Future)
    assert await answer == a.LoggedIn("anna", ("monitoring",))
    assert broker.logins.check("anna", "secret", is_loopback_peer=False) == await answer
    assert "do not fit" in await refused(broker.logins, "anna", "wrong")


async def test_a_user_without_password_is_refused() -> None:
    broker = new_broker()
    put(broker, a.PutUser("anna"))
    await refused(broker.logins, "anna", "")


async def test_a_user_deleted_while_the_password_is_checked_is_refused() -> None:
    broker = new_broker()
    hashing: Any = broker.access.answer(a.PutUser("anna", (), "secret"), 5, EventBatch())
    await hashing
    answer = broker.logins.check("anna", "secret", is_loopback_peer=True)
    put(broker, a.DeleteUser("anna"))
    assert isinstance(answer, asyncio.Future)
    with pytest.raises(RefusedError):
        await answer


def test_a_certificate_lets_in_whom_it_names() -> None:
    broker = new_broker()
    put(broker, a.PutUser("anna", ("t",)))
    assert broker.logins.check_certificate("anna", is_loopback_peer=False) == a.LoggedIn("anna", ("t",))
    with pytest.raises(RefusedError, match="names user 'bert', and there is no such user"):
        broker.logins.check_certificate("bert", is_loopback_peer=True)
    with pytest.raises(RefusedError, match="from this computer only"):
        broker.logins.check_certificate("guest", is_loopback_peer=False)


def entering(broker: Broker, user: str, vhost: str = "/") -> Refusal | None:
    try:
        broker.logins.enter(a.EnterVhost(user, vhost))
    except RefusedError as error:
        return error.why
    return None


def test_a_permission_lets_into_its_virtual_host() -> None:
    """Whatever it allows there."""
    broker = new_broker()
    Peer(broker).open().do(c.PutVhost(VhostSpec("more")))
    put(broker, a.PutUser("anna"))
    assert entering(broker, "anna") is Refusal.VHOST_REFUSED
    put(broker, a.PutPermission("anna"))
    assert entering(broker, "anna") is None
    assert entering(broker, "anna", "more") is Refusal.VHOST_REFUSED
    assert entering(broker, "anna", "nowhere") is Refusal.NO_SUCH_VHOST


def test_connections_of_users_and_virtual_hosts_are_limited() -> None:
    """The window's own connection counts for neither."""
    broker = new_broker()
    Peer(broker).open()
    put(broker, a.PutUserLimits("guest", max_connections=1))
    assert entering(broker, "guest") is None
    opened(broker, "guest")
    assert entering(broker, "guest") is Refusal.TOO_MANY_CONNECTIONS_OF_USER
    put(broker, a.PutUserLimits("guest"), a.PutVhostLimits("/", max_connections=2))
    assert entering(broker, "guest") is None
    opened(broker, "anna")
    assert entering(broker, "guest") is Refusal.TOO_MANY_CONNECTIONS_OF_VHOST


def test_channels_of_a_user_are_limited() -> None:
    broker = new_broker()
    opened(broker, "guest")
    put(broker, a.PutUserLimits("guest", max_channels=2))
    broker.logins.check_channel_limit("guest")
    opened(broker, "guest")
    with pytest.raises(RefusedError) as caught:
        broker.logins.check_channel_limit("guest")
    assert caught.value.facts == {"user": "guest", "limit": 2}
    broker.logins.check_channel_limit("anna")


def test_queues_of_a_virtual_host_are_limited() -> None:
    """What exists can still be declared."""
    broker = new_broker()
    opened(broker, "guest").declare("q")
    put(broker, a.PutVhostLimits("/", max_queues=1))
    broker.logins.check_queue_limit("/", "q")
    broker.logins.check_queue_limit("gone", "r")
    with pytest.raises(RefusedError) as caught:
        broker.logins.check_queue_limit("/", "r")
    assert caught.value.why is Refusal.TOO_MANY_QUEUES_OF_VHOST
