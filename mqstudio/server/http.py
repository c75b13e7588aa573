"""HTTP protocols on sockets: guard, body limit, login, and a turn of the broker for each request.

The protocol itself is pure (`protocols/http.py`): a handler yields what it asks of the broker. Its
commands come from a desk of this server, a connection of the engine's that has no socket.
"""

import asyncio
import base64
import binascii
import contextlib
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from mqstudio.model import limits
from mqstudio.model.access import LoggedIn
from mqstudio.model.commands import OpenChannel, OpenConnection
from mqstudio.model.delivery import DropReason
from mqstudio.model.errors import RefusedError
from mqstudio.model.events import EventBatch
from mqstudio.model.message import Message, Properties
from mqstudio.model.rights import Rights
from mqstudio.model.rules import QueueKind
from mqstudio.model.topology import ConnectionInfo
from mqstudio.protocols.http import HttpProtocol, HttpRequest, Machine, Pause, Response, problem
from mqstudio.protocols.http_guard import refusal
from mqstudio.server import http_peers, log
from mqstudio.server.broker import Broker
from mqstudio.server.http_peers import PatientServer
from mqstudio.server.link import LOOPBACK_PREFIXES, written
from mqstudio.server.machine import look
from mqstudio.server.ports import OpenPort
from mqstudio.server.reading import properties_of

MANAGEMENT = "management"
"""What attempts at an HTTP port are told under."""


class Desk:
    """Where commands that come by HTTP are given from: one channel for each virtual host asked about."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._connection_id = 0
        self._channels: dict[str, int] = {}
        self.now_us = 0
        self.batch = EventBatch()

    def begin(self, now_us: int) -> None:
        """Begin a request: what happens in it is in `batch`."""
        self.now_us, self.batch = now_us, EventBatch()
        if self._connection_id in self._broker.engine.connections:
            return
        self._channels.clear()
        self._connection_id = self._broker.new_id()
        # As the window's: it is the studio's own, not a client of anybody's.
        info = ConnectionInfo(self._connection_id, "native", "in-process", "HTTP", opened_at_us=now_us)
        self._broker.engine.apply(OpenConnection(info), now_us, self.batch)

    def channel(self, vhost: str) -> int:
        """A channel in a virtual host. Raises: RefusedError(NO_SUCH_VHOST)."""
        engine = self._broker.engine
        channel_id = self._channels.get(vhost, 0)
        channel = engine.channels.get(channel_id)
        if channel is None or channel.vhost is not engine.vhosts.get(vhost):
            channel_id = self._broker.new_id()
            number = len(self._channels) + 1
            command = OpenChannel(channel_id, self._connection_id, number, vhost)
            engine.apply(command, self.now_us, self.batch)
            self._channels[vhost] = channel_id
        return channel_id

    def read_properties(self, message: Message) -> Properties:
        """A message's properties, whatever protocol it came by."""
        return properties_of(message, self._broker.protocols)[0]

    def rights(self, user: str, vhost: str) -> Rights:
        """What a user may do in a virtual host, as of now."""
        return self._broker.access.rights(user, vhost)

    def vhosts_of(self, user: str) -> frozenset[str]:
        """The virtual hosts that let a user in."""
        return frozenset(vhost for name, vhost in self._broker.access.permissions if name == user)

    def check_queue_limit(self, vhost: str, name: str) -> None:
        """Raises: RefusedError(TOO_MANY_QUEUES_OF_VHOST) if there is no room for this new queue."""
        self._broker.logins.check_queue_limit(vhost, name)

    def deaths(self) -> Mapping[tuple[QueueKind, DropReason, bool], int]:
        """Messages of this run that died, by kind of queue, reason, and whether an exchange had them then."""
        return self._broker.engine.deaths

    def machine(self) -> Machine:
        """What this process takes of the machine it runs on, and may take."""
        return look(self._broker)


class HttpServer:
    """One HTTP protocol on its ports."""

    def __init__(self, broker: Broker, protocol: HttpProtocol, port: int) -> None:
        self._broker = broker
        self._protocol = protocol
        self._port = port
        self._desk = Desk(broker)
        self._server: PatientServer | None = None
        self._runner: web.ServerRunner | None = None

    async def start(self, port: OpenPort) -> None:
        """Listen on sockets that are bound already."""
        self._server = PatientServer(self._on_request, self._on_stranger)
        self._runner = web.ServerRunner(self._server, shutdown_timeout=limits.HTTP_GOODBYE_S)
        await self._runner.setup()
        for sock in port.sockets:
            await web.SockSite(self._runner, sock).start()

    async def stop(self) -> None:
        """Hang up."""
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def connections(self) -> int:
        """How many are connected."""
        return len(self._server.connections) if self._server is not None else 0

    def _on_stranger(self, transport: asyncio.BaseTransport, says: str) -> None:
        """Somebody speaks another protocol here: whoever looks for the mistake finds it."""
        peer, here = (written(transport.get_extra_info(name)) for name in ("peername", "sockname"))
        self._broker.peers.note_stranger(MANAGEMENT, peer, here, says)

    async def _on_request(self, request: web.BaseRequest) -> web.StreamResponse:
        assert self._server is not None
        self._server.heard(request.protocol)
        try:
            response = await self._answer(request, self._server)
        except Exception:  # the outer wall of a connection
            log.bug("http_request_failed", path=request.path)
            response = problem(500, "internal_error", "A bug: the broker's log has it.")
        finally:
            self._server.let_go(request.protocol)
        headers = {"Cache-Control": "no-store", "Vary": "Origin", **response.headers}
        answer = web.Response(
            status=response.status,
            body=response.body() if request.method != "HEAD" else b"",
            content_type=None,
            headers={**headers, "Content-Type": response.content_type},
        )
        await http_peers.send(answer, request)
        return answer

    async def _answer(self, request: web.BaseRequest, server: PatientServer) -> Response:
        turned_away = refusal(request.headers, self._port)
        if turned_away is not None:
            status, reason = turned_away
            return problem(status, "not_allowed", reason)
        path = request.raw_path.partition("?")[0]
        who, body = LoggedIn("", ()), b""
        if not self._protocol.is_open(path):
            found = await self._log_in(request)
            if found is None:
                challenge = {"WWW-Authenticate": f'Basic realm="{self._protocol.realm}"'}
                has_tried = "Authorization" in request.headers
                denied = {"error": "not_authorized", "reason": "Login failed"} if has_tried else None
                return Response(401, denied, challenge)
            who = found
            try:
                body = await http_peers.read(request, server)
            except http_peers.BodyError as error:
                return problem(error.status, error.error, str(error))
        method = "GET" if request.method == "HEAD" else request.method
        query = {**request.query, **_reason(request.headers)}
        return await self._run(
            HttpRequest(method, path, query, body, who.user, who.tags, request.rel_url.raw_query_string)
        )

    async def _log_in(self, request: web.BaseRequest) -> LoggedIn | None:
        """Who asks, by Basic authentication; None: nobody we know."""
        scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            user, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return None
        peer = request.remote or ""
        is_loopback = peer == "::1" or peer.startswith(LOOPBACK_PREFIXES)
        with contextlib.suppress(RefusedError):
            if colon:
                return await self._broker.logins.log_in(user, password, is_loopback_peer=is_loopback)
        return None

    async def _let_others_go_on(self) -> None:
        """End the turn, and begin another once everybody else had theirs; not before it has taken a while."""
        broker, desk = self._broker, self._desk
        if broker.clock.now_us() - desk.now_us > limits.HTTP_TURN_US:
            broker.end_turn(desk.now_us, desk.batch)
            await asyncio.sleep(0)
            desk.begin(broker.clock.now_us())

    async def _run(self, request: HttpRequest) -> Response:
        """Do what a handler asks: in one turn, or several if it takes long, or a password must be hashed."""
        broker, desk = self._broker, self._desk
        desk.begin(broker.clock.now_us())
        steps = self._protocol.handle(request, desk)
        answer: Any = None
        error: RefusedError | None = None
        try:
            while True:
                asked = steps.throw(error) if error is not None else steps.send(answer)
                answer, error = None, None
                await self._let_others_go_on()
                if isinstance(asked, Pause):
                    continue
                try:
                    answer = broker.requests.of_nobody(asked, desk.now_us, desk.batch)
                    if hasattr(answer, "add_done_callback"):
                        broker.end_turn(desk.now_us, desk.batch)
                        try:
                            answer = await answer
                        finally:  # others have had the desk meanwhile
                            desk.begin(broker.clock.now_us())
                except RefusedError as refused:
                    error = refused
        except StopIteration as done:
            response: Response = done.value
            return response
        finally:
            broker.end_turn(desk.now_us, desk.batch)


def _reason(headers: Mapping[str, str]) -> Mapping[str, str]:
    reason = headers.get("X-Reason")
    return {"reason": reason[:255]} if reason else {}
