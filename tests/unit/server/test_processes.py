"""Which programs clients are: asked seldom, remembered, and never more than the user may know."""

import os
import socket

import pytest

from mqstudio.server.processes import LOOK_AGAIN_US, UNKNOWN, Processes, owners_of, title


@pytest.mark.parametrize(
    ("name", "words", "expected"),
    [
        ("python3", ["python3", "/srv/orders.py", "--password=x"], "python3 orders.py"),
        ("python3", ["python3", "-u", "worker.py"], "python3 worker.py"),
        ("worker", ["worker", "amqp://user:secret@host/x.y"], "worker"),
        ("worker", ["worker", "key=a.b"], "worker"),
        ("beam", ["beam"], "beam"),
    ],
)
def test_a_program_is_called_as_people_know_it(name: str, words: list[str], expected: str) -> None:
    assert title(name, words) == expected


async def test_what_is_found_is_remembered_and_not_asked_for_again() -> None:
    asked: list[frozenset[int]] = []

    def owners(ports: frozenset[int]) -> dict[int, tuple[int, str]]:
        asked.append(ports)
        return {1: (7, "shop")}

    processes = Processes(owners)
    looking = processes.look([1, 2], 0)
    assert looking is not None
    await looking
    assert (processes.of(1), processes.of(2)) == ((7, "shop"), UNKNOWN)
    assert processes.look([1, 2], LOOK_AGAIN_US) is None
    processes.forget(1)
    assert processes.look([1], LOOK_AGAIN_US - 1) is None
    again = processes.look([1], LOOK_AGAIN_US)
    assert again is not None
    await again
    assert asked == [frozenset({1, 2}), frozenset({1})]


def test_our_own_end_is_ours() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        port = client.getsockname()[1]
        assert owners_of(frozenset({port}))[port][0] == os.getpid()
