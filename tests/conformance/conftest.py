"""Fixtures for tests with real clients.

They talk to `address`: our broker, or another one that the environment names, so that what a test
expects can be seen to be so on RabbitMQ (tests/support/address.py says how). Tests that use `broker`
are about our process.
"""

import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.support.address import Address, another_broker
from tests.support.pika_client import Connect
from tests.support.raw_client import RawClient

_counter = itertools.count()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "not_as_3_10(why): here we follow a later RabbitMQ, or our own way; 3.10 fails the test"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expect 3.10 to fail where we mean to differ: if it does not, the test says nothing."""
    if another_broker() is None:
        return
    for item in items:
        for mark in item.iter_markers("not_as_3_10"):
            item.add_marker(pytest.mark.xfail(reason=mark.args[0], strict=True))


@pytest.fixture(scope="module")
def address(request: pytest.FixtureRequest) -> Address:
    """The broker under test."""
    return another_broker() or Address("127.0.0.1", request.getfixturevalue("broker").port_amqp)


@pytest.fixture
def queue() -> str:
    """A name no other test uses."""
    return f"queue-{os.getpid()}-{next(_counter)}"


@pytest.fixture
def exchange() -> str:
    """A name no other test uses."""
    return f"exchange-{os.getpid()}-{next(_counter)}"


@pytest.fixture
def connect(address: Address) -> Iterator[Connect]:
    """Make connections; those still open are closed after the test."""
    made: list[pika.BlockingConnection] = []

    def connect(**options: Any) -> pika.BlockingConnection:
        made.append(pika.BlockingConnection(pika.ConnectionParameters(address.host, address.port, **options)))
        return made[-1]

    yield connect
    for connection in made:
        if connection.is_open:
            connection.close()


@pytest.fixture
def channel(connect: Connect) -> BlockingChannel:
    """A channel on a connection of its own."""
    return connect().channel()


@pytest.fixture
def raw(address: Address) -> Iterator[Callable[[], RawClient]]:
    """Make clients that send frames; none outlives the test."""
    made: list[RawClient] = []

    def raw() -> RawClient:
        made.append(RawClient(address))
        return made[-1]

    yield raw
    for client in made:
        client.close()
