"""Users with few rights, by pika: what they may, what they hear where they may not, and limits.

The table is RabbitMQ's, see tests/differential/test_permissions.py.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pika
import pytest
from pika.exceptions import (
    ChannelClosedByBroker,
    ConnectionClosedByBroker,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
)

from mqstudio.client.client import Client
from mqstudio.model.access import HashKind, PutReply, PutUser, UserLimits, VhostLimits
from mqstudio.model.errors import RefusedError
from mqstudio.model.topology import VhostSpec
from tests.support import permission_cases as table
from tests.support.broker import RunningBroker
from tests.support.waiting import eventually

Steer = Callable[[Callable[[Client], Awaitable[Any]]], Any]


@pytest.fixture(scope="module")
def steer(broker: RunningBroker) -> Steer:
    """Do something by the native client."""

    def steer(work: Callable[[Client], Awaitable[Any]]) -> Any:
        async def run() -> Any:
            async with await broker.attach() as client:
                return await work(client)

        return asyncio.run(run())

    return steer


@pytest.fixture(scope="module")
def connections(broker: RunningBroker, steer: Steer) -> Iterator[dict[str, pika.BlockingConnection]]:
    """A connection of each user of the table."""

    async def make(client: Client) -> None:
        await client.access.put_user(table.OUTSIDER, password=table.PASSWORD)
        for rule in table.RULES:
            await client.access.put_user(rule.name, password=table.PASSWORD)
            await client.access.put_permission(
                rule.name, configure=rule.configure, write=rule.write, read=rule.read
            )
            for exchange, write, read in rule.topics:
                await client.access.put_topic_permission(rule.name, exchange, write=write, read=read)

    steer(make)
    made = {rule.name: connect(broker, rule.name) for rule in table.RULES}
    guest = connect(broker, "guest", password="guest")
    table.prepare(guest.channel())
    yield made
    for connection in [*made.values(), guest]:
        connection.close()


def connect(
    broker: RunningBroker, user: str, *, password: str = table.PASSWORD, vhost: str = "/"
) -> pika.BlockingConnection:
    login = pika.PlainCredentials(user, password)
    parameters = pika.ConnectionParameters("127.0.0.1", broker.port_amqp, vhost, login, heartbeat=0)
    return pika.BlockingConnection(parameters)


@pytest.mark.parametrize(("user", "what", "attempt", "says"), table.CASES, ids=table.NAMES)
def test_each_method_needs_its_right(
    connections: dict[str, pika.BlockingConnection], user: str, what: str, attempt: table.Try, says: str
) -> None:
    assert table.what_is_heard(connections[user], attempt) == says


# ---- logins


@pytest.mark.parametrize(("user", "password"), [("nothing", "wrong"), ("nobody", "x"), ("guest", "")])
@pytest.mark.usefixtures("connections")
def test_a_wrong_login_is_refused_and_the_log_says_why(
    broker: RunningBroker, user: str, password: str
) -> None:
    says = (
        r"403.*ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the"
    )
    with pytest.raises(ProbableAuthenticationError, match=says):
        connect(broker, user, password=password)
    eventually(lambda: any("login refused: " in line for line in broker.log()))
    assert not any(f"'{password}'" in line for line in broker.log() if password)


@pytest.mark.usefixtures("connections")
def test_a_virtual_host_lets_in_who_has_a_permission(broker: RunningBroker) -> None:
    with pytest.raises(ProbableAccessDeniedError, match="access to vhost '/' refused for user 'outsider'"):
        connect(broker, table.OUTSIDER)
    with pytest.raises(ProbableAccessDeniedError, match=r"530.*NOT_ALLOWED - vhost nowhere not found"):
        connect(broker, "nothing", vhost="nowhere")


@pytest.mark.usefixtures("connections")
def test_permissions_are_of_one_virtual_host(broker: RunningBroker, steer: Steer) -> None:
    async def make(client: Client) -> None:
        await client.put_vhost(VhostSpec("/second"))
        await client.access.put_permission("own", configure="^there", vhost="/second")

    steer(make)
    connection = connect(broker, "own", vhost="/second")
    connection.channel().queue_declare("there")
    with pytest.raises(
        ChannelClosedByBroker, match=r"access to queue 'own.queue' in vhost '/second' refused"
    ):
        connection.channel().queue_declare("own.queue")
    connection.close()
    connect(broker, "guest", password="guest", vhost="/second").close()


def test_users_of_imported_definitions_log_in(broker: RunningBroker, steer: Steer) -> None:
    """By hashes that RabbitMQ made."""
    hashed = "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"  # of test12

    async def make(client: Client) -> None:
        request = PutUser("imported", (), password_hash=hashed, hash_kind=HashKind.SHA256)
        await client.call(request, PutReply)
        await client.access.put_permission("imported")

    steer(make)
    connect(broker, "imported", password="test12").close()
    with pytest.raises(ProbableAuthenticationError):
        connect(broker, "imported", password="test13")


def test_an_impersonator_writes_in_anybodys_name(broker: RunningBroker, steer: Steer) -> None:
    """Others are told who they are: user_id is checked."""

    async def make(client: Client) -> None:
        for name, tags in (("mask", ("impersonator",)), ("face", ())):
            await client.access.put_user(name, tags=tags, password=table.PASSWORD)
            await client.access.put_permission(name, write=".*")

    steer(make)
    for user, may in (("mask", True), ("face", False)):
        connection = connect(broker, user)
        channel = connection.channel()
        channel.confirm_delivery()
        claim = pika.BasicProperties(user_id="somebody")
        if may:
            channel.basic_publish("amq.fanout", "", b"", claim)
        else:
            says = r"406.*user_id property set to 'somebody' but authenticated user was 'face'"
            with pytest.raises(ChannelClosedByBroker, match=says):
                channel.basic_publish("amq.fanout", "", b"", claim)
        connection.close()


# ---- changes while they are connected


def test_a_change_of_permissions_counts_at_once(broker: RunningBroker, steer: Steer) -> None:
    """Also for publishes, whose rights are learned once for each route."""
    steer(lambda client: client.access.put_user("changing", password=table.PASSWORD))
    steer(lambda client: client.access.put_permission("changing", write=".*"))
    connection = connect(broker, "changing")
    channel = connection.channel()
    channel.confirm_delivery()
    for _ in range(3):
        channel.basic_publish("amq.fanout", "k", b"")
    steer(lambda client: client.access.put_permission("changing", write="^$"))
    with pytest.raises(
        ChannelClosedByBroker, match=r"403.*access to exchange 'amq.fanout' in vhost '/' refused"
    ):
        channel.basic_publish("amq.fanout", "k", b"")
    connection.close()


def test_a_deleted_user_is_disconnected(broker: RunningBroker, steer: Steer) -> None:
    steer(lambda client: client.access.put_user("leaving", password=table.PASSWORD))
    steer(lambda client: client.access.put_permission("leaving"))
    connection = connect(broker, "leaving")
    steer(lambda client: client.access.delete_user("leaving"))
    with pytest.raises(ConnectionClosedByBroker, match=r"320.*CONNECTION_FORCED - user 'leaving' is deleted"):
        connection.process_data_events(time_limit=20)
    with pytest.raises(ProbableAuthenticationError):
        connect(broker, "leaving")


# ---- limits


def test_connections_and_channels_of_a_user_are_limited(broker: RunningBroker, steer: Steer) -> None:
    steer(lambda client: client.access.put_user("limited", password=table.PASSWORD))
    steer(lambda client: client.access.put_permission("limited"))
    steer(lambda client: client.access.put_user_limits(UserLimits("limited", 1, 2)))
    connection = connect(broker, "limited")
    says = r"530.*connection refused for user 'limited': user connection limit \(1\) is reached"
    with pytest.raises(ProbableAccessDeniedError, match=says):
        connect(broker, "limited")
    connection.channel()
    connection.channel()
    says = r"530.*channels opened for user 'limited' has reached the maximum allowed user limit of \(2\)"
    with pytest.raises(ConnectionClosedByBroker, match=says):
        connection.channel()


def test_connections_and_queues_of_a_virtual_host_are_limited(broker: RunningBroker, steer: Steer) -> None:
    steer(lambda client: client.put_vhost(VhostSpec("small")))
    steer(lambda client: client.access.put_vhost_limits(VhostLimits("small", 1, 1)))
    connection = connect(broker, "guest", password="guest", vhost="small")
    says = r"530.*access to vhost 'small' refused for user 'guest': connection limit \(1\) is reached"
    with pytest.raises(ProbableAccessDeniedError, match=says):
        connect(broker, "guest", password="guest", vhost="small")
    connection.channel().queue_declare("one")
    says = r"406.*cannot declare queue 'two': queue limit in vhost 'small' \(1\) is reached"
    with pytest.raises(ChannelClosedByBroker, match=says):
        connection.channel().queue_declare("two")
    connection.channel().queue_declare("one")
    connection.close()
    steer(lambda client: client.declare_queue("one", vhost="small"))
    with pytest.raises(RefusedError, match=r"'small' may have 1 queues, and has 1\."):
        steer(lambda client: client.declare_queue("two", vhost="small"))
