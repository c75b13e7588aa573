"""Clients that do anything: random commands, by the seed of a world."""

from collections.abc import Callable
from itertools import accumulate
from random import Random
from typing import Any

from mqstudio.model import commands as c
from mqstudio.model.delivery import Outcome
from mqstudio.model.message import Traits, traits
from mqstudio.model.policies import Policy
from mqstudio.model.refs import QueueRef
from mqstudio.model.topology import ConnectionInfo, DestinationKind, VhostSpec
from tests.crash.world import Inbox, World

POISON = b"poison"
"""Whoever gets a message that begins so does not survive it."""

DLX = {"x-dead-letter-exchange": "dead"}
QUEUES: dict[str, dict[str, Any]] = {
    "plain": {"is_durable": True},
    "other": {"is_durable": True},
    "transient": {},
    "ranked": {"is_durable": True, "arguments": {"x-max-priority": 5}},
    "short": {"is_durable": True, "arguments": {"x-max-length": 5, **DLX}},
    "full": {
        "is_durable": True,
        "arguments": {"x-max-length": 4, "x-overflow": "reject-publish-dlx", **DLX},
    },
    "brief": {"is_durable": True, "arguments": {"x-message-ttl": 5_000, **DLX}},
    "counted": {"is_durable": True, "arguments": {"x-queue-type": "quorum", "x-delivery-limit": 3, **DLX}},
    "log": {"is_durable": True, "arguments": {"x-queue-type": "stream", "x-max-length-bytes": 3_000}},
    "single": {"is_durable": True, "arguments": {"x-single-active-consumer": True}},
    "mine": {"is_durable": True, "is_exclusive": True},
    "leaving": {"is_durable": True, "is_auto_delete": True},
    "graves": {"is_durable": True},
}
EXCHANGES: dict[str, dict[str, Any]] = {
    "dead": {"kind": "fanout", "is_durable": True},
    "topics": {"kind": "topic", "is_durable": True},
    "direct": {"kind": "direct", "is_durable": True},
    "fan": {"kind": "fanout"},
    "late": {"kind": "x-delayed-message", "is_durable": True, "arguments": {"x-delayed-type": "direct"}},
}
KEYS = ("a", "b", "a.b", "*.b", "#")
SIZES = (0, 10, 10, 100, 100, 1_000, 6_000)
CLIENTS = 3
ROOM_BYTES = 40_000


class Clients:
    """A few connections with two channels each, one of them with transactions now and then."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rng: Random = world.rng
        self.channels: dict[int, list[int]] = {}
        self.published = 0

    def arrive(self) -> None:
        """Connect, and see to it that the usual things are there."""
        self.channels.clear()
        for _ in range(CLIENTS):
            self.connect()
        channel = self.channel()
        if self.world.witness.epoch == 2:  # the first beginning
            for name, options in EXCHANGES.items():
                self.world.do(c.DeclareExchange(channel, name, **options))
            for name, options in QUEUES.items():
                self.world.do(c.DeclareQueue(channel, name, **options))
            self.world.do(c.Bind(channel, "dead", "graves"))
            for exchange, queue, key in (
                ("topics", "plain", "*.b"),
                ("topics", "counted", "#"),
                ("direct", "plain", "a"),
                ("direct", "transient", "a"),
                ("late", "other", "a"),
                ("fan", "ranked", ""),
            ):
                self.world.do(c.Bind(channel, exchange, queue, key))
        self.subscribe()
        self.subscribe()

    def connect(self) -> None:
        world = self.world
        connection_id, world.next_id = world.next_id, world.next_id + 1
        info = ConnectionInfo(connection_id, "test", "127.0.0.1:1", f"client {connection_id}")
        world.do(c.OpenConnection(info))
        world.inboxes[connection_id] = Inbox()
        world.do(c.GrantRoom(connection_id, ROOM_BYTES))
        self.channels[connection_id] = []
        for number in (1, 2):
            self.open_channel(connection_id, number)

    def open_channel(self, connection_id: int, number: int, vhost: str = "") -> int:
        world = self.world
        channel_id, world.next_id = world.next_id, world.next_id + 1
        world.do(c.OpenChannel(channel_id, connection_id, number, vhost))
        self.channels[connection_id].append(channel_id)
        return channel_id

    def act(self) -> None:
        """Do one thing."""
        pick = self.rng.random() * _TOTAL
        action = next(action for action, limit in _ACTIONS if pick < limit)
        action(self)
        for connection_id in list(self.world.inboxes):
            connection = self.world.engine.connections.get(connection_id)
            if connection is not None and connection.room_bytes <= 0:
                self.world.do(c.GrantRoom(connection_id, ROOM_BYTES))

    def channel(self) -> int:
        """Any channel."""
        return self.rng.choice([each for channels in self.channels.values() for each in channels])

    def body(self) -> bytes:
        """One of its own."""
        self.published += 1
        return b"%d " % self.published + self.rng.randbytes(self.rng.choice(SIZES))

    # ---- what clients do

    def publish(self) -> None:
        rng, channel = self.rng, self.channel()
        for _ in range(rng.choice((1, 1, 2, 5, 12))):
            exchange = rng.choice(("", "", "", *EXCHANGES))
            key = rng.choice(tuple(QUEUES)) if not exchange else rng.choice(KEYS)
            command = c.PublishMessage(
                channel,
                exchange,
                key,
                rng.randbytes(rng.randrange(20)),
                self.body(),
                rng.random() < 0.2,
                "test",
                self._traits(),
            )
            self.world.do(command)

    def _traits(self) -> Traits:
        rng = self.rng
        return traits(
            is_persistent=rng.random() < 0.8,
            priority=rng.choice((0, 0, 1, 5, 9)),
            ttl_us=rng.choice((None, None, None, None, 2_000_000)),
            delay_us=rng.choice((None, None, None, 3_000_000)),
        )

    def publish_poison(self) -> None:
        wish = traits(is_persistent=True)
        self.world.do(
            c.PublishMessage(self.channel(), "", "counted", b"", POISON + self.body(), False, "test", wish)
        )

    def settle(self) -> None:
        rng = self.rng
        inboxes = [each for each in self.world.inboxes.values() if each.open]
        if not inboxes:
            return
        inbox = rng.choice(inboxes)
        channel, tag = rng.choice(list(inbox.open))
        is_multiple = rng.random() < 0.3
        outcome = rng.choice((Outcome.ACCEPTED,) * 4 + (Outcome.RELEASED, Outcome.RELEASED, Outcome.REJECTED))
        for each in list(inbox.open):
            if each[0] == channel and (each[1] == tag or (is_multiple and each[1] < tag)):
                del inbox.open[each]
        self.world.do(c.SettleDelivery(channel, tag, is_multiple, outcome))

    def take(self) -> None:
        queue = self.rng.choice(tuple(QUEUES))
        self.world.do(c.TakeMessage(self.channel(), queue, self.rng.random() < 0.3))

    def subscribe(self) -> None:
        rng = self.rng
        queue = rng.choice(tuple(QUEUES))
        tag = f"t{rng.randrange(6)}"
        credit = rng.choice((1, 2, 5, 20))
        is_auto = rng.random() < 0.1 and queue != "log"
        start = c.LogStart(offset=0) if queue == "log" else None
        self.world.do(c.Subscribe(self.channel(), queue, tag, is_auto, credit=credit, start=start))

    def cancel(self) -> None:
        self.world.do(c.CancelSubscription(self.channel(), f"t{self.rng.randrange(6)}"))

    def declare(self) -> None:
        rng = self.rng
        if rng.random() < 0.3:
            name = rng.choice(tuple(EXCHANGES))
            self.world.do(c.DeclareExchange(self.channel(), name, **EXCHANGES[name]))
        else:
            name = rng.choice(tuple(QUEUES))
            self.world.do(c.DeclareQueue(self.channel(), name, **QUEUES[name]))

    def delete(self) -> None:
        rng = self.rng
        if rng.random() < 0.3:
            self.world.do(c.DeleteExchange(self.channel(), rng.choice(tuple(EXCHANGES))))
        else:
            self.world.do(c.DeleteQueue(self.channel(), rng.choice(tuple(QUEUES))))

    def bind(self) -> None:
        rng = self.rng
        verb = c.Bind if rng.random() < 0.7 else c.Unbind
        source, key = rng.choice(tuple(EXCHANGES)), rng.choice(KEYS)
        if rng.random() < 0.2:
            target, kind = rng.choice(tuple(EXCHANGES)), DestinationKind.EXCHANGE
        else:
            target, kind = rng.choice(tuple(QUEUES)), DestinationKind.QUEUE
        self.world.do(verb(self.channel(), source, target, key, {}, kind))

    def purge(self) -> None:
        self.world.do(c.PurgeQueue(self.channel(), self.rng.choice(tuple(QUEUES))))

    def undo(self) -> None:
        world = self.world
        if not world.bins:
            return
        bin_id = self.rng.choice(sorted(world.bins))
        event = world.bins[bin_id]
        messages = [c.RestoredMessage(each.message, each.deliveries) for each in event.purged]
        target = self._living(event.queue)
        if target is not None:
            del world.bins[bin_id]
            world.do(c.RestoreMessages(self.channel(), target, bin_id, messages))

    def _living(self, ref: QueueRef) -> str | None:
        vhost = self.world.engine.vhosts.get(ref.vhost)
        queue = vhost.queues.get(ref.name) if vhost is not None else None
        usable = queue is not None and queue.ref == ref and queue.owner is None and ref.vhost == "/"
        return ref.name if usable else None

    def transact(self) -> None:
        rng, world, channel = self.rng, self.world, self.channel()
        world.do(c.SelectTransaction(channel))
        for _ in range(rng.randrange(4)):
            key = rng.choice(tuple(QUEUES))
            world.do(c.PublishMessage(channel, "", key, b"", self.body(), False, "test", self._traits()))
        world.do((c.CommitTransaction if rng.random() < 0.7 else c.RollbackTransaction)(channel))

    def close_channel(self) -> None:
        world, channel = self.world, self.channel()
        for connection_id, channels in self.channels.items():
            if channel in channels:
                channels.remove(channel)
                inbox = world.inboxes[connection_id]
                for item in [item for item in inbox.waiting if item[1].channel.id == channel]:
                    inbox.waiting.remove(item)
                    world.witness.lost_on_the_way(item[1])
                for key in [key for key in inbox.open if key[0] == channel]:
                    del inbox.open[key]
                world.do(c.CloseChannel(channel))
                self.open_channel(connection_id, len(channels) + 1)
                return

    def recover(self) -> None:
        channel = self.channel()
        for inbox in self.world.inboxes.values():
            for key in [key for key in inbox.open if key[0] == channel]:
                del inbox.open[key]
        self.world.do(c.RecoverDeliveries(channel))

    def hang_up(self, connection_id: int | None = None) -> None:
        """A client goes without a word, and another one comes."""
        gone = self.rng.choice(list(self.channels)) if connection_id is None else connection_id
        del self.channels[gone]
        self.world.hang_up(gone)
        self.connect()

    def rule(self) -> None:
        """A policy comes or goes."""
        rng = self.rng
        name = rng.choice(("one", "two"))
        if rng.random() < 0.3:
            self.world.do(c.DeletePolicy("/", name))
            return
        definition = rng.choice(
            ({"max-length": 8}, {"dead-letter-exchange": "dead"}, {"message-ttl": 60_000})
        )
        pattern = rng.choice(("plain", "other", "ranked"))
        self.world.do(c.PutPolicy(Policy("/", name, pattern, definition)))

    def host(self) -> None:
        """A virtual host comes, is used, and goes."""
        rng, world = self.rng, self.world
        if rng.random() < 0.4:
            world.do(c.DeleteVhost("side"))
            return
        world.do(c.PutVhost(VhostSpec("side")))
        connection_id = rng.choice(list(self.channels))
        channel_id, world.next_id = world.next_id, world.next_id + 1
        world.do(c.OpenChannel(channel_id, connection_id, 9, "side"))
        world.do(c.DeclareQueue(channel_id, "plain", is_durable=True))
        world.do(c.PublishMessage(channel_id, "", "plain", b"", self.body(), False, "test", self._traits()))
        world.do(c.CloseChannel(channel_id))

    def wait(self) -> None:
        self.world.wait(self.rng.choice((1_000, 100_000, 2_500_000, 6_000_000)))

    def page_out(self) -> None:
        self.world.do(c.PageOut(0, self.rng.choice((2, 3, 5))))


_WEIGHTS: tuple[tuple[Callable[[Clients], None], float], ...] = (
    (Clients.publish, 40),
    (Clients.publish_poison, 2),
    (Clients.settle, 30),
    (Clients.take, 6),
    (Clients.subscribe, 7),
    (Clients.cancel, 2),
    (Clients.declare, 4),
    (Clients.delete, 1.5),
    (Clients.bind, 3),
    (Clients.purge, 2),
    (Clients.undo, 2),
    (Clients.transact, 3),
    (Clients.close_channel, 2),
    (Clients.recover, 1),
    (Clients.hang_up, 1.5),
    (Clients.rule, 1),
    (Clients.host, 1),
    (Clients.wait, 5),
    (Clients.page_out, 3),
)
_ACTIONS = tuple(
    zip((each for each, _ in _WEIGHTS), accumulate(weight for _, weight in _WEIGHTS), strict=True)
)
_TOTAL = _ACTIONS[-1][1]
