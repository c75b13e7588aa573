"""A broker in this process and clients without sockets: what is left is the broker's own work."""

import asyncio
import struct
from typing import Any

from mqstudio.server.broker import Broker
from mqstudio.server.link import Link
from tests.bench import wire
from tests.support.waiting import eventually_async


class Sink(asyncio.Transport):
    """A transport that takes everything at once and counts it."""

    def __init__(self) -> None:
        super().__init__()
        self.written_bytes = 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # Any: as the base class has it
        """The peer is on this machine."""
        return ("127.0.0.1", 1) if name == "peername" else default

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """There is no buffer."""

    def get_write_buffer_size(self) -> int:
        """Nothing waits."""
        return 0

    def write(self, data: Any) -> None:  # Any: as the base class has it
        """Take and count."""
        self.written_bytes += len(data)

    def is_closing(self) -> bool:
        """Never."""
        return False

    def pause_reading(self) -> None:
        """Nothing comes but what is given."""

    def resume_reading(self) -> None:
        """Nothing comes but what is given."""


class Client:
    """A logged-in connection with channel 1 open."""

    def __init__(self, broker: Broker) -> None:
        self.sink = Sink()
        self.link: Link = broker.new_link("amqp091")
        self.link.connection_made(self.sink)

    async def open(self) -> "Client":
        """Shake hands."""
        response = b"\x00guest\x00guest"
        start_ok = wire.table({}) + wire.short_string("PLAIN") + struct.pack(">I", len(response)) + response
        await self.call(wire.HEADER)
        await self.call(wire.method(0, wire.START_OK, start_ok + wire.short_string("en_US")))
        self.link.data_received(wire.method(0, wire.TUNE_OK, struct.pack(">HIH", 2047, wire.FRAME_MAX, 0)))
        await self.call(wire.method(0, wire.OPEN, wire.short_string("/") + b"\x00\x00"))
        await self.call(wire.method(1, wire.CHANNEL_OPEN, wire.short_string("")))
        return self

    async def call(self, request: bytes) -> None:
        """Send something and wait for its answer, whatever it is."""
        before = self.sink.written_bytes
        self.link.data_received(request)
        await eventually_async(lambda: self.sink.written_bytes > before)
