"""A broker within the test: a clock that stands still, sockets made of lists, sessions told what to ask."""

import asyncio
import socket
from collections.abc import Iterator, Sequence
from typing import Any

from mqstudio.model import commands as c
from mqstudio.model import limits
from mqstudio.model.errors import RefusedError
from mqstudio.model.events import MessageDelivered
from mqstudio.model.message import Message, Properties
from mqstudio.model.topology import ConnectionInfo
from mqstudio.protocols.base import Host
from mqstudio.server.broker import Broker
from mqstudio.server.clock import ManualClock

SCRIPTED = "scripted"


class FakeTransport(asyncio.Transport):
    """A socket whose peer reads only when the test says so. Losses are told by `settle`, as a loop would."""

    def __init__(self, link: asyncio.Protocol, peer: tuple[str, int]) -> None:
        super().__init__({"peername": peer})
        self.link = link
        self.unread = bytearray()
        self.sock: socket.socket | None = None
        """What else a link may read from."""
        self.is_reading_paused = False
        self.was_aborted = False
        self._high = self._low = 0
        self._is_full = False
        self._is_closing = False
        self._is_lost = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.sock if name == "socket" else super().get_extra_info(name, default)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high, self._low = high or 0, low or 0

    def get_write_buffer_size(self) -> int:
        return len(self.unread)

    def is_closing(self) -> bool:
        return self._is_closing

    def write(self, data: Any) -> None:
        assert not self._is_closing
        self.unread += data
        if len(self.unread) > self._high and not self._is_full:
            self._is_full = True
            self.link.pause_writing()

    def read(self) -> bytes:
        """Read everything, as the peer."""
        data = bytes(self.unread)
        self.unread.clear()
        if self._is_full:
            self._is_full = False
            self.link.resume_writing()
        self.settle()
        return data

    def pause_reading(self) -> None:
        assert not self.is_reading_paused
        self.is_reading_paused = True

    def resume_reading(self) -> None:
        assert self.is_reading_paused
        self.is_reading_paused = False

    def close(self) -> None:
        self._is_closing = True

    def abort(self) -> None:
        self._is_closing = self.was_aborted = True
        self.unread.clear()

    def settle(self) -> None:
        """Tell the link that the socket is gone, if it is closed and everything is written."""
        if self._is_closing and not self._is_lost and not self.unread:
            self._is_lost = True
            self.link.connection_lost(None)


class ScriptedSession:
    """Yields what the test put into `requests`; keeps what it is told."""

    wants_answer = True
    holds_answers = False

    def __init__(self, host: Host) -> None:
        self.host = host
        self.close_reason = ""
        self.requests: list[Any] = []
        self.heard: list[bytes] = []
        self.answers: list[object] = []
        self.mail: list[Any] = []
        self.outbox = bytearray()
        self.bug_in_advance: Exception | None = None
        self.is_calm_now = False
        self.held_bytes_now = 0
        self.sealed: list[int] = []
        self._is_open = self._is_finished = False

    def receive_data(self, data: bytes, now_us: int) -> Iterator[Any]:
        self.heard.append(data)
        requests, self.requests = self.requests, []
        for request in requests:
            if isinstance(request, Exception):
                raise request
            self._is_open = self._is_open or isinstance(request, c.OpenConnection)
            yield request

    def answer(self, reply: object) -> None:
        self.answers.append(reply)

    def refuse(self, error: RefusedError) -> None:
        self.answers.append(error)

    def notify(self, mail: Sequence[Any]) -> None:
        self.mail += mail
        for letter in mail:
            if isinstance(letter, MessageDelivered):
                self.outbox += letter.message.body

    def advance(self, now_us: int) -> None:
        if self.bug_in_advance:
            raise self.bug_in_advance

    def held_bytes(self) -> int:
        return self.held_bytes_now

    def is_calm(self) -> bool:
        return self.is_calm_now

    def shut_down(self, reason: str) -> None:
        self.outbox += reason.encode()
        self._is_finished = True

    def forget(self) -> None:
        pass

    def seal(self, commit: int) -> None:
        self.sealed.append(commit)

    def release(self, commit: int) -> bool:
        self.sealed = [each for each in self.sealed if each > commit]
        return bool(self.sealed)

    def refuse_sealed(self, says: str) -> None:
        self.sealed.clear()

    def data_to_send(self) -> bytes:
        data = bytes(self.outbox)
        self.outbox.clear()
        return data

    def is_finished(self) -> bool:
        return self._is_finished

    def is_open(self) -> bool:
        return self._is_open


class ScriptedProtocol:
    """Implements protocols.base.WireProtocol."""

    name = SCRIPTED
    title = "Scripted"

    def new_session(self, host: Host, now_us: int) -> ScriptedSession:
        return ScriptedSession(host)

    def read_properties(self, message: Message) -> Properties:
        if message.properties == b"broken":
            raise ValueError("they are broken")
        return Properties(type=message.properties.decode())


def new_broker(
    memory_high_water_bytes: int = limits.MEMORY_HIGH_WATER_BYTES, clients_max: int = limits.CONNECTIONS_MAX
) -> Broker:
    """A broker that speaks the scripted protocol too."""
    broker = Broker(
        clock=ManualClock(), memory_high_water_bytes=memory_high_water_bytes, clients_max=clients_max
    )
    broker.protocols[SCRIPTED] = ScriptedProtocol()
    return broker


class Peer:
    """A client on a scripted session: `do` is one chunk of bytes, so one turn of the broker."""

    def __init__(self, broker: Broker, name: str = "peer", *, host: str = "127.0.0.1") -> None:
        self.link = broker.new_link(SCRIPTED)
        self.transport = FakeTransport(self.link, (host, 50_000))
        self.link.connection_made(self.transport)
        session = self.link.session
        assert isinstance(session, ScriptedSession)
        self.session = session
        self.channel = broker.new_id()
        self.name = name

    def open(self) -> "Peer":
        """Finish the handshake and open a channel."""
        connection_id = self.link.connection_id
        self.do(
            c.OpenConnection(ConnectionInfo(connection_id, SCRIPTED, self.link.peer_address, self.name)),
            c.OpenChannel(self.channel, connection_id, 1),
        )
        return self

    def do(self, *requests: Any) -> Any:
        """Ask for all of these in one turn; returns the last answer, or raises the last refusal."""
        self.session.requests = list(requests)
        self.session.answers.clear()
        self.link.data_received(b".")
        self.transport.settle()
        answer = self.session.answers[-1] if self.session.answers else None
        if isinstance(answer, RefusedError):
            raise answer
        return answer

    def declare(self, queue: str = "q") -> None:
        self.do(c.DeclareQueue(self.channel, queue))

    def publish(self, body: bytes = b"", key: str = "q", *, count: int = 1) -> None:
        self.do(*[c.PublishMessage(self.channel, "", key, b"", body)] * count)

    def subscribe(self, queue: str = "q", *, credit: int = 0, is_auto_settled: bool = False) -> None:
        self.do(c.Subscribe(self.channel, queue, "t", is_auto_settled=is_auto_settled, credit=credit))

    def delivered(self) -> list[MessageDelivered]:
        return [letter for letter in self.session.mail if isinstance(letter, MessageDelivered)]
