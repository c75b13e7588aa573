"""Connections: greeting, login, tuning, closing (sections 1 and 2)."""

from typing import Any

from tests.differential.fields import Typed, text_of
from tests.differential.line import CAPABILITIES, Line, login
from tests.differential.table import Section, slow
from tests.differential.talk import Talk
from tests.differential.wire import PROTOCOL_HEADER, HungUpError, SilenceError, write_frame, write_method

section = Section("connection")


def _greet(talk: Talk) -> Line:
    line = talk.line()
    line.link.send(PROTOCOL_HEADER)
    line.receive("connection.start")
    return line


def _tuned(talk: Talk, **tune: int) -> Line:
    line = _greet(talk)
    line.send("connection.start-ok", **login())
    line.receive("connection.tune")
    line.send("connection.tune-ok", **{"channel_max": 2047, "frame_max": 131_072, "heartbeat": 0, **tune})
    return line


def _opened(talk: Talk, **tune: int) -> Line:
    line = _tuned(talk, **tune)
    line.send("connection.open", vhost="/")
    line.hear()
    return line


@section
@slow
def what_the_broker_says_of_itself(talk: Talk) -> None:
    """Mechanisms, locales, capabilities, and the types of the server properties."""
    line = talk.line()
    line.link.send(PROTOCOL_HEADER)
    start = line.receive("connection.start").values
    talk.say(f"version {start['major']}-{start['minor']}")
    talk.say(f"mechanisms {sorted(start['mechanisms'].split())}, locales {start['locales']}")
    properties = start["properties"].value
    capabilities = properties["capabilities"]
    talk.say(f"capabilities {sorted((name, text_of(value)) for name, value in capabilities.value.items())}")
    talk.say(f"types {sorted((name, value.letter) for name, value in properties.items())}")


@section.cases(
    ("0-9-1", b"AMQP\0\0\x09\x01"),
    ("1-1-0-9", b"AMQP\x01\x01\0\x09"),
    ("1-1-8-0", b"AMQP\x01\x01\x08\0"),
)
@slow
def protocol_header(talk: Talk, header: bytes) -> None:
    """Headers that begin a connection."""
    line = talk.line()
    line.link.send(header)
    talk.say(line.receive().name)


@section.cases(
    ("amqp 1.0", b"AMQP\0\x01\0\0"),
    ("sasl", b"AMQP\x03\x01\0\0"),
    ("0-10", b"AMQP\x01\x01\0\x0a"),
    ("http", b"GET / HTTP/1.1\r\n\r\n"),
    ("zeroes", bytes(8)),
)
def other_protocol(talk: Talk, header: bytes) -> None:
    """Anything else is told what is spoken here, and left."""
    line = talk.line()
    line.link.send(header)
    talk.say(repr(line.link.read_to_end(8.0)))


@section
def what_is_proposed(talk: Talk) -> None:
    """The broker's limits."""
    line = _greet(talk)
    line.send("connection.start-ok", **login())
    line.hear()


@section
def what_an_open_is_answered(talk: Talk) -> None:
    """One empty string, which is reserved."""
    _opened(talk)


@section.cases(
    ("wrong password", login(password="wrong")),
    ("wrong user", login(user="nobody")),
    ("empty", login(user="", password="")),
)
def refused_login(talk: Talk, values: dict[str, Any]) -> None:
    """A client that can hear it is told."""
    line = _greet(talk)
    line.send("connection.start-ok", **values)
    line.hear()


@section
@slow
def refused_login_without_the_capability(talk: Talk) -> None:
    """Other clients see a hang-up."""
    line = _greet(talk)
    line.send("connection.start-ok", **login(password="wrong", capabilities=()))
    line.hear_end()


@section
def login_by_amqplain(talk: Talk) -> None:
    """A table without its length."""
    line = _greet(talk)
    response = b"\x05LOGINS\0\0\0\x05guest\x08PASSWORDS\0\0\0\x05guest"
    line.send("connection.start-ok", **{**login(), "mechanism": "AMQPLAIN", "response": response})
    line.hear()


@section.cases(
    ("wrong password", b"\x05LOGINS\0\0\0\x05guest\x08PASSWORDS\0\0\0\x05wrong"),
    ("no password", b"\x05LOGINS\0\0\0\x05guest"),
)
@slow
def refused_amqplain(talk: Talk, response: bytes) -> None:
    """As PLAIN is refused."""
    line = _greet(talk)
    line.send("connection.start-ok", **{**login(), "mechanism": "AMQPLAIN", "response": response})
    line.hear()


@section
@slow
def broken_plain(talk: Talk) -> None:
    """A response that is none."""
    line = _greet(talk)
    line.send("connection.start-ok", **{**login(), "response": b"guest"})
    line.hear()


@section
@slow
def plain_with_another_identity(talk: Talk) -> None:
    """RFC 4616 lets a client act for somebody else."""
    line = _greet(talk)
    line.send("connection.start-ok", **{**login(), "response": b"other\0guest\0guest"})
    line.hear()


@section
@slow
def unknown_mechanism(talk: Talk) -> None:
    """Nothing is said of it."""
    line = _greet(talk)
    line.send("connection.start-ok", **{**login(), "mechanism": "NONSENSE"})
    line.hear_end()


@section.cases(("nowhere", "nowhere"), ("empty", ""), ("with quotes", "a'b"))
def unknown_vhost(talk: Talk, vhost: str) -> None:
    """Refused on the connection."""
    line = _tuned(talk)
    line.send("connection.open", vhost=vhost)
    line.hear()


@section.cases(
    ("lower", {"channel_max": 10, "frame_max": 4096}),
    ("no frame limit", {"frame_max": 0}),
    ("heartbeat of the client", {"heartbeat": 600}),
)
@slow
def tuning(talk: Talk, tune: dict[str, int]) -> None:
    """What a client may answer."""
    _opened(talk, **tune)


@section.cases(
    ("more channels", {"channel_max": 5000}),
    ("no channel limit", {"channel_max": 0}),
    ("larger frames", {"frame_max": 1_000_000}),
    ("too small frames", {"frame_max": 100}),
)
@slow
def refused_tuning(talk: Talk, tune: dict[str, int]) -> None:
    """What it may not: the broker leaves without a word."""
    line = _tuned(talk, **tune)
    line.send("connection.open", vhost="/")
    line.hear_end()


@section
@slow
def closing(talk: Talk) -> None:
    """Close is answered; then the broker waits for the client to hang up."""
    line = _opened(talk)
    line.send("connection.close", code=200, text="bye")
    line.hear()
    line.hear_end(within_s=1.5)


@section
def after_close_nothing_counts(talk: Talk) -> None:
    """What a client sends behind its close is dropped."""
    line = _opened(talk)
    first = line.channel()
    first.queue()
    close = write_method(0, "connection.close", {"code": 200})
    first.raw(close, write_method(1, "queue.delete", {"queue": "q"}))
    line.hear()
    talk.connect().channel().count()


@section
def update_secret(talk: Talk) -> None:
    """Answered even where there is nothing to update."""
    line = _opened(talk)
    line.send("connection.update-secret", secret=b"guest", reason="because")
    line.hear()


@section.cases(
    ("open", "connection.open", {"vhost": "/"}),
    ("tune-ok", "connection.tune-ok", {}),
    ("start-ok", "connection.start-ok", login()),
    ("start", "connection.start", {}),
    ("blocked", "connection.blocked", {"reason": "x"}),
)
def out_of_turn_when_open(talk: Talk, method: str, values: dict[str, Any]) -> None:
    """Methods of the handshake on an open connection."""
    line = _opened(talk)
    line.send(method, **values)
    line.hear()


@section.cases(
    ("open before login", "connection.open", {"vhost": "/"}),
    ("tune-ok before login", "connection.tune-ok", {}),
    ("close before login", "connection.close", {"code": 200}),
)
@slow
def out_of_turn_before_login(talk: Talk, method: str, values: dict[str, Any]) -> None:
    """Methods that come too early."""
    line = _greet(talk)
    line.send(method, **values)
    line.hear_end(within_s=5.0)


@section
@slow
def a_channel_before_the_connection_is_open(talk: Talk) -> None:
    """Channels belong to open connections."""
    line = _greet(talk)
    line.link.send(write_method(1, "channel.open", {}))
    line.hear_end(within_s=5.0)


@section.cases(("queue.declare", "queue.declare", {}), ("channel.open", "channel.open", {}))
def channel_method_on_channel_0(talk: Talk, method: str, values: dict[str, Any]) -> None:
    """Channel 0 is the connection's."""
    line = _opened(talk)
    line.send(method, **values)
    line.hear()


@section
def connection_method_on_channel_1(talk: Talk) -> None:
    """And channel 1 is not."""
    line = _opened(talk)
    line.channel()
    line.link.send(write_method(1, "connection.close", {"code": 200}))
    line.hear()


@section.cases(
    ("wrong end", b"\x01\0\x01\0\0\0\x04\0\x14\0\x0a\0"),
    ("unknown type", write_frame(9, 1, b"12345678")),
    ("unknown type on channel 0", write_frame(4, 0, b"")),
    ("heartbeat on channel 1", write_frame(8, 1, b"")),
    ("heartbeat with a payload", write_frame(8, 0, b"hello")),
    ("text", b"hello, how are you today?\r\n\r\n"),
    ("header on channel 0", write_frame(2, 0, b"\0\x3c\0\0\0\0\0\0\0\0\0\x05\0\0")),
    ("body on channel 0", write_frame(3, 0, b"hello")),
    ("empty method", write_frame(1, 0, b"")),
    ("half a method", write_frame(1, 0, b"\0\x0a")),
    ("empty method on channel 1", write_frame(1, 1, b"")),
)
def broken_frame(talk: Talk, frame: bytes) -> None:
    """Frames nobody can use."""
    line = _opened(talk)
    line.channel()
    line.link.send(frame)
    line.hear_end()


@section
def a_frame_that_is_too_large(talk: Talk) -> None:
    """Refused at its head."""
    line = _opened(talk, frame_max=4096)
    line.channel()
    line.link.send(write_frame(3, 1, bytes(5000)))
    line.hear()


@section.cases(("over by 9", 9), ("over by 8", 8), ("exact", 0))
def a_frame_of_frame_max(talk: Talk, more: int) -> None:
    """Bodies as large as frames may be, and a little more."""
    line = _opened(talk, frame_max=4096)
    first = line.channel()
    first.queue()
    size = 4096 - 8 + more
    first.raw(write_method(1, "basic.publish", {"key": "q"}), first.header(size), first.body(bytes(size)))
    line_end = None
    try:
        first.settle()
        first.send("basic.get", queue="q", no_ack=True)
        item = first.answer()
        line_end = f"{item.name} of {len(item.body)} bytes in frames of {item.frames}"
    finally:
        talk.say(str(line_end))


@section.cases(("100", 100), ("10.99", (10 << 16) + 99), ("60.99", (60 << 16) + 99))
def unknown_method(talk: Talk, code: int) -> None:
    """Methods that are none."""
    line = _opened(talk)
    line.channel()
    line.link.send(write_frame(1, 1, code.to_bytes(4)))
    line.hear_end(within_s=3.0)


@section.cases(
    ("cut off", b"\0\x32\0\x0a\0\0\x01"),
    ("string beyond the end", b"\0\x32\0\x0a\0\0\xffq"),
    ("bits missing", b"\0\x32\0\x0a\0\0\x01q"),
    ("table beyond the end", b"\0\x32\0\x0a\0\0\x01q\0\0\0\0\xff"),
    ("bytes left over", b"\0\x32\0\x0a\0\0\x01q\0\0\0\0\0abc"),
    ("unknown field type", b"\0\x32\0\x0a\0\0\x01q\0\0\0\0\x04\x01aZ1"),
    ("bad UTF-8", b"\0\x32\0\x0a\0\0\x02\xff\xfe\0\0\0\0\0"),
)
def arguments_that_cannot_be_read(talk: Talk, payload: bytes) -> None:
    """A queue.declare with broken arguments."""
    line = _opened(talk)
    first = line.channel()
    talk.queues["q"] = None
    line.link.send(write_frame(1, 1, payload))
    first.hear()


@section
@slow
def heartbeats(talk: Talk) -> None:
    """They come when agreed upon."""
    line = _opened(talk, heartbeat=1)
    try:
        line.link.receive(0, 1.4)
    except SilenceError:
        talk.say("heartbeats" if line.link.heartbeats else "none")


@section
@slow
def a_silent_client_is_left(talk: Talk) -> None:
    """After about two heartbeats missed, without a close."""
    line = _opened(talk, heartbeat=1)
    try:
        line.link.receive(0, 6.0)
    except HungUpError:
        talk.say("hung up")


@section
def client_properties_of_all_types(talk: Talk) -> None:
    """Any table will do."""
    line = _greet(talk)
    about = {
        "capabilities": dict.fromkeys(CAPABILITIES, True),
        "n": 1,
        "l": [1, "two", None],
        "d": Typed("D", (2, 314)),
        "x": Typed("x", b"\0\xff"),
        "s": Typed("s", -1),
        "u": Typed("u", 1),
        "i": Typed("i", 1),
        "T": Typed("T", 1),
        "f": Typed("f", 1.5),
        "d2": 2.5,
        "b": Typed("b", -1),
        "B": Typed("B", 255),
    }
    line.send("connection.start-ok", **{**login(), "properties": about})
    line.hear()
