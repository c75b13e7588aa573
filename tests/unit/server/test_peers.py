"""Ports of peers, as links write them. What windows are told of clients: tests/conformance."""

import pytest

from mqstudio.server.peers import port_of


@pytest.mark.parametrize(
    ("address", "port"),
    [("127.0.0.1:5000", 5000), ("[::1]:81", 81), ("in-process:0", 0), ("", 0), ("x:²", 0)],
)
def test_the_port_of_an_address(address: str, port: int) -> None:
    assert port_of(address) == port
