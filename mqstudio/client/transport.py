"""Byte streams under a client: a socket, or a pair of pipes within one process."""

import asyncio
from collections import deque
from contextlib import suppress
from typing import Protocol

READ_BYTES = 256 * 1024
"""Most bytes taken from a stream at once."""

WRITE_BYTES = 256 * 1024
"""Bytes handed to a socket at once: what is longer would be copied about as a whole for every part that
leaves, which holds up the loop for seconds with 60 MB."""

MEMORY_CHUNKS = 64
"""Chunks that one direction of a memory transport holds before the sender waits."""


class Transport(Protocol):
    """A stream of bytes in each direction."""

    async def send(self, data: bytes) -> None:
        """Write all of `data`; waits while the other side is slow. Raises ConnectionError."""

    async def receive(self) -> bytes:
        """Wait for the next bytes; b"" once the other side has ended. Raises ConnectionError."""

    async def close(self) -> None:
        """End the stream; closing twice is fine."""


class SocketTransport:
    """A TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._sending = asyncio.Lock()
        """One after the other: the parts of a long one must not be mixed with others."""

    @classmethod
    async def connect(cls, host: str, port: int) -> "SocketTransport":
        """Open a connection. Raises OSError."""
        return cls(*await asyncio.open_connection(host, port, limit=READ_BYTES))

    async def send(self, data: bytes) -> None:
        """Write all of `data`."""
        async with self._sending:
            if len(data) <= WRITE_BYTES:
                self._writer.write(data)
                await self._writer.drain()
                return
            view = memoryview(data)
            for start in range(0, len(data), WRITE_BYTES):
                self._writer.write(view[start : start + WRITE_BYTES])
                await self._writer.drain()

    async def receive(self) -> bytes:
        """Wait for the next bytes."""
        return await self._reader.read(READ_BYTES)

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        with suppress(OSError):  # the peer may have gone first
            await self._writer.wait_closed()


class _Pipe:
    """One direction of a memory transport: chunks between a writer and a reader."""

    def __init__(self) -> None:
        self._chunks: deque[bytes] = deque()
        self._is_ended = False
        self._changed = asyncio.Condition()

    async def put(self, data: bytes) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self._is_ended or len(self._chunks) < MEMORY_CHUNKS)
            if self._is_ended:
                raise ConnectionError("The memory transport is closed")
            self._chunks.append(data)
            self._changed.notify_all()

    async def take(self) -> bytes:
        async with self._changed:
            await self._changed.wait_for(lambda: self._is_ended or bool(self._chunks))
            data = self._chunks.popleft() if self._chunks else b""
            self._changed.notify_all()
            return data

    async def end(self) -> None:
        async with self._changed:
            self._is_ended = True
            self._changed.notify_all()


class MemoryTransport:
    """One end of a pair of byte pipes; made by `memory_pair`."""

    def __init__(self, inbound: _Pipe, outbound: _Pipe) -> None:
        self._inbound = inbound
        self._outbound = outbound

    async def send(self, data: bytes) -> None:
        """Write all of `data`."""
        if data:
            await self._outbound.put(data)

    async def receive(self) -> bytes:
        """Wait for the next bytes."""
        return await self._inbound.take()

    async def close(self) -> None:
        """End both directions; the other end still reads what was sent."""
        await self._outbound.end()
        await self._inbound.end()


def memory_pair() -> tuple[MemoryTransport, MemoryTransport]:
    """Make two ends that are connected within this process."""
    there, back = _Pipe(), _Pipe()
    return MemoryTransport(back, there), MemoryTransport(there, back)
