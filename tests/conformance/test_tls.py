"""AMQP over TLS by real clients: our certificates, theirs, and what the log says when it goes wrong."""

import socket
import ssl
from collections.abc import Iterator
from typing import Any

import aio_pika
import pika
import pytest
from pika.exceptions import AMQPConnectionError, ProbableAuthenticationError

from mqstudio.client.client import Client
from mqstudio.server import certificates
from mqstudio.server.certificates import Certificates
from tests.support.broker import RunningBroker, running_broker
from tests.support.http_api import Api
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    """A broker with TLS."""
    folder = tmp_path_factory.mktemp("tls")
    with running_broker(folder, "--tls", "--port-amqps", "0") as broker:
        yield broker


@pytest.fixture
def trusting(secure: RunningBroker) -> ssl.SSLContext:
    """What a client needs to trust the broker."""
    return ssl.create_default_context(cafile=Certificates(secure.data_dir).authority.certificate)


def connect(
    broker: RunningBroker, context: ssl.SSLContext, host: str = "localhost", **options: Any
) -> pika.BlockingConnection:
    tls = pika.SSLOptions(context, host)
    parameters = pika.ConnectionParameters("127.0.0.1", broker.port_amqps, ssl_options=tls, **options)
    return pika.BlockingConnection(parameters)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_pika_speaks_over_tls(secure: RunningBroker, trusting: ssl.SSLContext, host: str) -> None:
    connection = connect(secure, trusting, host)
    channel = connection.channel()
    channel.queue_declare("tls", auto_delete=True)
    body = bytes(range(256)) * 8_000
    channel.basic_publish("", "tls", body)
    _, _, got = channel.basic_get("tls", auto_ack=True)
    assert got == body
    channel.queue_delete("tls")
    connection.close()


async def test_aio_pika_speaks_over_tls(secure: RunningBroker, trusting: ssl.SSLContext) -> None:
    connection = await aio_pika.connect(
        f"amqps://guest:guest@localhost:{secure.port_amqps}/", ssl_context=trusting
    )
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        for number in range(100):
            await channel.default_exchange.publish(aio_pika.Message(b"%d" % number), queue.name)
        async with queue.iterator(no_ack=True) as messages:
            got = [(await anext(messages)).body for _ in range(100)]
    assert got == [b"%d" % number for number in range(100)]


async def test_external_logs_in_whom_the_certificate_names(
    secure: RunningBroker, trusting: ssl.SSLContext
) -> None:
    async with await Client.attach(secure.data_dir) as client:
        await client.access.put_user("anna", has_no_password=True)
        await client.access.put_permission("anna", configure=".*")
    pair = Certificates(secure.data_dir).make_client("anna", certificates.now())
    trusting.load_cert_chain(pair.certificate, pair.key)
    connection = connect(secure, trusting, credentials=pika.credentials.ExternalCredentials())
    connection.channel().queue_declare("annas", exclusive=True)
    connection.close()


def test_external_of_a_user_that_there_is_not(secure: RunningBroker, trusting: ssl.SSLContext) -> None:
    pair = Certificates(secure.data_dir).make_client("ghost", certificates.now())
    trusting.load_cert_chain(pair.certificate, pair.key)
    with pytest.raises(ProbableAuthenticationError, match=r"403.*mechanism EXTERNAL"):
        connect(secure, trusting, credentials=pika.credentials.ExternalCredentials())
    logged(secure, "The certificate names user 'ghost', and there is no such user")


def test_without_a_certificate_there_is_no_external(secure: RunningBroker, trusting: ssl.SSLContext) -> None:
    with pytest.raises(AMQPConnectionError):
        connect(secure, trusting, credentials=pika.credentials.ExternalCredentials())


def test_a_password_does_as_well_beside_a_certificate(
    secure: RunningBroker, trusting: ssl.SSLContext
) -> None:
    pair = Certificates(secure.data_dir).make_client("somebody", certificates.now())
    trusting.load_cert_chain(pair.certificate, pair.key)
    connect(secure, trusting).close()


def test_a_foreign_certificate_is_refused_and_the_log_says_so(
    secure: RunningBroker, trusting: ssl.SSLContext, tmp_path_factory: pytest.TempPathFactory
) -> None:
    foreign = Certificates(tmp_path_factory.mktemp("foreign"))
    foreign.make_authority(certificates.now())
    pair = foreign.make_client("guest", certificates.now())
    trusting.load_cert_chain(pair.certificate, pair.key)
    with pytest.raises((AMQPConnectionError, ssl.SSLError)):
        connect(secure, trusting, credentials=pika.credentials.ExternalCredentials())
    logged(secure, "the client's certificate was refused: ")


def test_a_client_that_does_not_trust_us_is_logged(secure: RunningBroker) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(secure, ssl.create_default_context())
    logged(secure, "the client refuses our certificate")


def test_amqp_without_tls_on_the_port_for_tls(secure: RunningBroker) -> None:
    with pytest.raises(AMQPConnectionError):
        pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", secure.port_amqps))
    logged(secure, "the peer speaks AMQP without TLS; this port is for TLS")


def test_tls_on_the_port_without(secure: RunningBroker, trusting: ssl.SSLContext) -> None:
    with (
        socket.create_connection(("127.0.0.1", secure.port_amqp)) as plain,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        trusting.wrap_socket(plain, server_hostname="localhost")
    logged(secure, "the peer speaks TLS")


async def test_the_broker_says_that_it_listens_with_tls(secure: RunningBroker) -> None:
    async with await Client.attach(secure.data_dir) as client:
        listeners = {listener.port: listener.is_tls for listener in (await client.info()).listeners}
    assert [port for port, is_tls in listeners.items() if is_tls] == [secure.port_amqps]


def logged(broker: RunningBroker, says: str) -> None:
    """Wait until the log has a line of it."""
    eventually(lambda: any(says in line for line in broker.log()))


def test_the_management_api_tells_tls_from_none(secure: RunningBroker, trusting: ssl.SSLContext) -> None:
    """By connection: how it came, and to which port of ours."""
    plain = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", secure.port_amqp))
    encrypted = connect(secure, trusting)
    api = Api(secure.port_management)
    shown = {each["port"]: (each["ssl"], each["auth_mechanism"]) for each in api.get("api/connections")}
    assert shown[secure.port_amqp] == (False, "PLAIN")
    assert shown[secure.port_amqps] == (True, "PLAIN")
    listening = {each["port"]: each["protocol"] for each in api.get("api/overview")["listeners"]}
    assert (listening[secure.port_amqp], listening[secure.port_amqps]) == ("amqp", "amqp/ssl")
    for each in (plain, encrypted):
        each.close()
