"""Frames come whole and in order, however the pipe cuts them; waiting awake ends by itself."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from mqstudio.store.frames import Frame, pack
from mqstudio.store.inbox import Inbox


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        with suppress(OSError):  # a test may have closed it
            os.close(end)


def test_frames_come_in_order_whatever_the_pieces(pipe: tuple[int, int]) -> None:
    receiving, sending = pipe
    bodies = [b"", b"a", b"b" * 70_000, b"c" * 3]
    data = b"".join(pack(Frame.COMMIT, body) for body in bodies)

    def send() -> None:
        for start in range(0, len(data), 999):
            os.write(sending, data[start : start + 999])
        os.close(sending)

    sender = threading.Thread(target=send)
    sender.start()
    inbox = Inbox(receiving)
    assert [inbox.receive() for _ in bodies] == [(Frame.COMMIT, body) for body in bodies]
    assert inbox.receive() is None
    sender.join()


def test_half_a_frame_at_the_end_is_no_frame(pipe: tuple[int, int]) -> None:
    receiving, sending = pipe
    os.write(sending, pack(Frame.ASK, b"whole") + pack(Frame.ASK, b"cut")[:-1])
    os.close(sending)
    inbox = Inbox(receiving)
    assert inbox.receive() == (Frame.ASK, b"whole")
    assert inbox.receive() is None


def test_it_has_more_when_a_frame_was_read_with_another(pipe: tuple[int, int]) -> None:
    """The pipe is empty then: whoever looks there only lets somebody wait."""
    receiving, sending = pipe
    inbox = Inbox(receiving)
    assert not inbox.has_more()
    os.write(sending, pack(Frame.TEND, b"") + pack(Frame.ASK, b"x"))
    assert inbox.has_more()
    inbox.receive()
    assert inbox.has_more()
    inbox.receive()
    assert not inbox.has_more()


def test_it_sleeps_when_nothing_comes(pipe: tuple[int, int]) -> None:
    receiving, sending = pipe
    used: list[int] = []

    def receive() -> None:
        before = time.thread_time_ns()
        Inbox(receiving, awake_us=1000).receive()
        used.append(time.thread_time_ns() - before)

    waiting = threading.Thread(target=receive)
    waiting.start()
    waiting.join(timeout=0.3)
    assert waiting.is_alive(), "nothing has come yet"
    os.write(sending, pack(Frame.TEND, b""))
    waiting.join()
    assert used[0] < 150_000_000, "it was awake for much longer than a millisecond"
