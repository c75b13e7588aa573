"""Listening sockets on loopback."""

import os
import socket
from collections.abc import Iterator

import pytest

from mqstudio.server import ports
from mqstudio.server.ports import OpenPort, open_port


@pytest.fixture
def opened() -> Iterator[list[OpenPort]]:
    """Ports that are closed when the test ends."""
    opened: list[OpenPort] = []
    yield opened
    for port in opened:
        for each in port.sockets:
            each.close()


def _hosts(port: OpenPort) -> set[str]:
    return {each.getsockname()[0] for each in port.sockets}


def _loopback_hosts() -> set[str]:
    """What this machine has: not every one has IPv6."""
    hosts = {"127.0.0.1"}
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return hosts
    return hosts | {"::1"}


def test_port_0_is_one_free_number_on_all_loopback_addresses(opened: list[OpenPort]) -> None:
    port = open_port(0)
    opened.append(port)
    assert _hosts(port) == _loopback_hosts()
    assert {each.getsockname()[1] for each in port.sockets} == {port.port}
    assert (port.wanted_port, port.owner) == (0, "")


def test_clients_can_connect_on_each_address(opened: list[OpenPort]) -> None:
    port = open_port(0)
    opened.append(port)
    for host in _hosts(port):
        socket.create_connection((host, port.port), timeout=10).close()


def test_a_free_port_is_had_as_wanted(opened: list[OpenPort]) -> None:
    free = open_port(0)
    for each in free.sockets:
        each.close()
    port = open_port(free.port)
    opened.append(port)
    assert (port.port, port.wanted_port, port.owner) == (free.port, free.port, "")


def test_when_a_port_is_taken_a_later_one_is_used_and_the_owner_named(opened: list[OpenPort]) -> None:
    taken = open_port(0)
    opened.append(taken)
    port = open_port(taken.port)
    opened.append(port)
    assert taken.port < port.port < taken.port + ports.TRIES
    assert port.wanted_port == taken.port
    assert f"(pid {os.getpid()})" in port.owner
    assert _hosts(port) == _loopback_hosts()


@pytest.mark.skipif("::1" not in _loopback_hosts(), reason="no IPv6 here")
def test_a_port_taken_on_one_ip_version_is_taken(opened: list[OpenPort]) -> None:
    """Half a port would send half of the clients to another program."""
    free = open_port(0)
    six = next(each for each in free.sockets if each.family is socket.AF_INET6)
    opened.append(OpenPort([six], free.port, 0, ""))
    next(each for each in free.sockets if each.family is socket.AF_INET).close()
    port = open_port(free.port)
    opened.append(port)
    assert port.port > free.port


def test_when_all_ports_are_taken_a_sentence_says_so(
    opened: list[OpenPort], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "TRIES", 1)
    taken = open_port(0)
    opened.append(taken)
    with pytest.raises(OSError, match=f"{taken.port}.*in use.*choose another"):
        open_port(taken.port)


def test_nobody_known_is_another_program() -> None:
    free = open_port(0)
    for each in free.sockets:
        each.close()
    assert ports.owner_of(free.port) == "another program"
