"""The server of HTTP protocols, with a protocol made for the test and real sockets."""

import asyncio
import base64
import contextlib
import logging
from collections.abc import AsyncIterator

import pytest

from mqstudio.model import limits
from mqstudio.model.commands import DeclareQueue
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.queries import GetTopology
from mqstudio.protocols.http import PAUSE, Desk, HttpRequest, Response, Steps
from mqstudio.server.broker import Broker
from mqstudio.server.clock import Clock
from mqstudio.server.http import HttpServer
from mqstudio.server.ports import open_port
from tests.support.peers import new_broker
from tests.support.waiting import eventually_async

GUEST = "Authorization: Basic " + base64.b64encode(b"guest:guest").decode()


class Echo:
    """Says what it was asked; some paths do more."""

    name = realm = "echo"

    def is_open(self, path: str) -> bool:
        return path == "/open"

    def handle(self, request: HttpRequest, desk: Desk) -> Steps:
        topology = yield GetTopology()
        if request.path == "/bug":
            raise ZeroDivisionError
        if request.path == "/declare":
            yield DeclareQueue(desk.channel("/"), "q")
            topology = yield GetTopology()
        if request.path == "/long":
            while not topology.queues:
                yield PAUSE
                topology = yield GetTopology()
        if request.path == "/refused":
            try:
                desk.channel("nowhere")
            except RefusedError as error:
                assert error.why is Refusal.NO_SUCH_VHOST
                return Response(418)
        shown = {"user": request.user, "method": request.method, "size": len(request.body)}
        return Response(content={**shown, "path": request.path, "queues": len(topology.queues)})


class Server:
    """An HTTP server on a port of its own, and what is said to it."""

    def __init__(self, broker: Broker, port: int) -> None:
        self.broker = broker
        self.port = port

    async def say(self, head: str, body: bytes = b"", host: str = "") -> tuple[int, bytes]:
        """Send a request line and headers; returns status and all that comes after the status line."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        host = host or f"localhost:{self.port}"
        lines = [*head.splitlines(), f"Host: {host}", "Connection: close", "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        answer = await reader.read()
        writer.close()
        line, _, rest = answer.partition(b"\r\n")
        return int(line.split()[1]), rest


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    broker, port = new_broker(), open_port(0)
    http = HttpServer(broker, Echo(), port.port)
    await http.start(port)
    yield Server(broker, port.port)
    await http.stop()
    broker.access.close()


async def test_a_request_is_a_turn_of_the_broker(server: Server) -> None:
    """Its commands are done before it is answered."""
    status, rest = await server.say(f"POST /declare HTTP/1.1\n{GUEST}\nContent-Length: 5", b"12345")
    assert status == 200
    assert rest.endswith(b'{"user":"guest","method":"POST","size":5,"path":"/declare","queues":1}')
    assert "q" in server.broker.engine.vhosts["/"].queues


async def test_no_answer_is_kept_by_caches_or_shared_with_other_sites(server: Server) -> None:
    _, rest = await server.say("GET /open HTTP/1.1")
    assert b"Cache-Control: no-store" in rest
    assert b"Access-Control" not in rest


async def test_names_stay_as_they_were_written(server: Server) -> None:
    """A slash within a name is told from one between names."""
    _, rest = await server.say(f"GET /a%2Fb?x=1 HTTP/1.1\n{GUEST}")
    assert b'"path":"/a%2Fb"' in rest


async def test_head_is_get_without_a_body(server: Server) -> None:
    status, rest = await server.say("HEAD /open HTTP/1.1")
    assert (status, rest.partition(b"\r\n\r\n")[2]) == (200, b"")


@pytest.mark.parametrize(
    "login",
    ["", "Authorization: Basic !!!", "Authorization: Bearer x", "Authorization: Basic " + "eA=="],
)
async def test_without_a_login_nothing_is_handled(server: Server, login: str) -> None:
    """But what is open."""
    status, rest = await server.say(f"POST /declare HTTP/1.1\n{login}".rstrip())
    assert status == 401
    assert b'WWW-Authenticate: Basic realm="echo"' in rest
    assert not server.broker.engine.vhosts["/"].queues
    assert (await server.say("GET /open HTTP/1.1"))[0] == 200


@pytest.mark.parametrize(
    ("headers", "host", "status"),
    [
        ("", "evil.example", 421),
        ("Origin: null", "", 403),
        ("Sec-Fetch-Site: cross-site", "", 403),
        ("Upgrade: websocket\nOrigin: http://evil.example", "", 403),
    ],
)
async def test_the_guard_comes_first(server: Server, headers: str, host: str, status: int) -> None:
    """Before the login, and before the body is read: open paths too."""
    length = f"Content-Length: {limits.HTTP_BODY_MAX_BYTES + 1}"
    for path in ("/declare", "/open"):
        head = "\n".join(line for line in (f"POST {path} HTTP/1.1", GUEST, length, headers) if line)
        assert (await server.say(head, host=host))[0] == status


async def test_a_body_has_a_bound(server: Server) -> None:
    """Said to be too long, or found to be."""
    head = f"POST /x HTTP/1.1\n{GUEST}\n"
    assert (await server.say(f"{head}Content-Length: {limits.HTTP_BODY_MAX_BYTES + 1}"))[0] == 413
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    assert (await server.say(f"{head}Transfer-Encoding: chunked", chunk * 17 + b"0\r\n\r\n"))[0] == 413
    status, rest = await server.say(f"{head}Transfer-Encoding: chunked", chunk * 2 + b"0\r\n\r\n")
    assert (status, b'"size":2097152' in rest) == (200, True)


async def test_a_bug_ends_one_request(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """With a traceback in the log; the next one is answered."""
    with caplog.at_level(logging.ERROR):
        status, rest = await server.say(f"GET /bug HTTP/1.1\n{GUEST}")
    assert (status, b"ZeroDivisionError" in rest) == (500, False)
    assert "ZeroDivisionError" in caplog.text
    assert (await server.say("GET /open HTTP/1.1"))[0] == 200


async def test_a_refusal_is_the_protocols_to_word(server: Server) -> None:
    assert (await server.say(f"GET /refused HTTP/1.1\n{GUEST}"))[0] == 418


async def test_a_long_request_lets_others_go_on(server: Server) -> None:
    """This one would never end else."""
    server.broker.clock = Clock()
    async with asyncio.TaskGroup() as tasks:
        long = tasks.create_task(server.say(f"GET /long HTTP/1.1\n{GUEST}"))
        assert (await server.say(f"GET /short HTTP/1.1\n{GUEST}"))[0] == 200
        assert not long.done()
        assert (await server.say(f"POST /declare HTTP/1.1\n{GUEST}"))[0] == 200
        status, rest = await long
    assert (status, b'"queues":1' in rest) == (200, True)


async def test_virtual_hosts_that_come_anew_get_a_channel_anew(server: Server) -> None:
    """And what was deleted leaves none behind."""
    for _ in range(3):
        assert (await server.say(f"POST /declare HTTP/1.1\n{GUEST}"))[0] == 200
    assert len(server.broker.engine.connections) == len(server.broker.engine.channels) == 1


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


@pytest.mark.parametrize("first", [b"\x16\x03\x01", b"AMQP\x00\x00\x09\x01", b"GET", b"\xff" * 9000])
async def test_other_protocols_bytes(server: Server, first: bytes) -> None:
    """Hang up, or say 400; the next one is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(first + b"\r\n\r\n")
    writer.write_eof()
    answer = await reader.read()
    assert answer == b"" or b" 400 " in answer.partition(b"\r\n")[0]
    writer.close()
    assert (await server.say("GET /open HTTP/1.1"))[0] == 200
