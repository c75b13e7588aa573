"""kill -9: a real broker with real clients is killed at any moment, again and again, and must keep its word.

Each cycle starts the broker on the same profile, lets clients publish with confirms, consume, give back,
acknowledge, purge, declare and delete for a moment, and kills it. What clients were told is the history that
`checker` judges. That an acknowledgement is on disk is told by what was confirmed behind it.
"""

import asyncio
import contextlib
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import aiormq
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic

from tests.crash import checker
from tests.crash.checker import Happening, Report
from tests.support.broker import RunningBroker, running_broker

PUBLISHERS = 2
IN_FLIGHT = 16
PREFETCH = 20
MOMENT_S = (0.02, 0.25)
"""A broker lives at least, and at most, so long with its clients."""

HEARD_S = 0.05
"""So long clients that do not notice by themselves are listened to when the broker is gone."""

CALL_S = 20.0
"""Any single answer must come within this, or the broker hangs."""

KEPT_MAX = 40
"""Declared queues that are looked at after each end; more would take longer than a call may."""

QUEUES = {
    "work": {},
    "voted": {"x-queue-type": "quorum"},
    "ranked": {"x-max-priority": 3},
}
PERSISTENT = Basic.Properties(delivery_mode=2)


class Killer:
    """The clients' side of all cycles: what they have done, and what they were told."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.history: list[Happening] = []
        self._in_purged: dict[str, None] = {}
        self.kept: set[str] = set()
        self.gone: set[str] = set()
        """Queues whose declaration, or deletion, was confirmed."""
        self.wrongs: list[str] = []
        self._count = 0
        self._is_killed = False
        self._acknowledged: dict[str, list[str]] = {name: [] for name in QUEUES}

    def _label(self) -> str:
        self._count += 1
        return str(self._count)

    # ---- one cycle

    async def live(self, broker: RunningBroker) -> None:
        """Let clients work until the broker is killed."""
        self._is_killed = False
        self._acknowledged = {name: [] for name in QUEUES}
        async with asyncio.timeout(CALL_S):
            await self._set_up(broker)
        clients: list[Callable[[aiormq.abc.AbstractChannel], Awaitable[None]]] = [
            *(self._publisher(str(number)) for number in range(PUBLISHERS)),
            *(self._consumer(name) for name in QUEUES),
            self._purge,
            self._declare,
        ]
        moment_s = self._random.uniform(*MOMENT_S)
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(self._run(broker, client)) for client in clients]
            await asyncio.sleep(moment_s)
            self._is_killed = True
            broker.process.send_signal(signal.SIGKILL)
            await asyncio.to_thread(broker.process.wait)
            await asyncio.wait(running, timeout=HEARD_S)  # what was on its way is heard
            for each in running:
                each.cancel()
        self.history.append(checker.Crashed())

    async def _run(
        self, broker: RunningBroker, client: Callable[[aiormq.abc.AbstractChannel], Awaitable[None]]
    ) -> None:
        try:
            async with _channel(broker) as channel:
                await client(channel)
        except (Exception, asyncio.CancelledError):  # clients notice that the broker is gone in many ways
            if not self._is_killed:
                raise

    async def _set_up(self, broker: RunningBroker) -> None:
        async with _channel(broker) as channel:
            for name, arguments in QUEUES.items():
                await channel.queue_declare(name, durable=True, arguments=dict(arguments))
            await channel.queue_declare("emptied", durable=True)
            await channel.exchange_declare(exchange="topics", exchange_type="topic", durable=True)
            await self._look_at_queues(channel)

    async def _look_at_queues(self, channel: aiormq.abc.AbstractChannel) -> None:
        """All queues whose declaration was answered are there with their binding, the others are not."""
        for name in sorted(self.kept):
            await channel.queue_declare(name, passive=True)
            confirmed = await channel.basic_publish(
                b"", exchange="topics", routing_key=name, mandatory=True, properties=PERSISTENT
            )
            if not isinstance(confirmed, Basic.Ack):
                self.wrongs.append(f"the binding of {name} is gone: {confirmed}")
            await channel.queue_purge(name)

    # ---- what clients do

    def _publisher(self, line: str) -> Callable[[aiormq.abc.AbstractChannel], Awaitable[None]]:
        async def publish_on(channel: aiormq.abc.AbstractChannel) -> None:
            async with asyncio.TaskGroup() as tasks:
                room = asyncio.Semaphore(IN_FLIGHT)
                while True:
                    await room.acquire()
                    name = self._random.choice(list(QUEUES))
                    label = self._label()
                    priority = int(label) % 4 if name == "ranked" else 0
                    self.history.append(checker.Attempted(name, label, f"{line}/{priority}"))
                    tasks.create_task(self._publish(channel, name, label, priority, room))

        return publish_on

    async def _publish(
        self,
        channel: aiormq.abc.AbstractChannel,
        queue: str,
        label: str,
        priority: int,
        room: asyncio.Semaphore,
    ) -> None:
        properties = Basic.Properties(delivery_mode=2, priority=priority)
        answer = await channel.basic_publish(label.encode(), routing_key=queue, properties=properties)
        if isinstance(answer, Basic.Ack):
            self.history.append(checker.Confirmed(queue, label))
        room.release()

    def _consumer(self, queue: str) -> Callable[[aiormq.abc.AbstractChannel], Awaitable[None]]:
        async def consume(channel: aiormq.abc.AbstractChannel) -> None:
            inbox: asyncio.Queue[DeliveredMessage] = asyncio.Queue()
            await channel.basic_qos(prefetch_count=PREFETCH)
            await channel.basic_consume(queue, inbox.put)
            while True:
                message = await inbox.get()
                await self._take(channel, queue, message)

        return consume

    async def _take(self, channel: aiormq.abc.AbstractChannel, queue: str, message: DeliveredMessage) -> None:
        label, delivery = message.body.decode(), message.delivery
        assert isinstance(delivery, Basic.Deliver)
        assert delivery.delivery_tag is not None
        headers = message.header.properties.headers or {}
        before = int(str(headers.get("x-delivery-count", 0)))
        self.history.append(checker.Delivered(queue, label, bool(delivery.redelivered), before))
        lot = self._random.random()
        if lot < 0.7:
            self.history.append(checker.Acknowledged(queue, label))
            await channel.basic_ack(delivery.delivery_tag)
            await self._make_sure(channel, queue, label)
        elif lot < 0.85:
            self.history.append(checker.Returned(queue, label))
            await channel.basic_nack(delivery.delivery_tag, requeue=True)

    async def _make_sure(self, channel: aiormq.abc.AbstractChannel, queue: str, label: str) -> None:
        """What was acknowledged is on disk when a message is that was published behind it."""
        waiting = self._acknowledged[queue]
        waiting.append(label)
        if len(waiting) >= 10:
            self._acknowledged[queue] = []
            await channel.basic_publish(b"", routing_key="emptied", properties=PERSISTENT)
            self.history += [checker.Settled(queue, each) for each in waiting]

    async def _purge(self, channel: aiormq.abc.AbstractChannel) -> None:
        while True:
            labels = [self._label() for _ in range(5)]
            for label in labels:
                self.history.append(checker.Attempted("purged", label))
            self._in_purged.update(dict.fromkeys(labels))
            await channel.queue_declare("purged", durable=True)
            for label in labels:
                await channel.basic_publish(label.encode(), routing_key="purged", properties=PERSISTENT)
                self.history.append(checker.Confirmed("purged", label))
            if self._random.random() < 0.5:
                there = list(self._in_purged)  # also what is left from before it was killed
                self.history += [checker.Removed("purged", label) for label in there]
                await channel.queue_purge("purged")
                self.history += [checker.Settled("purged", label) for label in there]
                self._in_purged.clear()
            else:
                await self._take_all(channel, labels)

    async def _take_all(self, channel: aiormq.abc.AbstractChannel, labels: list[str]) -> None:
        for _ in labels:
            got = await channel.basic_get("purged")
            if isinstance(got.delivery, Basic.GetOk):
                label = got.body.decode()
                self.history.append(checker.Delivered("purged", label, bool(got.delivery.redelivered)))
                self.history.append(checker.Acknowledged("purged", label))
                await channel.basic_ack(got.delivery.delivery_tag or 0)
                self._in_purged.pop(label, None)

    async def _declare(self, channel: aiormq.abc.AbstractChannel) -> None:
        while True:
            name = f"made-{self._label()}"
            await channel.queue_declare(name, durable=True)
            await channel.queue_bind(name, "topics", routing_key=name)
            self.kept.add(name)
            if self._random.random() < 0.7 or len(self.kept) > KEPT_MAX:
                gone = self._random.choice(sorted(self.kept))
                self.kept.discard(gone)
                await channel.queue_delete(gone)
                self.gone.add(gone)

    # ---- the end

    async def count_up(self, broker: RunningBroker) -> None:
        """Take everything that is left, in order."""
        async with asyncio.timeout(10 * CALL_S), _channel(broker) as channel:
            await self._look_at_queues(channel)
            for queue in (*QUEUES, "purged"):
                with contextlib.suppress(aiormq.exceptions.ChannelNotFoundEntity):
                    while isinstance(
                        (got := await channel.basic_get(queue, no_ack=True)).delivery, Basic.GetOk
                    ):
                        self.history.append(checker.Left(queue, got.body.decode()))
        for name in sorted(self.gone):
            async with asyncio.timeout(CALL_S), _channel(broker) as channel:
                with contextlib.suppress(aiormq.exceptions.ChannelNotFoundEntity):
                    await channel.queue_declare(name, passive=True)
                    self.wrongs.append(f"{name} is back, though its deletion was confirmed")


@contextlib.asynccontextmanager
async def _channel(broker: RunningBroker) -> AsyncIterator[aiormq.abc.AbstractChannel]:
    connection = await aiormq.connect(broker.url)
    try:
        yield await connection.channel()
    finally:
        with contextlib.suppress(Exception):  # it may be broken in many ways
            await connection.close()


def run(
    folder: Path, cycles: int, seed: int, *, program: Sequence[str] = ("mqstudio",)
) -> tuple[Report, list[str]]:
    """Kill a broker so many times; the checker's report, and what else was wrong. program: which broker."""
    killer = Killer(seed)
    for _ in range(cycles):
        with running_broker(folder, program=program) as broker:
            asyncio.run(killer.live(broker))
    with running_broker(folder, program=program) as broker:
        asyncio.run(killer.count_up(broker))
    return checker.check(killer.history), killer.wrongs
