"""What a scripted conversation is written with: connections, channels, verbs, and the transcript.

Everything that comes from the broker is written down, in order. What differs from run to run (names the
broker chooses, ports) is replaced by a star; the form of such names is checked that way too.
"""

import re
import time
from dataclasses import dataclass, field
from typing import Any

from tests.differential.chan import POLL_S, WAIT_S, Chan
from tests.differential.line import Line
from tests.differential.wire import Link, write_method
from tests.support.http_api import Api

CHANGING = [
    (re.compile(r"amq\.gen-[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])"), "amq.gen-*"),
    (re.compile(r"amq\.ctag-[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])"), "amq.ctag-*"),
    (re.compile(r"amq\.rabbitmq\.reply-to\.[^'\" ]+"), "amq.rabbitmq.reply-to.*"),
    (re.compile(r"127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+"), "127.0.0.1:* -> 127.0.0.1:*"),
    (re.compile(r"node: '[^']*'"), "node: *"),
]


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
    _lines: list[Line] = field(default_factory=list)

    def connect(self, **options: Any) -> Line:
        """Open a connection; see `Line.open`."""
        return self.line().open(**options)

    def line(self) -> Line:
        """A socket on which nothing has been said."""
        self._lines.append(Line(self, Link(self.place.port), len(self._lines) + 1))
        return self._lines[-1]

    def channel(self) -> Chan:
        """A new channel of the first connection."""
        line = self._lines[0] if self._lines else self.connect()
        return line.channel()

    def filled(self, count: int = 3) -> Chan:
        """A channel, and queue q with messages 0, 1, 2 …"""
        chan = self.channel()
        chan.queue()
        for number in range(count):
            chan.publish("q", b"%d" % number)
        chan.settle()
        return chan

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


def _insist(line: Line, number: int, method: str, **values: Any) -> None:
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
