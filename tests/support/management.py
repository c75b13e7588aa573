"""The management API without sockets: a broker of its own, asked in the same way as by HTTP."""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qsl

from mqstudio.model.commands import DeclareQueue, OpenChannel, OpenConnection, PublishMessage
from mqstudio.model.errors import RefusedError
from mqstudio.model.events import EventBatch
from mqstudio.model.message import Message
from mqstudio.model.topology import ConnectionInfo, ConnectionTerms
from mqstudio.protocols.http import HttpRequest, Pause, Response
from mqstudio.protocols.management import HTTP_PROTOCOL
from mqstudio.server.broker import Broker
from mqstudio.server.http import Desk
from tests.support.peers import new_broker

ADMINISTRATOR = ("administrator",)


class Office:
    """A broker, and a desk at which to ask."""

    def __init__(self) -> None:
        self.broker: Broker = new_broker()
        self.desk = Desk(self.broker)

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        user: str = "guest",
        tags: tuple[str, ...] = ADMINISTRATOR,
    ) -> Response:
        """Ask as somebody; a body that is bytes is sent as it is."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        path, _, query = path.partition("?")
        request = HttpRequest(method, f"/{path}", dict(parse_qsl(query)), data, user, tags, query)
        self.broker.sampler.take(self.broker.clock.now_us())
        return self._answer(request)

    def get(self, path: str, **who: Any) -> Any:
        """What a GET shows, as whoever asks reads it."""
        response = self.ask("GET", path, **who)
        assert response.status == 200, response
        return json.loads(response.body())

    def _answer(self, request: HttpRequest) -> Response:
        self.desk.begin(self.broker.clock.now_us())
        steps, answer, error = HTTP_PROTOCOL.handle(request, self.desk), None, None
        while True:
            try:
                asked = steps.throw(error) if error else steps.send(answer)
            except StopIteration as done:
                self.broker.end_turn(self.desk.now_us, self.desk.batch)
                response: Response = done.value
                return response
            answer, error = None, None
            if isinstance(asked, Pause):
                continue
            try:
                answer = self.broker.requests.of_nobody(asked, self.desk.now_us, self.desk.batch)
                assert not isinstance(answer, asyncio.Future), "give a hash: passwords take a thread"
            except RefusedError as refused:
                error = refused

    def add_user(self, name: str, tags: str = "", **rights: str) -> None:
        """Make a user, and let it into / if it is given rights there."""
        assert self.ask("PUT", f"api/users/{name}", {"tags": tags}).status == 201
        if rights:
            verbs = {"configure": "", "write": "", "read": "", **rights}
            assert self.ask("PUT", f"api/permissions/%2F/{name}", verbs).status == 201

    def connect(self, name: str = "client", user: str = "guest") -> int:
        """Have a client of RabbitMQ's protocol connect, with a channel; returns the channel's id."""
        now_us, batch = self.broker.clock.now_us(), EventBatch()
        connection_id, channel_id = self.broker.new_id(), self.broker.new_id()
        address = f"127.0.0.1:{50_000 + connection_id}"
        terms = ConnectionTerms("PLAIN", False, 60, 131_072, 2047)
        info = ConnectionInfo(
            connection_id, "amqp091", address, name, user, local_address="127.0.0.1:5672", terms=terms
        )
        self.do(OpenConnection(info), OpenChannel(channel_id, connection_id, 1))
        self.broker.end_turn(now_us, batch)
        return channel_id

    def do(self, *commands: object) -> None:
        """Have the engine do something, as if a client had asked."""
        for command in commands:
            now_us, batch = self.broker.clock.now_us(), EventBatch()
            self.broker.engine.apply(command, now_us, batch)
            self.broker.end_turn(now_us, batch)

    def publish(self, queue: str, *bodies: bytes) -> None:
        """Publish to a queue."""
        channel = self.desk.channel("/") if self.desk.now_us else self.connect("publisher")
        self.do(*(PublishMessage(channel, "", queue, b"", body, format="hub") for body in bodies))

    def send(self, channel: int, queue: str, properties: bytes, body: bytes) -> None:
        """Publish with properties, as the hub has them."""
        self.do(PublishMessage(channel, "", queue, properties, body, format="hub"))

    def declare_exclusive(self, queue: str) -> None:
        """Have a client make a queue for itself."""
        self.do(DeclareQueue(self.connect("owner"), queue, is_exclusive=True))

    def messages(self, queue: str) -> list[Message]:
        """What waits in a queue."""
        return list(self.broker.engine.vhosts["/"].queues[queue].ready)
