"""Another client that works all the while: what happens to one connection is none of the others' business."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pika

ROUND_S_MAX = 3.0
"""A round trip takes about a millisecond; a busy machine may need longer, a stuck broker needs for ever."""


class Bystander:
    """Publishes a message and takes it back, again and again, in a thread of its own."""

    def __init__(self, port: int) -> None:
        self.rounds = 0
        self.longest_s = 0.0
        self._port = port
        self._failure: BaseException | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and check that all went well and nothing took long."""
        self._stop.set()
        self._thread.join(30)
        assert not self._thread.is_alive(), "another client got no answer"
        if self._failure is not None:
            raise self._failure
        assert self.rounds > 0
        assert self.longest_s < ROUND_S_MAX

    def _work(self) -> None:
        try:
            connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", self._port))
            channel = connection.channel()
            queue = channel.queue_declare("", exclusive=True).method.queue
            while not self._stop.is_set():
                begin = time.monotonic()
                self._go_round(channel, queue)
                self.longest_s = max(self.longest_s, time.monotonic() - begin)
            connection.close()
        except BaseException as error:
            self._failure = error

    def _go_round(self, channel: "pika.adapters.blocking_connection.BlockingChannel", queue: str) -> None:
        body = str(self.rounds).encode()
        channel.basic_publish("", queue, body)
        _, _, got = channel.basic_get(queue, auto_ack=True)
        assert got == body
        self.rounds += 1
        # Not to keep a core busy that the broker under test could use.
        self._stop.wait(0.01)


@contextmanager
def bystander(port: int) -> Iterator[Bystander]:
    """A client that works for as long as the block lasts."""
    other = Bystander(port)
    other.start()
    try:
        yield other
    finally:
        other.stop()
