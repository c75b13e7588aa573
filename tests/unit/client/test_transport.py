"""Byte streams: a socket and a pair of pipes behave alike."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from mqstudio.client.transport import (
    MEMORY_CHUNKS,
    READ_BYTES,
    SocketTransport,
    Transport,
    memory_pair,
)


@asynccontextmanager
async def socket_pair() -> AsyncIterator[tuple[Transport, Transport]]:
    accepted: asyncio.Queue[SocketTransport] = asyncio.Queue()
    server = await asyncio.start_server(
        lambda reader, writer: accepted.put_nowait(SocketTransport(reader, writer)), "127.0.0.1", 0
    )
    async with server:
        near = await SocketTransport.connect(*server.sockets[0].getsockname())
        far = await accepted.get()
        yield near, far
        await near.close()
        await far.close()


@asynccontextmanager
async def pipe_pair() -> AsyncIterator[tuple[Transport, Transport]]:
    yield memory_pair()


Pair = Callable[[], AbstractAsyncContextManager[tuple[Transport, Transport]]]
PAIRS = pytest.mark.parametrize("pair", [socket_pair, pipe_pair])


async def read_all(transport: Transport) -> bytes:
    return b"".join([data async for data in _chunks(transport)])


async def _chunks(transport: Transport) -> AsyncIterator[bytes]:
    while data := await transport.receive():
        yield data


@PAIRS
async def test_bytes_arrive_in_order_in_both_directions(pair: Pair) -> None:
    async with pair() as (near, far):
        await near.send(b"one")
        await near.send(b"two")
        await far.send(b"three")
        assert await near.receive() == b"three"
        await near.close()
        assert await read_all(far) == b"onetwo"


@PAIRS
async def test_after_the_end_there_is_only_the_end(pair: Pair) -> None:
    async with pair() as (near, far):
        await near.close()
        await near.close()
        assert await far.receive() == b""
        assert await far.receive() == b""


@PAIRS
async def test_more_than_fits_the_stream_waits_for_its_reader(pair: Pair) -> None:
    data = bytes(READ_BYTES)
    async with pair() as (near, far), asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(read_all(far))
        for _ in range(MEMORY_CHUNKS + 3):
            await near.send(data)
        await near.close()
        assert len(await reading) == len(data) * (MEMORY_CHUNKS + 3)


async def test_a_full_pipe_makes_its_sender_wait() -> None:
    near, far = memory_pair()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(MEMORY_CHUNKS):
            await near.send(b"x")
        waiting = tasks.create_task(near.send(b"y"))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not waiting.done()
        assert await far.receive() == b"x"
        await waiting


async def test_sending_into_a_closed_pipe_is_a_connection_error() -> None:
    near, far = memory_pair()
    await far.close()
    with pytest.raises(ConnectionError):
        await near.send(b"x")
    assert await near.receive() == b""
