"""Peers of an HTTP port: too many, too slow, gone too early."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator

import pytest

from mqstudio.model import limits
from tests.support.http_echo import GUEST, Server, running_echo
from tests.support.waiting import eventually_async


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with running_echo() as running:
        yield running


async def test_connections_have_a_bound(server: Server) -> None:
    """One too many is hung up on; when others have gone there is room again."""
    ends = [
        await asyncio.open_connection("127.0.0.1", server.port) for _ in range(limits.HTTP_CONNECTIONS_MAX)
    ]
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    with contextlib.suppress(ConnectionResetError):
        assert await reader.read() == b""
    for _, end in [*ends, (reader, writer)]:
        end.close()

    async def is_answered() -> bool:
        try:
            return (await server.say("GET /open HTTP/1.1"))[0] == 200
        except (ConnectionError, IndexError):
            return False

    await eventually_async(is_answered)


async def test_a_body_has_a_bound(server: Server) -> None:
    """Said to be too long, or found to be."""
    head = f"POST /x HTTP/1.1\n{GUEST}\n"
    assert (await server.say(f"{head}Content-Length: {limits.HTTP_BODY_MAX_BYTES + 1}"))[0] == 413
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    assert (await server.say(f"{head}Transfer-Encoding: chunked", chunk * 17 + b"0\r\n\r\n"))[0] == 413
    status, rest = await server.say(f"{head}Transfer-Encoding: chunked", chunk * 2 + b"0\r\n\r\n")
    assert (status, b'"size":2097152' in rest) == (200, True)


async def test_bodies_have_a_bound_all_together(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one waits for the rest of its own there is no room for another's; then there is again."""
    monkeypatch.setattr(limits, "HTTP_BODIES_MAX_BYTES", 100_000)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    lines = ["PUT /x HTTP/1.1", GUEST, f"Host: localhost:{server.port}", "Content-Length: 60001", "", ""]
    writer.write("\r\n".join(lines).encode() + bytes(60_000))
    head = f"PUT /x HTTP/1.1\n{GUEST}\nContent-Length: 60000"

    async def status() -> int:
        return (await server.say(head, bytes(60_000)))[0]

    async def is_refused() -> bool:
        return await status() == 503

    await eventually_async(is_refused)
    writer.write(b"x")
    assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
    assert [await status() for _ in range(3)] == [200] * 3
    writer.close()


@pytest.mark.parametrize("said", [b"", b"GET /open HTTP/1.1\r\nHost: local"])
async def test_who_comes_and_does_not_ask_is_hung_up_on(
    server: Server, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    """One who has asked may stay meanwhile, and ask again."""
    monkeypatch.setattr(limits, "HTTP_HEAD_S", 0.2)
    asker, to_ask = await asyncio.open_connection("127.0.0.1", server.port)
    request = f"GET /open HTTP/1.1\r\nHost: localhost:{server.port}\r\n\r\n".encode()
    to_ask.write(request)
    assert b"200 OK" in await asker.readuntil(b"\r\n\r\n")
    silent, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(said)
    with contextlib.suppress(ConnectionResetError):
        assert await silent.read() == b""
    writer.close()
    to_ask.write(request)
    assert b"200 OK" in await asker.readuntil(b"\r\n\r\n")
    to_ask.close()


async def test_who_asks_once_and_then_half_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "HTTP_IDLE_S", 0.2)
    async with running_echo() as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        request = f"GET /open HTTP/1.1\r\nHost: localhost:{server.port}\r\n\r\n".encode()
        writer.write(request + request[:-2])
        answers = await reader.read()
        assert answers.count(b"200 OK") == 1
        writer.close()


async def test_a_body_that_does_not_come_is_not_waited_for(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "HTTP_BODY_S", 0.1)
    status, rest = await server.say(f"PUT /x HTTP/1.1\n{GUEST}\nContent-Length: 10", b"half")
    assert status == 408
    assert b"did not arrive within 0.1 seconds" in rest


async def test_an_answer_that_nobody_reads_is_not_kept(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "HTTP_TAKE_S", 0.1)
    peer = socket.create_connection(("127.0.0.1", server.port))
    lines = ["GET /much HTTP/1.1", GUEST, f"Host: localhost:{server.port}", "", ""]
    peer.sendall("\r\n".join(lines).encode())
    await eventually_async(lambda: server.http.connections == 1)
    await eventually_async(lambda: server.http.connections == 0)
    peer.close()


@pytest.mark.parametrize("head", ["Content-Length: 10", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("body", [b"", b"4\r\nha", b"zz\r\n"])
async def test_a_body_that_breaks_off_is_nobodys_bug(
    server: Server, caplog: pytest.LogCaptureFixture, head: str, body: bytes
) -> None:
    """The peer has gone, or sends nonsense: that is told from mistakes of the broker."""
    with caplog.at_level(logging.ERROR):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        lines = ["PUT /x HTTP/1.1", GUEST, f"Host: localhost:{server.port}", head, "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        await eventually_async(lambda: server.http.connections == 1)
        writer.write_eof()
        await reader.read()
        writer.close()
        await eventually_async(lambda: server.http.connections == 0)
    assert caplog.text == ""
