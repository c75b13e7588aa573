"""The connection doctor: who could not connect, whose connection broke, why, and what mends it."""

import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pika
import pytest
from pika.exceptions import AMQPError

from mqstudio.model.access import UserLimits
from mqstudio.why.base import Finding
from tests.support.address import Address
from tests.support.amqp091 import method
from tests.support.broker import RunningBroker, running_broker
from tests.support.raw_client import RawClient
from tests.support.reasons import Asker, none, only
from tests.support.waiting import eventually

DOCTORS = {
    "http_on_amqp_port", "tls_on_plain_port", "amqp_on_http_port", "tls_on_http_port", "amqp_1_0",
    "other_protocol", "plain_on_tls_port", "certificate_not_trusted", "unknown_vhost", "no_permission",
    "login_refused", "guest_from_elsewhere", "heartbeat_missed", "frame_too_large", "no_login",
    "too_many_connections", "broken_off",
}  # fmt: skip


@pytest.fixture
def why_broker(tmp_path: Path) -> Iterator[RunningBroker]:
    """A broker for each story: attempts are remembered."""
    with running_broker(tmp_path / "broker", "--memory", "--tls", "--port-amqps", "0") as broker:
        yield broker


def _says(port: int, *parts: bytes) -> None:
    """Connect, say something, and read until the broker hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as peer:
        for part in parts:
            peer.sendall(part)
        while True:
            try:
                if not peer.recv(65_536):
                    return
            except ConnectionError:
                return


def _found(asker: Asker) -> list[Finding]:
    """What the doctor says, once it says anything."""
    return eventually(lambda: [each for each in asker.problems() if each.rule in DOCTORS])


def _refused(asker: Asker, **options: object) -> None:
    with pytest.raises(AMQPError):
        asker.connect("stranger", **options)


def _amqp(asker: Asker) -> None:
    """A client that is as it should be."""
    asker.connect("good").close()


def _web(asker: Asker) -> None:
    """A browser at its own port."""
    request = b"GET /api/overview HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    _says(asker.broker.port_management, request)


GOOD: list[Callable[[Asker], None]] = [_amqp, _web]


@pytest.mark.parametrize("good", GOOD)
def test_nearly_all_of_them(asker: Asker, good: Callable[[Asker], None]) -> None:
    """Who comes to its own port as it should is told of by none of these rules."""
    good(asker)
    for rule in DOCTORS:
        none(asker.problems(), rule)


def test_http_on_amqp_port(asker: Asker) -> None:
    """A browser came to the port for AMQP; where it has to go."""
    _says(asker.broker.port_amqp, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    port = asker.broker.port_management
    found = only(
        _found(asker), "http_on_amqp_port", f"came to port {asker.broker.port_amqp}", f"use port {port}"
    )
    assert "From 127.0.0.1:" in str(found.proofs[0].says)


def test_tls_on_plain_port(asker: Asker) -> None:
    """amqps at the port without TLS."""
    context = ssl.create_default_context()
    with socket.create_connection(("127.0.0.1", asker.broker.port_amqp)) as peer, pytest.raises(OSError):
        context.wrap_socket(peer, server_hostname="localhost")
    only(_found(asker), "tls_on_plain_port", "wants TLS (amqps)", f"Use port {asker.broker.port_amqps}")


def test_amqp_on_http_port(asker: Asker) -> None:
    """An AMQP client at the port for HTTP."""
    _says(asker.broker.port_management, b"AMQP\0\0\x09\x01")
    says = (f"came to port {asker.broker.port_management}", f"Connect to port {asker.broker.port_amqp}")
    only(_found(asker), "amqp_on_http_port", *says)


def test_tls_on_http_port(asker: Asker) -> None:
    """https at the port for http."""
    _says(asker.broker.port_management, b"\x16\x03\x01\x00\x05hello\r\n\r\n")
    only(_found(asker), "tls_on_http_port", "wants https", "http:// instead of https://")


def test_amqp_1_0(asker: Asker) -> None:
    """A client of the other protocol of that name."""
    _says(asker.broker.port_amqp, b"AMQP\0\x01\0\0")
    only(_found(asker), "amqp_1_0", "speaks AMQP 1.0", "AMQP 0-9-1")


def test_other_protocol(asker: Asker) -> None:
    """Something else entirely."""
    _says(asker.broker.port_amqp, b"SSH-2.0-OpenSSH_9\r\n")
    only(_found(asker), "other_protocol", "does not speak AMQP", "SSH-2.0-")


def test_plain_on_tls_port(asker: Asker) -> None:
    """AMQP without TLS at the port for TLS."""
    _says(asker.broker.port_amqps, b"AMQP\0\0\x09\x01")
    says = (
        f"came to port {asker.broker.port_amqps}, which is for TLS",
        f"port {asker.broker.port_amqp} without",
    )
    only(_found(asker), "plain_on_tls_port", *says)


def test_certificate_not_trusted(asker: Asker) -> None:
    """A client that checks our certificate by the authorities of the system."""
    context = ssl.create_default_context()
    with (
        socket.create_connection(("127.0.0.1", asker.broker.port_amqps)) as peer,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(peer, server_hostname="localhost")
    only(_found(asker), "certificate_not_trusted", "does not seem to trust our certificate")


def test_unknown_vhost(asker: Asker) -> None:
    """A virtual host that is not there; and one whose slash is missing."""
    _refused(asker, virtual_host="shpo")
    only(_found(asker), "unknown_vhost", "wants virtual host 'shpo'", "There is '/'")


def test_unknown_vhost_by_a_slash(asker: Asker) -> None:
    """Two slashes in a URL make another name of it."""
    _refused(asker, virtual_host="//")
    only(_found(asker), "unknown_vhost", "'//'", "%2F")


def test_no_permission(asker: Asker) -> None:
    """A user who may not enter."""
    asker.run(lambda client: client.access.put_user("ann", password="secret"))
    _refused(asker, credentials=pika.PlainCredentials("ann", "secret"))
    only(_found(asker), "no_permission", "User 'ann' may not enter virtual host '/'")


def test_login_refused(asker: Asker) -> None:
    """A wrong password, three times: told once, and how often."""
    for _ in range(3):
        _refused(asker, credentials=pika.PlainCredentials("guest", "wrong"))
    eventually(lambda: "3 times" in str(_found(asker)[0].proofs[0].says))
    only(_found(asker), "login_refused", "logged in as 'guest' with a wrong password", "3 times so far")


def test_login_refused_by_name(asker: Asker) -> None:
    """A user that does not exist."""
    _refused(asker, credentials=pika.PlainCredentials("gast", "guest"))
    only(_found(asker), "login_refused", "as 'gast', and there is no such user")


def test_heartbeat_missed(asker: Asker) -> None:
    """A client that is silent for too long."""
    peer = RawClient(Address("127.0.0.1", asker.broker.port_amqp)).open(heartbeat_s=1)
    _found(asker)
    only(_found(asker), "heartbeat_missed", "sent no heartbeat", "timeout: 1s")
    peer.close()


def test_frame_too_large(asker: Asker) -> None:
    """A client that sends more than was agreed on."""
    peer = RawClient(Address("127.0.0.1", asker.broker.port_amqp)).open(1, frame_max=4096)
    peer.send(method(1, "basic.publish", 0, "", "q", False, False))
    peer.send(b"\x03\x00\x01" + (9000).to_bytes(4, "big") + b"x" * 9000 + b"\xce")
    peer.expect("connection.close")
    peer.close()
    only(_found(asker), "frame_too_large", "larger frames than the broker takes")


def test_no_login(asker: Asker) -> None:
    """Somebody who connected and left."""
    socket.create_connection(("127.0.0.1", asker.broker.port_amqp)).close()
    only(_found(asker), "no_login", "left before it had logged in")


def test_too_many_connections(asker: Asker) -> None:
    """A user who may have one connection has two."""
    asker.run(lambda client: client.access.put_user_limits(UserLimits("guest", max_connections=1)))
    asker.connect("first")
    _refused(asker)
    only(_found(asker), "too_many_connections", "turned away")


def test_broken_off(asker: Asker) -> None:
    """A client that makes a mistake for which its whole connection is closed."""
    peer = RawClient(Address("127.0.0.1", asker.broker.port_amqp)).open(1)
    peer.send(method(1, "channel.open", ""))
    peer.expect("connection.close")
    peer.close()
    only(_found(asker), "broken_off", "closed by the broker for a mistake", "CHANNEL_ERROR")
