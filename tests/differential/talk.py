"""What a scripted conversation is written with: connections, channels, verbs, and the transcript.

Everything that comes from the broker is written down, in order. What differs from run to run (names the
broker chooses, ports) is replaced by a star; the form of such names is checked that way too.
"""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from struct import pack
from typing import Any

from tests.differential.fields import write_properties
from tests.differential.wire import (
    BODY,
    HEADER,
    PROTOCOL_HEADER,
    HungUpError,
    Item,
    Link,
    SilenceError,
    write_frame,
    write_method,
)
from tests.support.http_api import Api

WAIT_S = 8.0
POLL_S = 0.01
CAPABILITIES = (
    "authentication_failure_close",
    "basic.nack",
    "connection.blocked",
    "consumer_cancel_notify",
    "publisher_confirms",
)
CHANGING = [
    (re.compile(r"amq\.gen-[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])"), "amq.gen-*"),
    (re.compile(r"amq\.ctag-[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])"), "amq.ctag-*"),
    (re.compile(r"amq\.rabbitmq\.reply-to\.[^'\" ]+"), "amq.rabbitmq.reply-to.*"),
    (re.compile(r"127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+"), "127.0.0.1:* -> 127.0.0.1:*"),
    (re.compile(r"node: '[^']*'"), "node: *"),
]


class OverError(Exception):
    """The conversation cannot go on: the broker was silent, or hung up."""


@dataclass(slots=True)
class Place:
    """Where a broker listens and how it is steered from outside."""

    name: str
    port: int
    port_http: int = 0


@dataclass
class Talk:
    """One conversation with one broker."""

    place: Place
    lines: list[str] = field(default_factory=list)
    queues: dict[str, None] = field(default_factory=dict)
    exchanges: dict[str, None] = field(default_factory=dict)
    _lines: list["Line"] = field(default_factory=list)

    def connect(self, **options: Any) -> "Line":
        """Open a connection; see `Line.open`."""
        return self.line().open(**options)

    def line(self) -> "Line":
        """A socket on which nothing has been said."""
        self._lines.append(Line(self, Link(self.place.port), len(self._lines) + 1))
        return self._lines[-1]

    def channel(self) -> "Chan":
        """A new channel of the first connection."""
        line = self._lines[0] if self._lines else self.connect()
        return line.channel()

    def say(self, text: str) -> None:
        """Write a line down."""
        for pattern, star in CHANGING:
            text = pattern.sub(star, text)
        self.lines.append(text)

    def ask(self, method: str, path: str, body: object = None, *, quiet: bool = False) -> None:
        """Ask the management API; the status is written down."""
        answer = Api(self.place.port_http).ask(method, f"api/{path}", body, Content_Type="application/json")
        if not quiet:
            self.say(f"{method} {path}: {answer.status}")

    def wait_ms(self, time_ms: int) -> None:
        """Let time pass by the broker's own clock: until a message has expired and been dead-lettered."""
        line = Line(Talk(self.place), Link(self.place.port), 0).open()
        chan = line.channel()
        to_bell = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "bell"}
        for name, arguments in (("bell", {}), ("clock", to_bell)):
            chan.send("queue.declare", queue=name, exclusive=True, arguments=arguments)
            assert chan.answer().name == "queue.declare-ok"
        chan.publish("clock", expiration=str(time_ms))
        chan.send("basic.consume", queue="bell", no_ack=True)
        rung = [chan.answer().name for _ in range(2)]
        line.leave()
        assert rung == ["basic.consume-ok", "basic.deliver"]

    def end(self) -> None:
        """Leave the broker as it was: no connection, no queue, no exchange."""
        for line in self._lines:
            line.leave()
        if self.queues or self.exchanges:
            self._clean()

    def _clean(self) -> None:
        link = Line(Talk(self.place), Link(self.place.port), 0).open()
        for number, name in enumerate(self.queues, 1):
            _insist(link, number, "queue.delete", queue=name)
        for number, name in enumerate(self.exchanges, len(self.queues) + 1):
            _insist(link, number, "exchange.delete", exchange=name)
        link.leave()


def _insist(line: "Line", number: int, method: str, **values: Any) -> None:
    """Delete; what a connection that has just ended still holds is given the time to go."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        line.link.send(write_method(number, "channel.open", {}) + write_method(number, method, values))
        line.link.receive(number, WAIT_S)
        answer = line.link.receive(number, WAIT_S)
        if answer.name != "channel.close":
            return
        line.link.send(write_method(number, "channel.close-ok", {}))
        if answer.values["code"] == 404:
            return
        time.sleep(POLL_S)
    raise AssertionError(f"{method} {values}: {answer.text()}")


@dataclass
class Line:
    """A connection; channel 0 of it is spoken with directly."""

    talk: Talk
    link: Link
    number: int
    channels: int = 0
    is_open: bool = False

    def open(
        self,
        *,
        user: str = "guest",
        password: str = "guest",
        vhost: str = "/",
        capabilities: Iterable[str] = CAPABILITIES,
        frame_max: int = 131_072,
    ) -> "Line":
        """Shake hands, quietly; heartbeats are off."""
        self.link.send(PROTOCOL_HEADER)
        self.receive("connection.start")
        self.link.send(write_method(0, "connection.start-ok", login(user, password, capabilities)))
        self.receive("connection.tune")
        tuned = {"channel_max": 2047, "frame_max": frame_max, "heartbeat": 0}
        self.link.send(write_method(0, "connection.tune-ok", tuned))
        self.link.send(write_method(0, "connection.open", {"vhost": vhost}))
        self.receive("connection.open-ok")
        self.is_open = True
        return self

    def receive(self, *wanted: str) -> Item:
        """The next method of channel 0; one that was not wanted is written down and ends the talk."""
        item = self._next(0, WAIT_S)
        if wanted and item.name not in wanted:
            self.note(item)
            raise OverError
        return item

    def send(self, method: str, **values: Any) -> None:
        """Say something on channel 0."""
        self.link.send(write_method(0, method, values))

    def hear(self, *, within_s: float = WAIT_S) -> Item:
        """Write down the next method of channel 0."""
        item = self._next(0, within_s)
        self.note(item)
        if item.name == "connection.close":
            self.send("connection.close-ok")
        self.is_open = item.name == "connection.open-ok" or (self.is_open and "close" not in item.name)
        return item

    def hear_end(self, *, within_s: float = WAIT_S) -> None:
        """Write down how the broker ends the connection: with a word, or without."""
        try:
            self.note(self.link.receive(0, within_s))
            self.is_open = False
        except HungUpError:
            self.talk.say(f"{self.mark(0)}hung up")
        except SilenceError:
            self.talk.say(f"{self.mark(0)}still connected")

    def channel(self, number: int | None = None) -> "Chan":
        """Open a channel, quietly."""
        self.channels += 1
        chan = Chan(self, number or self.channels)
        chan.send("channel.open")
        item = self._next(chan.number, WAIT_S)
        if item.name != "channel.open-ok":
            self.note(item)
            raise OverError
        return chan

    def bare(self, number: int) -> "Chan":
        """A channel that has not been opened."""
        return Chan(self, number)

    def mark(self, channel: int) -> str:
        """What lines of a channel begin with; nothing for the first of all."""
        return "" if (self.number, channel) == (1, 1) else f"[{self.number}.{channel}] "

    def note(self, item: Item) -> None:
        """Write something down that came."""
        self.talk.say(self.mark(item.channel) + item.text())

    def _next(self, channel: int, within_s: float) -> Item:
        """The next item of a channel; an end of the whole connection counts as one."""
        while True:
            if channel and self.link.inbox(0):
                self.hear()
                raise OverError
            try:
                return self._wait(channel, within_s)
            except SilenceError:
                self.talk.say(f"{self.mark(channel)}nothing came")
                raise OverError from None
            except HungUpError:
                self.talk.say(f"{self.mark(channel)}hung up")
                raise OverError from None

    def _wait(self, channel: int, within_s: float) -> Item:
        """Wait on a channel in steps, so that the end of the connection is noticed at once."""
        deadline = time.monotonic() + within_s
        while True:
            try:
                return self.link.receive(channel, min(0.02, max(0.0, deadline - time.monotonic())))
            except SilenceError:
                if channel and self.link.inbox(0):
                    self.hear()
                    raise OverError from None
                if time.monotonic() >= deadline:
                    raise

    def leave(self) -> None:
        """Say goodbye if that is still possible, and hang up."""
        if self.is_open:
            self.send("connection.close", code=200, text="")
            deadline = time.monotonic() + WAIT_S
            try:
                while time.monotonic() < deadline:
                    if self.link.receive(0, WAIT_S).name in ("connection.close-ok", "connection.close"):
                        break
            except (HungUpError, SilenceError, AssertionError):
                pass
        self.link.hang_up()


def login(
    user: str = "guest", password: str = "guest", capabilities: Iterable[str] = CAPABILITIES
) -> dict[str, Any]:
    """The fields of a start-ok."""
    return {
        "mechanism": "PLAIN",
        "response": f"\0{user}\0{password}".encode(),
        "locale": "en_US",
        "properties": {"capabilities": dict.fromkeys(capabilities, True)},
    }


@dataclass
class Chan:
    """A channel. Verbs write down what comes; `answer` does not."""

    line: Line
    number: int

    @property
    def talk(self) -> Talk:
        return self.line.talk

    # ---- saying

    def send(self, method: str, **values: Any) -> None:
        """Say a method; what it creates is remembered, to be removed in the end."""
        self._remember(method, values)
        self.line.link.send(write_method(self.number, method, values))

    def publish(
        self, key: str, body: bytes = b"", exchange: str = "", *, mandatory: bool = False, **properties: Any
    ) -> None:
        """Publish; keywords are properties."""
        values = {"exchange": exchange, "key": key, "mandatory": mandatory}
        self.line.link.send(
            write_method(self.number, "basic.publish", values)
            + self.header(len(body), write_properties(properties))
            + (write_frame(BODY, self.number, body) if body else b"")
        )

    def header(self, size: int, properties: bytes = b"\0\0", *, class_id: int = 60, weight: int = 0) -> bytes:
        """A content header in its frame."""
        return write_frame(HEADER, self.number, pack(">HHQ", class_id, weight, size) + properties)

    def body(self, data: bytes) -> bytes:
        """A piece of a body in its frame."""
        return write_frame(BODY, self.number, data)

    def raw(self, *parts: bytes) -> None:
        """Send bytes as they are."""
        self.line.link.send(b"".join(parts))

    def ack(self, tag: int, *, multiple: bool = False) -> None:
        self.send("basic.ack", delivery=tag, multiple=multiple)

    def nack(self, tag: int, *, multiple: bool = False, requeue: bool = True) -> None:
        self.send("basic.nack", delivery=tag, multiple=multiple, requeue=requeue)

    def reject(self, tag: int, *, requeue: bool = False) -> None:
        self.send("basic.reject", delivery=tag, requeue=requeue)

    # ---- hearing

    def hear(self, count: int = 1) -> Item:
        """Write down the next items."""
        for _ in range(count):
            item = self.line._next(self.number, WAIT_S)
            self._note(item)
        return item

    def answer(self) -> Item:
        """The next item, not written down (unless it is an error)."""
        item = self.line._next(self.number, WAIT_S)
        if item.name == "channel.close":
            self._note(item)
            raise OverError
        return item

    def call(self, method: str, **values: Any) -> Item:
        """Say a method and write everything down until its answer, or the channel's end."""
        self.send(method, **values)
        answers = {f"{method}-ok", "channel.close"} | (
            {"basic.get-empty"} if method == "basic.get" else set()
        )
        while True:
            item = self.hear()
            if item.name in answers:
                return item

    def _note(self, item: Item) -> None:
        self.line.note(item)
        if item.name == "queue.declare-ok":
            self.talk.queues[item.values["queue"]] = None
        if item.name == "channel.close":
            self.send("channel.close-ok")

    def _remember(self, method: str, values: dict[str, Any]) -> None:
        if method == "queue.declare" and values.get("queue"):
            self.talk.queues[values["queue"]] = None
        if method == "exchange.declare" and values["exchange"] and values["exchange"][:4] != "amq.":
            self.talk.exchanges[values["exchange"]] = None

    # ---- verbs

    def reopen(self) -> "Chan":
        """Open the channel again after it was closed."""
        self.send("channel.open")
        assert self.answer().name == "channel.open-ok"
        return self

    def queue(self, name: str = "q", arguments: dict[str, Any] | None = None, **flags: bool) -> Item:
        """Declare a queue."""
        return self.call("queue.declare", queue=name, arguments=arguments or {}, **flags)

    def exchange(
        self, name: str = "x", kind: str = "direct", arguments: dict[str, Any] | None = None, **flags: bool
    ) -> Item:
        """Declare an exchange."""
        return self.call("exchange.declare", exchange=name, type=kind, arguments=arguments or {}, **flags)

    def bind(self, queue: str, exchange: str, key: str = "", arguments: dict[str, Any] | None = None) -> Item:
        """Bind a queue."""
        return self.call("queue.bind", queue=queue, exchange=exchange, key=key, arguments=arguments or {})

    def get(self, queue: str = "q", *, no_ack: bool = True) -> Item:
        """Get a message, or hear that there is none."""
        return self.call("basic.get", queue=queue, no_ack=no_ack)

    def get_all(self, *queues: str) -> None:
        """Get until a queue is empty."""
        for queue in queues or ("q",):
            self.settle(queue)
            while self.get(queue).name == "basic.get-ok":
                pass

    def get_soon(self, queue: str = "q", *, no_ack: bool = True) -> Item:
        """Get a message that may be a while on its way."""
        deadline = time.monotonic() + WAIT_S
        while True:
            self.send("basic.get", queue=queue, no_ack=no_ack)
            item = self.answer()
            if item.name == "basic.get-ok" or time.monotonic() > deadline:
                self._note(item)
                return item
            time.sleep(POLL_S)

    def consume(self, queue: str = "q", tag: str = "t", **values: Any) -> Item:
        """Begin to consume."""
        return self.call("basic.consume", queue=queue, tag=tag, **values)

    def qos(self, count: int, *, shared: bool = False) -> Item:
        return self.call("basic.qos", count=count, **{"global": shared})

    def count(self, queue: str = "q") -> tuple[int, int]:
        """Write down how many messages and consumers a queue has."""
        self.settle(queue)
        item = self.call("queue.declare", queue=queue, passive=True)
        return item.values.get("messages", -1), item.values.get("consumers", -1)

    def count_soon(self, messages: int, queue: str = "q", *, consumers: int | None = None) -> None:
        """Write down the counts of a queue once they are these, or when they will not be."""
        deadline = time.monotonic() + WAIT_S
        while True:
            item = self._look(queue)
            counts = (item.values["messages"], item.values["consumers"])
            wanted = (messages, counts[1] if consumers is None else consumers)
            if counts == wanted or time.monotonic() > deadline:
                return self._note(item)
            time.sleep(POLL_S)

    def settle(self, queue: str = "q") -> None:
        """Two round trips through a queue: what it had to say has come by then, and is written down."""
        for _ in range(2):
            self._look(queue)

    def _look(self, queue: str) -> Item:
        self.send("queue.declare", queue=queue, passive=True)
        while True:
            item = self.answer()
            if item.name == "queue.declare-ok":
                return item
            self._note(item)

    def gone_soon(self, queue: str = "q") -> None:
        """Write down that a queue goes; the channel ends with the question, and is opened again.

        It asks by binding, which unlike a declaration does not keep a queue that expires.
        """
        deadline = time.monotonic() + WAIT_S
        while True:
            self.send("queue.bind", queue=queue, exchange="amq.direct", key="is it there?")
            item = self.line._next(self.number, WAIT_S)
            if item.name == "channel.close" or time.monotonic() > deadline:
                self._note(item)
                break
            time.sleep(POLL_S)
        if item.name == "channel.close":
            self.reopen()

    def confirm(self) -> Item:
        return self.call("confirm.select")

    def confirms(self, count: int, *, first: int = 1) -> None:
        """Wait until so many publishes are confirmed; say which were not, whatever comes between."""
        open_tags, refused = set(range(first, first + count)), set[int]()
        while open_tags:
            item = self.line._next(self.number, WAIT_S)
            if item.name not in ("basic.ack", "basic.nack"):
                self._note(item)
                if item.name == "channel.close":
                    return
                continue
            tag = item.values["delivery"]
            settled = {each for each in open_tags if each <= tag} if item.values["multiple"] else {tag}
            open_tags -= settled
            refused |= settled if item.name == "basic.nack" else set()
        self.talk.say(f"confirmed {first} to {first + count - 1}; refused: {sorted(refused) or 'none'}")
