"""Drives an engine in tests: opens connections and channels, moves the clock, collects events."""

from typing import Any

from mqstudio.engine.engine import Engine
from mqstudio.model import commands as c
from mqstudio.model.delivery import Outcome
from mqstudio.model.events import Event, EventBatch, MessageDelivered
from mqstudio.model.topology import ConnectionInfo
from mqstudio.registry import discover


def new_engine() -> Engine:
    """An engine with every exchange kind and nothing declared."""
    kinds = discover("mqstudio.engine.exchanges", "EXCHANGE_KIND").found.values()
    return Engine({kind.name: kind for kind in kinds})


class Driver:
    """An engine and what has come out of it. `events` are of the last call only."""

    def __init__(self) -> None:
        self.engine = new_engine()
        self.now_us = 1_000
        self.events: list[Event] = []
        self.all_events: list[Event] = []
        self.batches: list[EventBatch] = []
        self._next_id = 1

    def do(self, command: Any) -> Any:
        """Apply, advance, and return the reply."""
        batch = EventBatch()
        self.now_us += 10
        try:
            reply = self.engine.apply(command, self.now_us, batch)
            self.engine.advance(self.now_us, batch)
        finally:
            self.events = list(batch)
            self.all_events += batch
            self.batches.append(batch)
        return reply

    def wait(self, ms: float) -> None:
        """Let time pass, by way of every deadline on the way."""
        until_us = self.now_us + int(ms * 1000)
        batch = EventBatch()
        while (at_us := self.engine.next_deadline()) is not None and at_us <= until_us:
            self.now_us = max(self.now_us, at_us)
            self.engine.advance(self.now_us, batch)
        self.now_us = until_us
        self.engine.advance(until_us, batch)
        self.events = list(batch)
        self.all_events += batch

    def new_id(self) -> int:
        self._next_id += 1
        return self._next_id

    def connect(self, name: str = "client") -> int:
        connection_id = self.new_id()
        self.do(c.OpenConnection(ConnectionInfo(connection_id, "test", "127.0.0.1:1", name)))
        return connection_id

    def channel(self, connection_id: int | None = None) -> int:
        channel_id = self.new_id()
        owner = self.connect() if connection_id is None else connection_id
        self.do(c.OpenChannel(channel_id, owner, 1))
        return channel_id

    def queue(self, channel: int, name: str = "q", **options: Any) -> Any:
        return self.do(c.DeclareQueue(channel, name, **options))

    def publish(
        self, channel: int, key: str = "q", body: bytes = b"", exchange: str = "", **options: Any
    ) -> int:
        """Publish and return the message's id."""
        message_id = self.engine.next_message_id
        self.do(c.PublishMessage(channel, exchange, key, b"", body, **options))
        return message_id

    def subscribe(self, channel: int, queue: str = "q", tag: str = "t", **options: Any) -> Any:
        return self.do(c.Subscribe(channel, queue, tag, **options))

    def settle(self, channel: int, tag: int, outcome: Outcome, *, is_multiple: bool = False) -> None:
        self.do(c.SettleDelivery(channel, tag, is_multiple, outcome))

    def accept(self, channel: int, tag: int, *, is_multiple: bool = False) -> None:
        self.settle(channel, tag, Outcome.ACCEPTED, is_multiple=is_multiple)

    def of(self, kind: type) -> list[Any]:
        """Events of a kind from the last call."""
        return [event for event in self.events if type(event) is kind]

    def delivered(self) -> list[MessageDelivered]:
        return self.of(MessageDelivered)

    def ready(self, name: str = "q") -> list[int]:
        """Ids of the ready messages, first first."""
        return [message.id for message in self.engine.vhosts["/"].queues[name].ready]
