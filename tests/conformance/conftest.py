"""Fixtures for tests with real clients."""

import itertools
from collections.abc import Iterator
from typing import Any

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.support.broker import RunningBroker
from tests.support.pika_client import Connect

_counter = itertools.count()


@pytest.fixture
def queue() -> str:
    """A name no other test uses."""
    return f"queue-{next(_counter)}"


@pytest.fixture
def exchange() -> str:
    """A name no other test uses."""
    return f"exchange-{next(_counter)}"


@pytest.fixture
def connect(broker: RunningBroker) -> Iterator[Connect]:
    """Make connections; those still open are closed after the test."""
    made: list[pika.BlockingConnection] = []

    def connect(**options: Any) -> pika.BlockingConnection:
        made.append(
            pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", broker.port_amqp, **options))
        )
        return made[-1]

    yield connect
    for connection in made:
        if connection.is_open:
            connection.close()


@pytest.fixture
def channel(connect: Connect) -> BlockingChannel:
    """A channel on a connection of its own."""
    return connect().channel()
