"""A protocol over HTTP made for tests, on real sockets."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mqstudio.model.commands import DeclareQueue
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.queries import GetTopology
from mqstudio.protocols.http import PAUSE, Desk, HttpRequest, Response, Steps
from mqstudio.server.broker import Broker
from mqstudio.server.http import HttpServer
from mqstudio.server.ports import open_port
from tests.support.peers import new_broker

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
        if request.path == "/much":
            return Response(content="x" * 30_000_000)
        shown = {"user": request.user, "method": request.method, "size": len(request.body)}
        return Response(content={**shown, "path": request.path, "queues": len(topology.queues)})


class Server:
    """An HTTP server on a port of its own, and what is said to it."""

    def __init__(self, broker: Broker, port: int, http: HttpServer) -> None:
        self.broker = broker
        self.port = port
        self.http = http

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


@asynccontextmanager
async def running_echo() -> AsyncIterator[Server]:
    """A server on a free port, with a broker of its own."""
    broker, port = new_broker(), open_port(0)
    http = HttpServer(broker, Echo(), port.port)
    await http.start(port)
    yield Server(broker, port.port, http)
    await http.stop()
    broker.access.close()
