"""The engine: commands in; replies, mail and events out.

`apply` does what one command asks, at once and wholly or not at all. `advance` lets time pass and
hands over messages: once per touched queue, however many commands touched it. Events are appended
to the caller's list, in order; mail for each connection is collected until `take_mail`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mqstudio.engine import connecting, declaring, dispatch, publishing, purging, settling, subscribing
from mqstudio.engine.channel import Channel, Connection
from mqstudio.engine.exchanges.base import ExchangeKind
from mqstudio.engine.queue import Queue
from mqstudio.engine.vhost import VirtualHost, find_queue
from mqstudio.model import commands as c
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import EventBatch, Mail
from mqstudio.model.replies import Reply
from mqstudio.model.samples import Counters
from mqstudio.model.topology import DEFAULT_VHOST, ExchangeSpec

Handler = Callable[["Engine", Any, int, EventBatch], Reply]  # Any: each handler takes its own command

HANDLERS: dict[type, Handler] = {
    c.PublishMessage: publishing.publish,
    c.SettleDelivery: settling.settle,
    c.RecoverDeliveries: settling.recover,
    c.OpenConnection: connecting.open_connection,
    c.CloseConnection: connecting.close_connection,
    c.KickConnection: connecting.kick,
    c.GrantRoom: connecting.grant_room,
    c.OpenChannel: connecting.open_channel,
    c.CloseChannel: connecting.close_channel,
    c.DeclareExchange: declaring.declare_exchange,
    c.DeleteExchange: declaring.delete_exchange,
    c.DeclareQueue: declaring.declare_queue,
    c.DeleteQueue: declaring.delete_queue,
    c.BindQueue: declaring.bind_queue,
    c.UnbindQueue: declaring.unbind_queue,
    c.PurgeQueue: purging.purge_queue,
    c.RestoreMessages: purging.restore_messages,
    c.TakeMessage: subscribing.take_message,
    c.Subscribe: subscribing.subscribe,
    c.CancelSubscription: subscribing.cancel_subscription,
    c.SetChannelCredit: subscribing.set_channel_credit,
}

STREAMING = frozenset({c.PublishMessage, c.SettleDelivery, c.GrantRoom})
"""Commands that may pile up before deliveries are worked out; any other sees the queues up to date."""


class Engine:
    """All state of the broker's logic. One owner calls it; nothing in it waits.

    `kinds` are the exchange kinds by name, `predeclared` the exchanges every virtual host begins
    with besides the default one. Public attributes are for reading, by `browse` and the
    sampler; only commands change them.
    """

    def __init__(self, kinds: Mapping[str, ExchangeKind], predeclared: Sequence[ExchangeSpec] = ()) -> None:
        self.kinds = kinds
        self.predeclared = tuple(predeclared)
        self.vhosts: dict[str, VirtualHost] = {}
        self.connections: dict[int, Connection] = {}
        self.channels: dict[int, Channel] = {}
        self.touched: list[Queue] = []
        self.mailing: list[Connection] = []
        self.next_message_id = 1
        self.next_queue_id = 1
        self.next_subscription_id = 1
        self.next_bin_id = 1
        self.published = 0
        self.unroutable = 0
        self.retired = Counters()
        """Counters of queues that are gone, so that totals never shrink."""
        self.add_vhost(DEFAULT_VHOST)

    def apply(self, command: Any, now_us: int, events: EventBatch) -> Reply:  # Any: see Handler
        """Do what a command asks.

        Args:   now_us: µs since 1970, never less than before. events: what happened is appended.
        Raises: RefusedError, having changed nothing.
        """
        kind = type(command)
        if self.touched and kind not in STREAMING:
            self.advance(now_us, events)
        return HANDLERS[kind](self, command, now_us, events)

    def advance(self, now_us: int, events: EventBatch) -> None:
        """Hand over what can be handed over."""
        touched, self.touched = self.touched, []
        for queue in touched:
            dispatch.dispatch(self, queue, now_us, events)

    def next_deadline(self) -> int | None:
        """When `advance` must be called at the latest, in µs since 1970; None: nothing is timed."""
        return None

    def take_mail(self) -> list[tuple[int, list[Mail]]]:
        """What has happened that a connection must hear of, by connection id; each once."""
        taken = [(connection.info.id, connection.mail) for connection in self.mailing]
        for connection in self.mailing:
            connection.mail = []
        self.mailing.clear()
        return taken

    def post(self, connection: Connection, letter: Mail) -> None:
        """Address an event to a connection."""
        if not connection.mail:
            self.mailing.append(connection)
        connection.mail.append(letter)

    def touch(self, queue: Queue) -> None:
        """Have the queue looked at before the turn ends, if anything could come of it."""
        if queue.eager and queue.ready and not queue.is_touched:
            queue.is_touched = True
            self.touched.append(queue)

    def add_vhost(self, name: str) -> None:
        """Make a virtual host with its predeclared exchanges."""
        self.vhosts[name] = declaring.new_vhost(name, self.kinds, self.predeclared)

    def channel(self, channel_id: int) -> Channel:
        """The channel with this id. Raises RefusedError(NO_SUCH_CHANNEL)."""
        channel = self.channels.get(channel_id)
        if channel is None:
            raise RefusedError(
                Refusal.NO_SUCH_CHANNEL,
                f"There is no channel {channel_id}: it was closed, or its connection was.",
            )
        return channel

    def queue(self, channel: Channel, name: str) -> Queue:
        """A queue that this channel may use.

        Raises: RefusedError: NO_SUCH_QUEUE, LOCKED_BY_OTHER_CONNECTION.
        """
        queue = find_queue(channel.connection.vhost, name)
        if queue.owner is not None and queue.owner is not channel.connection:
            raise RefusedError(
                Refusal.LOCKED_BY_OTHER_CONNECTION,
                f"Queue '{name}' is exclusive to another connection ({queue.owner.info.name}).",
                kind="queue",
                name=name,
                vhost=queue.ref.vhost,
            )
        return queue
