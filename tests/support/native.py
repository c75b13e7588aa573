"""A native session with a scripted broker behind it: for tests of the session and of the client."""

from collections.abc import Callable
from typing import Any

import msgspec

from mqstudio.client.transport import MemoryTransport
from mqstudio.model.commands import PublishMessage
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import MessageReturned
from mqstudio.model.message import Message
from mqstudio.model.refs import ChannelRef
from mqstudio.model.rows import BrokerInfo
from mqstudio.protocols.native import codec, messages
from mqstudio.protocols.native.session import NativeSession

TOKEN = "the-right-token"
NOWHERE = "nowhere"
FULL_VHOST = "full"
ITS_QUEUE = "there"
"""Where there is room for this queue only."""
INFO = BrokerInfo("0.1.0", 4711, "default", 5, [])

Answerer = Callable[[Any], object]


class FakeHost:
    """Knows one token; counts ids from 100."""

    connection_id = 7
    peer_address = "127.0.0.1:54321"
    local_address = "127.0.0.1:2"
    is_encrypted = False
    is_loopback_peer = True

    def __init__(self) -> None:
        self._last_id = 100

    def new_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def random_name(self) -> str:
        return "A" * 22

    access_version = 0
    certificate_name = ""

    def rights(self, user: str, vhost: str) -> Any:
        raise AssertionError("not asked for by this protocol")

    exchange_kind = has_queue = check_channel_limit = rights

    def check_queue_limit(self, vhost: str, name: str) -> None:
        if vhost == FULL_VHOST and name != ITS_QUEUE:
            raise RefusedError(Refusal.TOO_MANY_QUEUES_OF_VHOST, f"'{vhost}' is full.", vhost=vhost)

    def check_token(self, token: str) -> bool:
        return token == TOKEN

    def info(self) -> BrokerInfo:
        return INFO


class ScriptedBroker:
    """Drives a session as the server does; `answer` returns each request's reply, or raises RefusedError.

    Messages to NOWHERE come back.
    """

    def __init__(self, answer: Answerer = lambda request: None) -> None:
        self.session = NativeSession(FakeHost(), 0)
        self.requests: list[Any] = []
        self.now_us = 0
        self._answer = answer
        self._mail: list[Any] = []
        self._reader = codec.FrameReader(2**31)

    def mail(self, letter: Any) -> None:
        self._mail.append(letter)

    def turn(self, data: bytes) -> bytes:
        """One turn of the server; returns what it writes."""
        for request in self.session.receive_data(data, self.now_us):
            self.requests.append(request)
            try:
                reply = self._answer(request)
                if isinstance(request, PublishMessage) and request.routing_key == NOWHERE:
                    self.mail(returned(request))
            except RefusedError as error:
                self.session.refuse(error)
                continue
            if reply is not None or self.session.wants_answer:
                self.session.answer(reply)
        return self.end_turn()

    def end_turn(self) -> bytes:
        mail, self._mail = self._mail, []
        self.session.notify(mail)
        return self.session.data_to_send()

    def say(self, *sent: object) -> list[Any]:
        """Send messages in one chunk; returns the messages that come back."""
        return self.read(self.turn(b"".join(map(codec.frame, sent))))

    def read(self, data: bytes) -> list[Any]:
        self._reader.feed(data)
        decode = codec.decoder(messages.FromBroker).decode
        return [decode(payload) for payload in iter(self._reader.next_frame, None)]

    def greet(self) -> list[Any]:
        return self.say(messages.Hello(TOKEN, "tester", "1.0"))

    def call(self, request: object, call_id: int = 1) -> list[Any]:
        return self.say(messages.Call(call_id, codec.raw(request)))


async def serve_memory(broker: ScriptedBroker, transport: MemoryTransport) -> None:
    """Serve one client over a memory transport until either side hangs up."""
    while not broker.session.is_finished():
        data = await transport.receive()
        if not data:
            break
        await transport.send(broker.turn(data))
    await transport.close()


def returned(command: PublishMessage, message_id: int = 1) -> MessageReturned:
    """The mail that a mandatory message came back."""
    message = Message(
        message_id, command.body, command.properties, command.exchange, command.routing_key, 0, "hub", 7
    )
    return MessageReturned(ChannelRef(command.channel_id, 7, 1), message)


def result(answer: Any, kind: Any = None) -> Any:
    """What an Answer carries."""
    return msgspec.msgpack.decode(answer.result, type=kind or object)
