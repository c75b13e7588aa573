"""pika as the conformance tests use it: consumers that collect, waits that end, refusals expected."""

from collections.abc import Callable
from time import monotonic
from typing import Any

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker, ConnectionClosedByBroker

WAIT_S = 20.0
Connect = Callable[..., pika.BlockingConnection]


class Got:
    """A consumer's deliveries as they come."""

    def __init__(self, channel: BlockingChannel, queue: str, **options: Any) -> None:
        self.deliveries: list[tuple[Any, Any, bytes]] = []
        self._channel = channel
        self.tag = channel.basic_consume(
            queue, lambda _, *delivery: self.deliveries.append(delivery), **options
        )

    def wait(self, count: int) -> list[bytes]:
        """Wait for this many in all; their bodies."""
        wait_until(self._channel, lambda: len(self.deliveries) >= count)
        return [body for _, _, body in self.deliveries]

    def tags(self) -> list[int]:
        return [method.delivery_tag for method, _, _ in self.deliveries]


def wait_until(channel: BlockingChannel, is_true: Callable[[], bool]) -> None:
    """Read from the connection until something has happened."""
    deadline = monotonic() + WAIT_S
    while not is_true():
        assert monotonic() < deadline, "nothing more came"
        channel.connection.process_data_events(time_limit=0.05)


def settle(channel: BlockingChannel) -> None:
    """A round trip: what was sent on the connection before has been dealt with, what it caused has come."""
    channel.queue_declare("", exclusive=True)
    channel.connection.process_data_events(time_limit=0)


def send(channel: BlockingChannel, queue: str, *bodies: bytes) -> None:
    for body in bodies:
        channel.basic_publish("", queue, body)


def ready(channel: BlockingChannel, queue: str) -> int:
    count: int = channel.queue_declare(queue, passive=True).method.message_count
    return count


def refused(code: int, says: str) -> Any:
    """Expect a channel to be closed with a code and a text."""
    return pytest.raises(ChannelClosedByBroker, match=rf"(?s){code}.*{says}")


def ended(code: int, says: str) -> Any:
    """Expect the connection to be closed with a code and a text."""
    return pytest.raises(ConnectionClosedByBroker, match=rf"(?s){code}.*{says}")


def take_all(channel: BlockingChannel, queue: str) -> list[bytes]:
    """Everything that waits in a queue, taken out."""
    found: list[bytes] = []
    while (got := channel.basic_get(queue, auto_ack=True))[0]:
        found.append(got[2])
    return found
