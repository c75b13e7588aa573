"""pika's adapters that never block: what is heard is written down, the loop runs until it is."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pika
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.channel import Channel
from pika.connection import Connection

from tests.support.address import Address

WAIT_S = 20.0
SLICE_S = 0.02
ADAPTERS = ("select", "asyncio")
CLOSING = ("open", "failed", "closed")


class Talker:
    """One connection of an adapter, and what its callbacks have been told."""

    def __init__(self, adapter: str, address: Address, **options: Any) -> None:
        self.heard: list[tuple[Any, ...]] = []
        self._is_late = False
        self._adapter = adapter
        self._loop: Any = asyncio.new_event_loop() if adapter == "asyncio" else None
        self.connection = self._make(pika.ConnectionParameters(address.host, address.port, **options))
        self._loop = self.connection.ioloop
        self._run: Callable[[], None] = self._loop.run_forever if adapter == "asyncio" else self._loop.start
        self._loop.call_later(WAIT_S, self._give_up)

    def note(self, what: str) -> Callable[..., None]:
        """A callback that writes down that it was called, and with what."""

        def heard(*told: Any) -> None:
            self.heard.append((what, *told))
            self._loop.stop()

        return heard

    def wait(self, what: str, count: int = 1) -> tuple[Any, ...]:
        """Run the loop until this has been heard so often in all; what was told the last time."""
        while len(found := self.told(what)) < count:
            assert not self._is_late, f"no {what} came, only {self.heard}"
            self._run()
        return found[-1]

    def until(self, check: Callable[[], bool]) -> None:
        """Run the loop until something is so that no callback tells of."""
        while not check():
            assert not self._is_late, self.heard
            self._loop.call_later(SLICE_S, self._loop.stop)
            self._run()

    def told(self, what: str) -> list[tuple[Any, ...]]:
        """What a callback has been told so far, call by call."""
        return [told for name, *told in self.heard if name == what]

    def names(self) -> list[str]:
        """Which callbacks have been called, in order."""
        return [name for name, *_ in self.heard]

    def channel(self) -> Channel:
        """Open a channel; its end is written down as `channel closed`."""
        count = len(self.told("channel"))
        self.connection.channel(on_open_callback=self.note("channel"))
        (channel,) = self.wait("channel", count + 1)
        channel.add_on_close_callback(self.note("channel closed"))
        return channel

    def call(self, method: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Ask something that is answered, and wait for the answer."""
        count = len(self.told("answer"))
        method(*args, callback=self.note("answer"), **options)
        (frame,) = self.wait("answer", count + 1)
        return frame.method

    def settle(self, channel: Channel) -> None:
        """A round trip on a channel: what came before the answer has been heard."""
        self.call(channel.queue_declare, "", exclusive=True)

    def end(self) -> None:
        """Close what is open, and the loop."""
        if self.connection.is_open:
            self.connection.close()
        if not self.connection.is_closed:
            self.wait("closed")
        self._loop.close()

    def _make(self, parameters: pika.ConnectionParameters) -> Connection:
        kind: Any = AsyncioConnection if self._adapter == "asyncio" else pika.SelectConnection
        on_open, on_failed, on_closed = map(self.note, CLOSING)
        return kind(parameters, on_open, on_failed, on_closed, custom_ioloop=self._loop)

    def _give_up(self) -> None:
        self._is_late = True
        self._loop.stop()


@contextmanager
def talking(adapter: str, address: Address, **options: Any) -> Iterator[Talker]:
    """Have an open connection for as long as the block lasts."""
    talker = Talker(adapter, address, **options)
    try:
        talker.wait("open")
        yield talker
    finally:
        talker.end()
