"""The other ends of an AMQP 0-9-1 session in tests: a client's bytes, a host, a scripted engine."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from struct import pack, unpack_from
from typing import Any

from mqstudio.model import commands as c
from mqstudio.model.access import CheckLogin, LoggedIn, Permission, TopicPermission
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import Mail, MessageDelivered, MessageReturned
from mqstudio.model.message import Header, Message
from mqstudio.model.refs import ChannelRef, QueueRef, SubscriptionRef
from mqstudio.model.replies import CountReply, PurgeReply, QueueStatus, SubscribeReply, TakeReply
from mqstudio.model.rights import Rights
from mqstudio.protocols.amqp091 import PROTOCOL, codec, methods
from mqstudio.protocols.amqp091.session import AmqpSession
from mqstudio.protocols.base import Tally

PROTOCOL_HEADER = b"AMQP\0\0\x09\x01"
CAPABILITIES = ("authentication_failure_close", "consumer_cancel_notify", "basic.nack")


class FakeHost:
    """Ids that count up, names that count up, one user."""

    def __init__(self) -> None:
        self.connection_id = 7
        self.peer_address = "127.0.0.1:54321"
        self.local_address = "127.0.0.1:2"
        self.is_encrypted = False
        self.is_loopback_peer = True
        self.certificate_name = ""
        self.is_lasting = False
        self.tally = Tally()
        self.access_version = 1
        self.permission: Permission | None = Permission("guest", "/", ".*", ".*", ".*")
        self.topics: list[TopicPermission] = []
        self.exchange_kinds: dict[str, str] = {}
        self.queues: set[str] = set()
        self.channel_limit: RefusedError | None = None
        self.queue_limit: RefusedError | None = None
        self._ids = iter(range(101, 100_000))
        self._names = iter(range(100_000))

    def new_id(self) -> int:
        return next(self._ids)

    def random_name(self) -> str:
        return f"random{next(self._names)}"

    def rights(self, user: str, vhost: str) -> Rights:
        return Rights(user, vhost, self.permission, self.topics)

    def exchange_kind(self, vhost: str, name: str) -> str:
        return self.exchange_kinds.get(name, "")

    def has_queue(self, vhost: str, name: str) -> bool:
        return name in self.queues

    def check_channel_limit(self, user: str) -> None:
        if self.channel_limit is not None:
            raise self.channel_limit

    def check_queue_limit(self, vhost: str, name: str) -> None:
        if self.queue_limit is not None:
            raise self.queue_limit

    def check_token(self, token: str) -> bool:
        return False

    def info(self) -> Any:
        raise AssertionError("not asked for by this protocol")


Answer = object | Callable[[Any], object]


def default_answer(request: Any) -> object:
    """What a willing engine answers."""
    match request:
        case CheckLogin("guest", "guest"):
            return LoggedIn("guest", ("administrator",))
        case CheckLogin(user):
            return refusal(Refusal.LOGIN_REFUSED, user=user)
        case c.DeclareQueue():
            return QueueStatus(request.name, 0, 0)
        case c.DeleteQueue():
            return CountReply(0)
        case c.PurgeQueue():
            return PurgeReply(0, None)
        case c.TakeMessage():
            return TakeReply(None, 0)
        case c.Subscribe():
            return SubscribeReply(request.tag)
    return None


@dataclass
class Frame:
    """A frame from the session: a method with its arguments, or the payload of another kind."""

    kind: int
    channel: int
    name: str
    args: tuple[Any, ...] = ()
    payload: bytes = b""


def split(data: bytes) -> list[Frame]:
    """Take a session's output apart; it consists of whole frames only."""
    frames, pos = [], 0
    while pos < len(data):
        kind, channel, size = unpack_from(">BHI", data, pos)
        payload = data[pos + 7 : pos + 7 + size]
        assert data[pos + 7 + size] == 0xCE
        pos += size + 8
        if kind == codec.METHOD:
            code = int.from_bytes(payload[:4])
            frames.append(Frame(kind, channel, methods.METHODS[code].name, methods.decode(code, payload)))
        else:
            name = {codec.HEADER: "header", codec.BODY: "body", codec.HEARTBEAT: "heartbeat"}[kind]
            frames.append(Frame(kind, channel, name, payload=payload))
    return frames


def method(channel: int, name: str, *args: Any) -> bytes:
    """A method frame."""
    return methods.encode(channel, methods.CODES[name], *args)


def header(
    channel: int, size: int, properties: bytes = b"\0\0", *, class_id: int = 60, weight: int = 0
) -> bytes:
    return codec.frame(codec.HEADER, channel, pack(">HHQ", class_id, weight, size) + properties)


def body(channel: int, part: bytes) -> bytes:
    return codec.frame(codec.BODY, channel, part)


def publish(
    body_bytes: bytes = b"hello",
    *,
    channel: int = 1,
    exchange: str = "",
    key: str = "q",
    properties: bytes = b"\0\0",
    mandatory: bool = False,
) -> bytes:
    """A whole publish, its body in one frame."""
    start = method(channel, "basic.publish", 0, exchange, key, mandatory, False)
    frames = start + header(channel, len(body_bytes), properties)
    return frames + body(channel, body_bytes) if body_bytes else frames


def declare(name: str = "q", arguments: dict[str, Any] | None = None, **flags: bool) -> bytes:
    """A queue.declare on channel 1."""
    names = ("passive", "durable", "exclusive", "auto_delete", "nowait")
    return method(
        1,
        "queue.declare",
        0,
        name,
        *(flags.get(flag, False) for flag in names),
        codec.from_arguments(arguments or {}),
    )


def client_properties(capabilities: Iterable[str] = CAPABILITIES, **texts: str) -> list[Header]:
    said = [Header(name, "bool", True) for name in capabilities]
    return [
        Header("capabilities", "table", said),
        *(Header(name, "string", text) for name, text in texts.items()),
    ]


def start_ok(
    response: bytes = b"\0guest\0guest",
    mechanism: str = "PLAIN",
    capabilities: Iterable[str] = CAPABILITIES,
    **texts: str,
) -> bytes:
    properties = client_properties(capabilities, **texts)
    return method(0, "connection.start-ok", properties, mechanism, response, "en_US")


def handshake(
    *,
    capabilities: Iterable[str] = CAPABILITIES,
    channel_max: int = 2047,
    frame_max: int = 131_072,
    heartbeat_s: int = 0,
    vhost: str = "/",
) -> bytes:
    """Everything a client says until its connection is open."""
    return (
        PROTOCOL_HEADER
        + start_ok(capabilities=capabilities)
        + method(0, "connection.tune-ok", channel_max, frame_max, heartbeat_s)
        + method(0, "connection.open", vhost, "", False)
    )


def open_channel(number: int = 1) -> bytes:
    return method(number, "channel.open", "")


@dataclass
class Conversation:
    """A session driven as the server drives it. `answers` overrides the engine's by type of request."""

    answers: dict[type, Answer] = field(default_factory=dict)
    host: FakeHost = field(default_factory=FakeHost)
    now_us: int = 1_000_000
    requests: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        session = PROTOCOL.new_session(self.host, self.now_us)
        assert isinstance(session, AmqpSession)
        self.session = session

    def receive(self, data: bytes) -> list[Any]:
        """Bytes in, requests out, each answered before the next is asked for."""
        asked = []
        for request in self.session.receive_data(data, self.now_us):
            asked.append(request)
            answer: Any = self.answers.get(type(request), default_answer)
            if callable(answer) and not isinstance(answer, type):
                answer = answer(request)
            if isinstance(answer, RefusedError):
                self.session.refuse(answer)
            elif answer is not None or self.session.wants_answer:
                self.session.answer(answer)
        self.requests += asked
        return asked

    def output(self) -> list[Frame]:
        data = self.session.data_to_send()
        return split(data if isinstance(data, bytes) else b"".join(data))

    def turn(self, data: bytes, mail: Sequence[Mail] = ()) -> list[Frame]:
        """A whole turn of the server's loop."""
        self.receive(data)
        if mail:
            self.session.notify(mail)
        return self.output()

    def open(self, *channels: int, **options: Any) -> "Conversation":
        """Shake hands and open channels; what has been said and asked so far is forgotten."""
        self.turn(handshake(**options) + b"".join(map(open_channel, channels)))
        assert self.session.is_open()
        self.requests.clear()
        return self

    def pass_time(self, seconds: float) -> list[Frame]:
        """Let time pass as the server does, a quarter of a second at a time; what is sent meanwhile."""
        frames = []
        for _ in range(round(seconds * 4)):
            self.now_us += 250_000
            self.session.advance(self.now_us)
            frames += self.output()
        return frames


def opened(*channels: int, **options: Any) -> Conversation:
    """A running connection with open channels; the engine's id of channel n is 100 + its place."""
    return Conversation().open(*(channels or (1,)), **options)


def refusal(why: Refusal, **facts: Any) -> RefusedError:
    return RefusedError(why, "The engine says why.", **facts)


def message(
    body_bytes: bytes = b"hello",
    *,
    properties: bytes = b"\0\0",
    exchange: str = "",
    key: str = "q",
    format: str = "amqp091",
) -> Message:
    return Message(1, body_bytes, properties, exchange, key, 0, format, 7)


def delivered(
    letter: Message, tag: int = 1, *, channel_id: int = 101, consumer: str = "ctag", number: int = 1
) -> MessageDelivered:
    channel = ChannelRef(channel_id, 7, number)
    subscription = SubscriptionRef(channel_id * 1000 + hash(consumer) % 1000, 7, number, consumer)
    return MessageDelivered(0, letter, QueueRef("/", "q", 1), channel, subscription, tag, False, False)


def returned(letter: Message, *, channel_id: int = 101, number: int = 1) -> MessageReturned:
    return MessageReturned(ChannelRef(channel_id, 7, number), letter)
