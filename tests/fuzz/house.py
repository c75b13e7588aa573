"""A whole broker within the process, somebody who behaves, and the hostile peer: what a session is tried on.

Everything is real but the sockets and the clock. A session counts as survived when the peer has got nothing
but the protocol's own words, the one who behaves got its messages, and nothing is left of the peer.
"""

import asyncio
import logging
from collections import Counter
from struct import unpack_from

from mqstudio.engine import browse
from mqstudio.engine.engine import Engine
from mqstudio.model.access import User
from mqstudio.model.message import Header
from mqstudio.protocols.amqp091 import codec, errors
from mqstudio.server.broker import Broker
from mqstudio.server.clock import ManualClock
from mqstudio.server.fairness import READ_PAUSE_BYTES
from mqstudio.server.passwords import Passwords
from tests.support.amqp091 import (
    PROTOCOL_HEADER,
    Frame,
    declare,
    handshake,
    method,
    open_channel,
    publish,
    split,
)
from tests.support.peers import FakeTransport

QUIET_TURNS = 3
UNREAD_MAX_BYTES = 2 * READ_PAUSE_BYTES
"""What may wait for a peer that does not read: answers up to the pause, and the last one."""


FURNITURE = b"".join(
    [
        declare("q1"),
        declare("q2", {"x-queue-type": "quorum", "x-delivery-limit": 2}, durable=True),
        declare("q3", {"x-max-length": 3, "x-dead-letter-exchange": "x1", "x-max-priority": 3}),
        declare("q4", {"x-queue-type": "stream"}, durable=True),
        declare("q5", {"x-message-ttl": 1_000}),
        publish(bytes(120_000), key="q4") * 12,
        publish(bytes(120_000), key="q1") * 12,
        *(
            method(1, "exchange.declare", 0, name, kind, False, False, False, False, False, arguments)
            for name, kind, arguments in (
                ("x1", "topic", []),
                ("x2", "fanout", []),
                ("x3", "headers", [Header("alternate-exchange", "string", "x2")]),
                ("x4", "x-delayed-message", [Header("x-delayed-type", "string", "direct")]),
                ("x5", "x-consistent-hash", []),
            )
        ),
        method(1, "queue.bind", 0, "q1", "x4", "a", False, []),
        *(method(1, "queue.bind", 0, name, "x5", "3", False, []) for name in ("q1", "q3")),
        method(1, "queue.bind", 0, "q1", "x1", "#", False, []),
        method(1, "queue.bind", 0, "q2", "x2", "", False, []),
        method(1, "queue.bind", 0, "q3", "x3", "", False, [Header("n", "int32", 1)]),
        method(1, "exchange.bind", 0, "x2", "x1", "a.#", False, []),
    ]
)
"""What stands in the house from the beginning: else most of what is done would be about nothing."""


class QuickPasswords(Passwords):
    """Says no at once to wrong passwords: trying them takes 30 ms on purpose, and is tested elsewhere."""

    def check(self, user: User | None, password: str) -> "asyncio.Future[bool]":
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        answer.set_result(False)
        return answer


class Bugs(logging.Handler):
    """Collects what the broker reports as its own mistakes."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(self.format(record))


def watch_log() -> Bugs:
    """Take the broker's log."""
    bugs = Bugs()
    log = logging.getLogger("mqstudio")
    log.handlers = [bugs]
    log.propagate = False
    return bugs


class Wire:
    """A peer's end of a connection."""

    def __init__(self, house: "House") -> None:
        self.house = house
        self.link = house.broker.new_link("amqp091")
        self.transport = FakeTransport(self.link, ("127.0.0.1", 50_000))
        self.link.connection_made(self.transport)
        self.got = bytearray()

    def is_open(self) -> bool:
        return not self.transport.is_closing()

    def feed(self, data: bytes) -> None:
        """What a socket would bring, unless the broker does not read now."""
        if self.is_open() and not self.transport.is_reading_paused:
            self.link.data_received(data)

    def read(self) -> None:
        self.got += self.transport.read()

    def frames(self) -> list[Frame]:
        """All that came, as frames; anything else fails."""
        data = bytes(self.got)
        self.got.clear()
        return [] if data == PROTOCOL_HEADER else split(data)

    def hang_up(self) -> None:
        """The peer is gone, whatever is unread."""
        if not self.transport.is_closing():
            self.transport.abort()
        self.transport.unread.clear()
        self.transport.settle()


class House:
    """A broker with one client that behaves, and a queue of its own."""

    def __init__(self) -> None:
        self.bugs = watch_log()
        self.clock = ManualClock()
        self.broker = Broker(clock=self.clock)
        self.broker.access.passwords.close()
        self.broker.access.passwords = QuickPasswords()
        self.outcomes: Counter[str] = Counter()
        self.host = Wire(self)
        self.rounds = 0

    async def open(self) -> None:
        """Let the one who behaves in."""
        self.host.feed(handshake())
        await quiet()
        self.host.feed(
            open_channel()
            + method(1, "queue.declare", 0, "host", False, False, True, False, False, [])
            + method(1, "basic.consume", 0, "host", "t", False, True, True, False, [])
        )
        self.host.feed(FURNITURE)
        await quiet()
        self.host.read()
        self.host.frames()
        assert self.broker.engine.connections

    def settle(self, hostile: Wire) -> None:
        """Judge a session after its end."""
        self.judge_words(hostile)
        hostile.hang_up()
        engine = self.broker.engine
        connection_id = hostile.link.connection_id
        assert connection_id not in self.broker.links
        assert connection_id not in engine.connections
        assert all(c.connection.info.id != connection_id for c in engine.channels.values())
        self.check_host()
        assert not self.bugs.seen, self.bugs.seen[0]
        assert self.broker.failure is None, repr(self.broker.failure)

    def judge_words(self, hostile: Wire) -> None:
        """Whole frames, known methods, known codes: the protocol's own errors and nothing else."""
        assert len(hostile.transport.unread) <= UNREAD_MAX_BYTES
        hostile.read()
        frames = hostile.frames()
        check_contents(frames)
        for frame in frames:
            if frame.name.endswith(".close"):
                code, text = frame.args[0], frame.args[1]
                assert code in errors.CODES and code != 541, text
                assert text.startswith(errors.CODES[code][0]), text
                self.outcomes[f"{frame.name} {code}"] += 1
            elif frame.kind == codec.METHOD:
                self.outcomes[frame.name] += 1
        self.outcomes["hang-up" if hostile.transport.is_closing() else "survived"] += 1

    def check_host(self) -> None:
        """The one who behaves publishes to itself, and gets just that."""
        self.rounds += 1
        body = b"%d" % self.rounds
        self.host.feed(publish(body, key="host"))
        self.host.read()
        got = self.host.frames()
        assert [frame.payload for frame in got if frame.name == "body"][-1:] == [body], got
        assert self.host.is_open()

    def tick(self, by_us: int) -> None:
        """Let time pass for everybody; the one who behaves does not speak of it."""
        self.clock.advance(by_us)
        self.broker.tick()

    def close(self) -> None:
        """Judge what is left when everybody has gone: queues that agree with themselves."""
        self.host.hang_up()
        check_engine(self.broker.engine)
        assert not self.broker.links
        self.broker.access.passwords.close()


CARRIERS = frozenset({"basic.deliver", "basic.return", "basic.get-ok"})


def check_contents(frames: list[Frame]) -> None:
    """Methods that carry content have it right behind them on their channel, and no others do."""
    awaited: dict[int, int | None] = {}
    for frame in frames:
        left = awaited.pop(frame.channel, 0)
        if frame.kind == codec.HEADER:
            assert left is None, frame
            (left,) = unpack_from(">Q", frame.payload, 4)
        elif frame.kind == codec.BODY:
            assert left is not None and len(frame.payload) <= left, frame
            left -= len(frame.payload)
        else:
            assert left == 0, frame
            left = None if frame.name in CARRIERS else 0
        if left != 0:
            awaited[frame.channel] = left
    assert not awaited, awaited


async def quiet() -> None:
    """Let turns that were asked for come."""
    for _ in range(QUIET_TURNS):
        await asyncio.sleep(0)


def check_engine(engine: Engine) -> None:
    """Nobody is connected: what remains is messages that wait, and their sums."""
    assert not engine.connections
    assert not engine.channels
    assert not engine.mailing
    assert not engine.touched
    check_queues(engine)


def check_queues(engine: Engine) -> None:
    """Nobody subscribes or holds anything: queues are what waits in them."""
    for vhost in engine.vhosts.values():
        for queue in vhost.queues.values():
            where = queue.ref
            assert not queue.subscriptions, where
            assert not queue.eager, where
            assert queue.owner is None, where
            assert queue.in_flight == 0, where
            assert queue.bytes_held == sum(m.held_bytes for m in queue.ready), where
            assert not list(browse.open_deliveries(engine, queue)), where
            assert set(queue.redelivered) <= {m.id for m in queue.ready}, where
