"""What each microsecond of a message goes to, step by step, measured apart and as a whole.

Run: python -m tests.bench.hot_path. Times are per message of 16 B, the best of several rounds of 256
messages, as a turn of the server's loop has them. What the whole turn takes beyond the sum of its steps
is the server's loop around them. Sockets are left out: see `in_process`.
"""

import asyncio
import gc
import struct
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from msgspec.structs import replace

from mqstudio.engine.engine import Engine
from mqstudio.model import commands as c
from mqstudio.model.delivery import Outcome
from mqstudio.model.events import EventBatch, MessageEnqueued, MessagePublished, MessageRouted
from mqstudio.model.message import Message
from mqstudio.model.refs import QueueRef
from mqstudio.model.topology import ConnectionInfo
from mqstudio.server.broker import Broker
from mqstudio.server.plugins import find_protocols, new_engine
from mqstudio.store.memory import MemoryStore
from tests.bench import wire
from tests.bench.in_process import Client
from tests.bench.letters import QUEUE, TAG
from tests.support.amqp091 import Conversation, opened

BATCH = 256
ROUNDS = 60
BODY = b"m" * 16
CHANNEL, CONNECTION = 11, 10


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a message's way: what it costs where messages are alike, and where each is different."""

    what: str
    alike_us: float
    different_us: float


@dataclass(frozen=True, slots=True)
class Profile:
    """The steps of publishing, and those of delivering and acknowledging; each list ends with its sum."""

    publish: list[Step]
    deliver: list[Step]


def measure() -> Profile:
    """Measure everything, both ways."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)  # as the server has it
    alike, different = (_Way(is_different=flag) for flag in (False, True))
    return Profile(
        _steps(alike.publish_steps(), different.publish_steps()),
        _steps(alike.deliver_steps(), different.deliver_steps()),
    )


def _steps(alike: dict[str, float], different: dict[str, float]) -> list[Step]:
    return [Step(what, us, different[what]) for what, us in alike.items()]


class _Way:
    """Measures one kind of messages. The keys of its results are the same for both kinds."""

    def __init__(self, *, is_different: bool) -> None:
        self._is_different = is_different
        self._number = 0

    def publish_steps(self) -> dict[str, float]:
        """Steps of a publish to a queue without consumers."""
        parse = best_us(self._conversation_and_chunk, _receive)
        message = best_us(lambda: None, lambda _: [_message(i) for i in range(BATCH)])
        events = best_us(lambda: _message(1), _make_events)
        apply = best_us(self._engine_and_commands, _apply_all)
        store = best_us(self._batch, lambda batch: MemoryStore().append(batch))
        whole = self._whole()[0]
        return {
            "parse: frames, method, header; vet properties; make the request": parse,
            "message: make the object that queue, ledger and deliveries share": message,
            "events: published, routed, enqueued, made and appended": events,
            "route and enqueue: channel, exchange, route, queue, counters": apply - message - events,
            "store: append the turn's events to the ledger": store,
            "the server's loop around them": whole - parse - apply - store,
            "**a publish, all in all**": whole,
        }

    def deliver_steps(self) -> dict[str, float]:
        """Steps of delivering and acknowledging, beyond the publish."""
        dispatch = best_us(self._engine_with_ready, _advance)
        write = best_us(self._conversation_and_mail, _write)
        parse = best_us(lambda: (opened().session, _acks(1)), _receive)
        settle = best_us(self._engine_with_deliveries, _apply_all)
        store = best_us(self._delivery_batch, lambda batch: MemoryStore().append(batch))
        publish, delivered, acked = self._whole()
        whole = delivered - publish + acked
        return {
            "dispatch: choose the consumer; events delivered; what is in flight": dispatch,
            "write: frames of the delivery, joined": write,
            "parse: the acknowledgement": parse,
            "settle: find the delivery, credit, event settled": settle,
            "store: append the turn's events to the ledger": store,
            "the server's loop around them": whole - dispatch - write - parse - settle - store,
            "**a delivery and its acknowledgement, all in all**": whole,
        }

    # ---- what the steps work on

    def _properties(self) -> bytes:
        if not self._is_different:
            return wire.NO_PROPERTIES
        self._number += 1
        name = wire.short_string(f"{self._number:036}")
        return struct.pack(">H", 1 << 7 | 1 << 6) + name + struct.pack(">Q", self._number)

    def _chunk(self) -> bytes:
        return b"".join(wire.publish_frames("", QUEUE, BODY, self._properties()) for _ in range(BATCH))

    def _conversation_and_chunk(self) -> tuple[Any, bytes]:
        return opened().session, self._chunk()

    def _engine_and_commands(self) -> tuple[Engine, list[Any], EventBatch]:
        commands = [c.PublishMessage(CHANNEL, "", QUEUE, self._properties(), BODY) for _ in range(BATCH)]
        engine = _engine()
        _apply_all((engine, commands[:1], EventBatch()))
        return engine, commands, EventBatch()

    def _batch(self) -> EventBatch:
        engine, commands, batch = self._engine_and_commands()
        _apply_all((engine, commands, batch))
        return batch

    def _engine_with_ready(self) -> tuple[Engine, EventBatch]:
        engine, commands, _ = self._engine_and_commands()
        engine.apply(c.Subscribe(CHANNEL, QUEUE, TAG), 1, EventBatch())
        engine.advance(1, EventBatch())
        _apply_all((engine, commands, EventBatch()))
        return engine, EventBatch()

    def _engine_with_deliveries(self) -> tuple[Engine, list[Any], EventBatch]:
        engine, batch = self._engine_with_ready()
        engine.advance(1, batch)
        tags = [tag for channel in engine.channels.values() for tag in channel.deliveries]
        acks = [c.SettleDelivery(CHANNEL, tag, False, Outcome.ACCEPTED) for tag in tags[-BATCH:]]
        return engine, acks, batch

    def _delivery_batch(self) -> EventBatch:
        work = self._engine_with_deliveries()
        _apply_all(work)
        return work[2]

    def _conversation_and_mail(self) -> tuple[Conversation, list[Any]]:
        engine, batch = self._engine_with_ready()
        engine.take_mail()
        engine.advance(1, batch)
        conversation = opened()
        mail = [letter for _, letters in engine.take_mail() for letter in letters]
        # The session wants its own channel's deliveries only.
        channel = next(iter(conversation.session.channels_by_id))
        return conversation, [_on_channel(letter, channel) for letter in mail]

    def _whole(self) -> tuple[float, float, float]:
        """Whole turns: of publishes without consumer, with one, and of acknowledgements."""
        published, _ = asyncio.run(self._turns(has_consumer=False))
        delivered, acked = asyncio.run(self._turns(has_consumer=True))
        return published, delivered, acked

    async def _turns(self, *, has_consumer: bool) -> tuple[float, float]:
        broker = Broker()
        publisher, consumer = await Client(broker).open(), await Client(broker).open()
        await consumer.call(wire.declare_frame(QUEUE, {}))
        if has_consumer:
            request = struct.pack(">H", 0) + wire.short_string(QUEUE) + wire.short_string(TAG) + b"\x00"
            await consumer.call(wire.method(1, wire.CONSUME, request + wire.table({})))
        publish_us, ack_us = [], []
        for number in range(ROUNDS):
            publish_us.append(_timed(partial(publisher.link.data_received, self._chunk())))
            if has_consumer:
                acks = _acks(1 + number * BATCH)
                ack_us.append(_timed(partial(consumer.link.data_received, acks)))
        return min(publish_us), min(ack_us, default=0.0)


def best_us(prepare: Callable[[], Any], work: Callable[[Any], object]) -> float:
    """The least time per message over all rounds, in µs; preparing does not count. Any: what one gives."""
    return min(_timed(partial(work, prepare())) for _ in range(ROUNDS))


def _timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) / BATCH * 1e6


def _engine() -> Engine:
    engine = new_engine(find_protocols())
    for command in (
        c.OpenConnection(ConnectionInfo(CONNECTION, "amqp091", "127.0.0.1:1", "bench")),
        c.OpenChannel(CHANNEL, CONNECTION, 1),
        c.DeclareQueue(CHANNEL, QUEUE),
        c.GrantRoom(CONNECTION, 10**9),
    ):
        engine.apply(command, 1, EventBatch())
    return engine


def _message(number: int) -> Message:
    return Message(number, BODY, b"\x00\x00", "", QUEUE, 1, "amqp091", CONNECTION, 274)


def _make_events(message: Message) -> None:
    batch, ref, refs = EventBatch(), QueueRef("/", QUEUE, 1), (QueueRef("/", QUEUE, 1),)
    for _ in range(BATCH):
        batch.append(MessagePublished(1, message))
        batch.append(MessageRouted(1, message, refs))
        batch.append(MessageEnqueued(1, message, ref))


def _receive(work: tuple[Any, bytes]) -> None:
    session, chunk = work
    _exhaust(session.receive_data(chunk, 1))


def _exhaust(requests: Iterable[object]) -> None:
    for _ in requests:
        pass


def _apply_all(work: tuple[Engine, list[Any], EventBatch]) -> None:
    engine, commands, batch = work
    apply = engine.apply
    for command in commands:
        apply(command, 1, batch)


def _advance(work: tuple[Engine, EventBatch]) -> None:
    work[0].advance(1, work[1])


def _write(work: tuple[Conversation, list[Any]]) -> None:
    session = work[0].session
    session.notify(work[1])
    session.data_to_send()


def _on_channel(letter: Any, channel_id: int) -> Any:
    """The same delivery on another channel."""
    return replace(letter, channel=replace(letter.channel, id=channel_id))


def _acks(first: int) -> bytes:
    return b"".join(wire.ack_frame(tag) for tag in range(first, first + BATCH))


def tables(profile: Profile) -> str:
    """The steps as two tables."""
    return "\n\n".join(map(_table, (profile.publish, profile.deliver)))


def _table(steps: list[Step]) -> str:
    head = ["| step | alike, µs | all different, µs |", "| --- | ---: | ---: |"]
    return "\n".join(
        head + [f"| {step.what} | {step.alike_us:.2f} | {step.different_us:.2f} |" for step in steps]
    )


if __name__ == "__main__":
    print(tables(measure()))  # this is what it is for
