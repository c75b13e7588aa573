"""A broker within the test that keeps what it has on a scripted file, and AMQP clients of it."""

import asyncio
from typing import Any

from mqstudio.protocols.amqp091 import codec
from mqstudio.server.broker import Broker
from mqstudio.server.clock import ManualClock
from mqstudio.server.journal import Journal
from mqstudio.store.frames import Frame as StoreFrame
from tests.support.amqp091 import Frame, handshake, method, open_channel, split
from tests.support.peers import SCRIPTED, FakeTransport, ScriptedProtocol
from tests.support.scripted_store import ScriptedChild, ScriptedFile

PERSISTENT = b"\x10\0\x02"
"""Properties: delivery mode 2."""


class Lasting:
    """A broker, and the store process, which writes when the test says so."""

    def __init__(self, file: ScriptedFile, journal: Journal, broker: Broker) -> None:
        self.file = file
        self.journal = journal
        self.broker = broker

    @property
    def child(self) -> ScriptedChild:
        """The store process."""
        return self.file.child

    async def settle(self) -> None:
        """Let the loop do all that is due, with a store process that does what it is sent."""
        for _ in range(20):
            await asyncio.sleep(0)
            while self.child.received:
                kind = self.child.received[0][0]
                if kind is not StoreFrame.COMMIT:
                    return
                self.child.commit()

    async def turn(self) -> None:
        """Let the loop do what is due, with a store process that does nothing."""
        for _ in range(3):
            await asyncio.sleep(0)

    async def peer(self, *channels: int) -> "AmqpPeer":
        """A client with open channels."""
        peer = AmqpPeer(self.broker)
        peer.send(handshake() + b"".join(map(open_channel, channels or (1,))))
        await self.settle()
        names = [frame.name for frame in peer.heard()]
        assert names[-1] == "channel.open-ok", names
        return peer


class AmqpPeer:
    """A client of RabbitMQ's protocol on a socket made of lists."""

    def __init__(self, broker: Broker) -> None:
        self.link = broker.new_link("amqp091")
        self.transport = FakeTransport(self.link, ("127.0.0.1", 50_000))
        self.link.connection_made(self.transport)

    def send(self, data: bytes) -> None:
        """One chunk of bytes."""
        self.link.data_received(data)
        self.transport.settle()

    def call(self, name: str, *arguments: Any, channel: int = 1) -> None:
        """Send a method."""
        self.send(method(channel, name, *arguments))

    def heard(self) -> list[Frame]:
        """Methods that have come since it was last asked."""
        return [frame for frame in split(self.transport.read()) if frame.kind == codec.METHOD]

    def said(self) -> list[tuple[Any, ...]]:
        """Of what has come: the name of each method and its first two arguments."""
        return [(frame.name, *frame.args[:2]) for frame in self.heard()]


async def lasting() -> Lasting:
    """A broker that has begun on a new file."""
    file = ScriptedFile()
    journal = Journal(file.path, start_child=file.start)
    found = await journal.open()
    broker = Broker(clock=ManualClock(), store=journal, found=found)
    broker.protocols[SCRIPTED] = ScriptedProtocol()
    made = Lasting(file, journal, broker)
    await made.settle()
    return made
