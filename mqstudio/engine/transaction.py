"""Transactions: a channel's publishes and settlements are held until it commits, or forgotten."""

from typing import TYPE_CHECKING

from mqstudio.engine import leasing, publishing, settling
from mqstudio.engine.channel import Channel, Delivery
from mqstudio.engine.routing import Found
from mqstudio.model.commands import (
    CommitTransaction,
    PublishMessage,
    RollbackTransaction,
    SelectTransaction,
)
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import EventBatch
from mqstudio.model.limits import MESSAGE_OVERHEAD_BYTES, TRANSACTION_MAX_BYTES
from mqstudio.model.replies import PublishReply

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


class Transaction:
    """What is held. Settled deliveries are off the channel's list, so that nobody settles them twice."""

    __slots__ = ("_engine", "held_bytes", "publishes", "settlements")

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self.publishes: list[tuple[PublishMessage, Found | None]] = []
        self.settlements: list[tuple[int, Delivery, Outcome]] = []
        self.held_bytes = 0

    def publish(self, command: PublishMessage, found: Found | None) -> None:
        """Hold a publish, and where it goes, if that is known already. Raises: RefusedError(TOO_LARGE)."""
        size = len(command.body) + len(command.properties) + MESSAGE_OVERHEAD_BYTES
        if self.held_bytes + size > TRANSACTION_MAX_BYTES:
            raise RefusedError(
                Refusal.TOO_LARGE,
                f"This transaction would hold over {TRANSACTION_MAX_BYTES} bytes. Commit more often.",
            )
        self.held_bytes += size
        self._engine.transaction_bytes += size
        self.publishes.append((command, found))

    def end(self) -> None:
        """Nothing is held any more."""
        self._engine.transaction_bytes -= self.held_bytes

    def settle(self, deliveries: list[tuple[int, Delivery]], outcome: Outcome) -> None:
        """Hold settlements."""
        self.settlements += [(tag, delivery, outcome) for tag, delivery in deliveries]


def select(engine: "Engine", command: SelectTransaction, now_us: int, events: EventBatch) -> None:
    """Begin; doing so twice changes nothing."""
    channel = engine.channel(command.channel_id)
    channel.transaction = channel.transaction or Transaction(engine)


def commit(
    engine: "Engine", command: CommitTransaction, now_us: int, events: EventBatch
) -> PublishReply | None:
    """Publish and settle what was held, and begin anew. Reply: that a full queue refused a message.

    Raises: RefusedError(NO_TRANSACTION).
    """
    channel, held = _held(engine, command.channel_id)
    channel.transaction = None
    held.end()
    refused = None
    for publish, found in held.publishes:
        if found is not None:
            reply = publishing.publish_found(engine, channel, publish, found, now_us, events)
            refused = reply or refused
            continue
        try:
            refused = publishing.publish(engine, publish, now_us, events) or refused
        except RefusedError:  # the exchange that was to hold it is gone, and with it its way to anybody
            engine.unroutable += 1
    for tag, delivery, outcome in held.settlements:
        settling.end(engine, channel, tag, delivery, outcome, now_us, events)
    channel.transaction = Transaction(engine)
    return refused


def roll_back(engine: "Engine", command: RollbackTransaction, now_us: int, events: EventBatch) -> None:
    """Forget what was held, and begin anew. Raises: RefusedError(NO_TRANSACTION)."""
    channel, _ = _held(engine, command.channel_id)
    forget(channel)
    leasing.look(engine, channel)
    channel.transaction = Transaction(engine)


def forget(channel: Channel) -> None:
    """Give up a channel's transaction, if it has one: what was settled in it is open again."""
    held, channel.transaction = channel.transaction, None
    if held is None:
        return
    held.end()
    if held.settlements:
        for tag, delivery, _ in held.settlements:
            channel.deliveries[tag] = delivery
        channel.deliveries = dict(sorted(channel.deliveries.items()))
        channel.lowest_tag = next(iter(channel.deliveries))


def held_bytes(engine: "Engine") -> dict[int, int]:
    """What open transactions are holding, by connection."""
    held: dict[int, int] = {}
    if engine.transaction_bytes:
        for channel in engine.channels.values():
            if channel.transaction is not None and channel.transaction.held_bytes:
                connection_id = channel.connection.id
                held[connection_id] = held.get(connection_id, 0) + channel.transaction.held_bytes
    return held


def _held(engine: "Engine", channel_id: int) -> tuple[Channel, Transaction]:
    channel = engine.channel(channel_id)
    if channel.transaction is None:
        raise RefusedError(Refusal.NO_TRANSACTION, "This channel has no transaction to end. Begin one first.")
    return channel, channel.transaction
