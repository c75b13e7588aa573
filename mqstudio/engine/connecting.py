"""Connections and channels: opening, closing, kicking, and the room of a connection's socket."""

from typing import TYPE_CHECKING

from mqstudio.engine import lending, removing, settling, transaction, waking
from mqstudio.engine.channel import Channel, Connection
from mqstudio.model.commands import (
    CloseChannel,
    CloseConnection,
    GrantRoom,
    KickConnection,
    OpenChannel,
    OpenConnection,
)
from mqstudio.model.delivery import ReleaseCause
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import (
    ChannelClosed,
    ChannelOpened,
    ConnectionClosed,
    ConnectionKicked,
    ConnectionOpened,
    EventBatch,
)
from mqstudio.model.refs import ChannelRef

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def open_connection(engine: "Engine", command: OpenConnection, now_us: int, events: EventBatch) -> None:
    """Let a client in. Raises: RefusedError(NO_SUCH_VHOST)."""
    info = command.info
    vhost = engine.vhost(info.vhost)
    engine.connections[info.id] = Connection(info, vhost)
    events.note(ConnectionOpened(now_us, info))


def close_connection(engine: "Engine", command: CloseConnection, now_us: int, events: EventBatch) -> None:
    """Forget a client: its channels first, then the queues it had for itself.

    Closing what is closed is fine: both ends may see the end first.
    """
    connection = engine.connections.get(command.connection_id)
    if connection is None:
        return
    for channel in list(connection.channels.values()):
        end_channel(engine, channel, now_us, events, ReleaseCause.CONNECTION_CLOSED)
    for queue in list(connection.owned_queues.values()):
        removing.remove_queue(engine, queue, "its connection closed", now_us, events)
    if connection.mail:
        connection.mail = []
        engine.mailing.remove(connection)
    del engine.connections[command.connection_id]
    events.note(ConnectionClosed(now_us, command.connection_id, command.reason))


def kick(engine: "Engine", command: KickConnection, now_us: int, events: EventBatch) -> None:
    """Tell a client's session to end it. Raises: RefusedError(NO_SUCH_CONNECTION).

    Its channels end at once: what is handed over after the goodbye would be lost.
    """
    connection = _connection(engine, command.connection_id)
    for channel in list(connection.channels.values()):
        end_channel(engine, channel, now_us, events, ReleaseCause.KICKED)
    engine.post(connection, ConnectionKicked(command.connection_id, command.reason))


def grant_room(engine: "Engine", command: GrantRoom, now_us: int, events: EventBatch) -> None:
    """The client's socket has room: wake what waited for it."""
    connection = engine.connections.get(command.connection_id)
    if connection is None:
        return
    was_full = connection.room_bytes <= 0
    connection.room_bytes = command.room_bytes
    if was_full:
        for channel in connection.channels.values():
            waking.wake_channel(engine, channel)


def open_channel(engine: "Engine", command: OpenChannel, now_us: int, events: EventBatch) -> None:
    """Open a channel of a connection. Raises: RefusedError: NO_SUCH_CONNECTION, NO_SUCH_VHOST."""
    connection = _connection(engine, command.connection_id)
    ref = ChannelRef(command.channel_id, command.connection_id, command.number)
    vhost = engine.vhost(command.vhost or connection.vhost.name)
    channel = Channel(ref, connection, vhost)
    connection.channels[command.channel_id] = channel
    engine.channels[command.channel_id] = channel
    events.note(ChannelOpened(now_us, ref))


def close_channel(engine: "Engine", command: CloseChannel, now_us: int, events: EventBatch) -> None:
    """End a channel. Raises: RefusedError(NO_SUCH_CHANNEL)."""
    end_channel(engine, engine.channel(command.channel_id), now_us, events)


def end_channel(
    engine: "Engine",
    channel: Channel,
    now_us: int,
    events: EventBatch,
    cause: ReleaseCause = ReleaseCause.CHANNEL_CLOSED,
) -> None:
    """Subscriptions first, so that what the channel held does not come back to it."""
    engine.deadlines.cancel(channel.lease)
    transaction.forget(channel)
    lending.forget_waits(engine, channel)
    for subscription in list(channel.subscriptions.values()):
        removing.end_subscription(engine, subscription, now_us, events)
    settling.release_all(engine, channel, now_us, events, cause)
    del channel.connection.channels[channel.ref.id]
    del engine.channels[channel.ref.id]
    events.note(ChannelClosed(now_us, channel.ref))


def _connection(engine: "Engine", connection_id: int) -> Connection:
    connection = engine.connections.get(connection_id)
    if connection is None:
        raise RefusedError(
            Refusal.NO_SUCH_CONNECTION, f"Connection {connection_id} is gone already: nothing to do."
        )
    return connection
