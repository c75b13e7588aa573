"""The server of HTTP protocols, with a protocol made for the test and real sockets."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from mqstudio.model import limits
from mqstudio.server.clock import Clock
from tests.support.http_echo import GUEST, Server, running_echo


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with running_echo() as running:
        yield running


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


async def test_what_strangers_send_is_not_read(server: Server) -> None:
    """They are answered before any of it has come; what is open needs none."""
    length = "Content-Length: 1000000"
    assert (await server.say(f"PUT /declare HTTP/1.1\n{length}"))[0] == 401
    status, rest = await server.say(f"PUT /open HTTP/1.1\n{length}")
    assert (status, b'"size":0' in rest) == (200, True)


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
