"""Ports of peers as links write them, and attempts that failed. What windows are told of clients:
tests/conformance; what rules make of attempts: tests/stories/why."""

from collections import deque

import pytest
from msgspec.structs import replace

from mqstudio.model.rows import FailedHandshake
from mqstudio.server.peers import add_attempt, port_of

ONE = FailedHandshake(1, "amqp091", "127.0.0.1:5000", "the peer speaks HTTP", "127.0.0.1:5672")


@pytest.mark.parametrize(
    ("address", "port"),
    [("127.0.0.1:5000", 5000), ("[::1]:81", 81), ("in-process:0", 0), ("", 0), ("x:²", 0)],
)
def test_the_port_of_an_address(address: str, port: int) -> None:
    assert port_of(address) == port


def test_the_same_from_the_same_computer_counts_as_one() -> None:
    """With its last time, in front; a program that tries each second pushes nobody out."""
    attempts: deque[FailedHandshake] = deque(maxlen=3)
    add_attempt(attempts, ONE)
    add_attempt(attempts, replace(ONE, why="the peer speaks TLS"))
    for at_us in range(2, 12):
        add_attempt(attempts, replace(ONE, at_us=at_us, address=f"127.0.0.1:{6000 + at_us}"))
    assert [(each.why, each.count, each.at_us) for each in attempts] == [
        ("the peer speaks HTTP", 11, 11), ("the peer speaks TLS", 1, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        replace(ONE, address="10.0.0.7:5000"), replace(ONE, why="the peer speaks TLS"),
        replace(ONE, local_address="127.0.0.1:5671"), replace(ONE, protocol="management"),
        replace(ONE, name="worker"),
    ],
)  # fmt: skip
def test_what_differs_in_anything_is_another(other: FailedHandshake) -> None:
    """From elsewhere, for another reason, at another port, by another client."""
    attempts: deque[FailedHandshake] = deque(maxlen=3)
    add_attempt(attempts, ONE)
    add_attempt(attempts, other)
    assert list(attempts) == [other, ONE]


def test_attempts_are_bounded() -> None:
    """The oldest is forgotten."""
    attempts: deque[FailedHandshake] = deque(maxlen=3)
    for number in range(5):
        add_attempt(attempts, replace(ONE, why=str(number)))
    assert [each.why for each in attempts] == ["4", "3", "2"]
