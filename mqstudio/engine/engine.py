"""The engine: commands in; replies, mail and events out.

`apply` does what one command asks, at once and wholly or not at all. `advance` lets time pass and
hands over messages: once per touched queue, however many commands touched it. Events are appended
to the caller's list, in order; mail for each connection is collected until `take_mail`.
"""

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mqstudio.engine import (
    arriving,
    binding,
    carrying,
    connecting,
    deadletter,
    declaring,
    dispatch,
    forcing,
    hosting,
    lending,
    moving,
    pages,
    pausing,
    policies,
    publishing,
    purging,
    sending,
    settling,
    subscribing,
    taking_out,
    transaction,
)
from mqstudio.engine.channel import Channel, Connection
from mqstudio.engine.deadlines import Deadlines
from mqstudio.engine.dying import Dying
from mqstudio.engine.exchanges.base import ExchangeKind, Surroundings
from mqstudio.engine.queue import Queue
from mqstudio.engine.vhost import Route, VirtualHost, find_queue
from mqstudio.model import commands as c
from mqstudio.model import lending as lend
from mqstudio.model import verbs as v
from mqstudio.model.delivery import DropReason
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import EventBatch, Mail
from mqstudio.model.limits import PAGES_WANTED, WINDOW_MESSAGES
from mqstudio.model.message import Message, Properties
from mqstudio.model.replies import PageWanted, Reply
from mqstudio.model.rules import QueueKind
from mqstudio.model.samples import Counters
from mqstudio.model.topology import DEFAULT_VHOST, ExchangeSpec, VhostSpec

Handler = Callable[["Engine", Any, int, EventBatch], Reply]  # Any: each handler takes its own command

STREAMING: dict[type, Handler] = {
    c.PublishMessage: publishing.publish,
    c.PublishInternally: publishing.publish_internally,
    c.SettleDelivery: settling.settle,
    c.GrantRoom: connecting.grant_room,
}
"""Commands that may pile up before deliveries are worked out; any other sees the queues up to date."""

HANDLERS: dict[type, Handler] = {
    **STREAMING,
    c.RecoverDeliveries: settling.recover,
    c.OpenConnection: connecting.open_connection,
    c.CloseConnection: connecting.close_connection,
    c.KickConnection: connecting.kick,
    c.OpenChannel: connecting.open_channel,
    c.CloseChannel: connecting.close_channel,
    c.DeclareExchange: declaring.declare_exchange,
    c.DeleteExchange: declaring.delete_exchange,
    c.DeclareQueue: declaring.declare_queue,
    c.DeleteQueue: declaring.delete_queue,
    c.Bind: binding.bind,
    c.Unbind: binding.unbind,
    c.PutVhost: hosting.put_vhost,
    c.DeleteVhost: hosting.delete_vhost,
    c.PutPolicy: policies.put_policy,
    c.DeletePolicy: policies.delete_policy,
    c.SelectTransaction: transaction.select,
    c.CommitTransaction: transaction.commit,
    c.RollbackTransaction: transaction.roll_back,
    c.PurgeQueue: purging.purge_queue,
    c.RestoreMessages: purging.restore_messages,
    c.RestoreBin: purging.restore_bin,
    c.PageOut: pages.page_out,
    c.PageIn: pages.page_in,
    c.TakeMessage: subscribing.take_message,
    c.Subscribe: subscribing.subscribe,
    c.CancelSubscription: subscribing.cancel_subscription,
    c.SetChannelCredit: subscribing.set_channel_credit,
    c.PublishByHand: publishing.publish_by_hand,
    lend.SendMessage: sending.send,
    lend.BorrowMessages: lending.borrow,
    lend.AbandonWait: lending.abandon,
    lend.ReturnLoan: lending.give_back,
    lend.ExtendLoan: lending.extend,
    lend.GatherQueue: lending.gather,
    lend.StartCarrying: carrying.start,
    lend.StopCarrying: carrying.stop,
    lend.AlterQueue: declaring.alter_queue,
    v.RemoveMessages: taking_out.remove_messages,
    v.MoveMessages: moving.move_messages,
    v.RedriveMessages: moving.redrive_messages,
    v.MoveBack: moving.move_back,
    v.ForceOutcome: forcing.force_outcome,
    v.PauseQueue: pausing.pause_queue,
    v.PauseSubscription: pausing.pause_subscription,
    v.PauseAll: pausing.pause_all,
}


class Engine:
    """All state of the broker's logic. One owner calls it; nothing in it waits.

    `kinds` are the exchange kinds by name, `predeclared` the exchanges every virtual host begins
    with besides the default one. `read_properties` decodes a message's properties, `choose` gives a number
    from 0 to below its argument: what the engine cannot know, and the chance it does not have. Public
    attributes are for reading, by `browse` and the sampler; only commands change them.
    """

    def __init__(
        self,
        kinds: Mapping[str, ExchangeKind],
        predeclared: Sequence[ExchangeSpec] = (),
        *,
        read_properties: Callable[[Message], Properties] = arriving.read_nothing,
        choose: Callable[[int], int] = lambda _: 0,
    ) -> None:
        self.kinds = kinds
        self.read_properties = read_properties
        self.surroundings = Surroundings(kinds, choose)
        self.predeclared = tuple(predeclared)
        self.vhosts: dict[str, VirtualHost] = {}
        self.connections: dict[int, Connection] = {}
        self.channels: dict[int, Channel] = {}
        self.touched: list[Queue] = []
        self.dying: deque[Dying] = deque()
        self.deadlines = Deadlines()
        self.window = WINDOW_MESSAGES
        self.is_paused = False
        """Nothing is handed over to anybody."""
        self.wanting: dict[Queue, None] = {}
        """Queues that may want a page of messages from the store, since somebody takes them."""
        self.wanting_heads: dict[Queue, None] = {}
        """Queues of which nothing is in memory, though nobody takes anything."""
        self.next_page_number = 1
        self.mailing: list[Connection] = []
        self.has_disk = False
        """Whether a store keeps what memory need not: then a bin may be of any size."""
        self.next_message_id = 1
        self.renewed = 0
        """Messages that are older ones with a new id: dead letters, and what was held."""
        self.next_queue_id = 1
        self.next_subscription_id = 1
        self.next_bin_id = 1
        self.next_task_id = 1
        self.carrying: dict[int, carrying.Task] = {}
        """Queues that are being emptied into others, and those that lately were."""
        self.held_messages = self.held_bytes = 0
        """What exchanges that delay are holding."""
        self.transaction_bytes = 0
        """What open transactions are holding."""
        self.unroutable = self.sent_back = 0
        self.refused = 0
        """Places in full queues that messages came to in vain, at first."""
        self.enqueued_again = 0
        """Messages in queues that came there as dead letters, by hand, from a bin, or before the restart."""
        self.taken: list[Route] = []
        """Routes that were taken since their hops were told of it."""
        self.retired = Counters()
        """Counters of queues that are gone, so that totals never shrink."""
        self.retired_of: dict[QueueKind, Counters] = {}
        """The same of this run, by kind; the most usual kind is the rest."""
        self.deaths: Counter[tuple[QueueKind, DropReason, bool]] = Counter()
        """Messages of this run that died in queues of a kind, why, and whether an exchange had them then."""
        self.vhosts[DEFAULT_VHOST] = hosting.new_vhost(self, VhostSpec(DEFAULT_VHOST))

    def apply(self, command: Any, now_us: int, events: EventBatch) -> Reply:  # Any: see Handler
        """Do what a command asks.

        Args:   now_us: µs since 1970, never less than before. events: what happened is appended.
        Raises: RefusedError, having changed nothing.
        """
        try:
            handler = STREAMING[type(command)]
        except KeyError:
            if self.is_due(now_us):
                self.advance(now_us, events)
            handler = HANDLERS[type(command)]
        return handler(self, command, now_us, events)

    def advance(self, now_us: int, events: EventBatch) -> None:
        """Hand over what can be handed over, and do what is due; one may lead to the other.

        Handing over comes first: who is ready right now gets what expires right now.
        """
        while True:
            while self.touched:
                touched, self.touched = self.touched, []
                for queue in touched:
                    dispatch.dispatch(self, queue, now_us, events)
            self.deadlines.act(self, now_us, events)
            deadletter.go_on(self, now_us, events)
            if not self.is_due(now_us):
                return

    def is_due(self, now_us: int) -> bool:
        """Whether `advance` has anything to do."""
        next_us = self.deadlines.next_us()
        return bool(self.touched or self.dying) or (next_us is not None and next_us <= now_us)

    def next_deadline(self) -> int | None:
        """When `advance` must be called at the latest, in µs since 1970; None: nothing is timed."""
        return self.deadlines.next_us()

    def new_message_id(self) -> int:
        """The next number in the order of arrival, for a message that was one before."""
        self.renewed += 1
        self.next_message_id += 1
        return self.next_message_id - 1

    @property
    def published(self) -> int:
        """How many messages clients have published: each took one id. Counting them would cost each time."""
        return self.next_message_id - 1 - self.renewed

    def take_mail(self) -> list[tuple[int, list[Mail]]]:
        """What has happened that a connection must hear of, by connection id; each once."""
        taken = [(connection.info.id, connection.mail) for connection in self.mailing]
        for connection in self.mailing:
            connection.mail = []
        self.mailing.clear()
        return taken

    def take_wanting(self, most: int = PAGES_WANTED) -> list[PageWanted]:
        """The pages that are to be read from the store, each once; PageIn brings them."""
        return pages.take_wanting(self, most) if self.wanting or self.wanting_heads else []

    def new_page_number(self) -> int:
        """A number that no page had before."""
        self.next_page_number += 1
        return self.next_page_number - 1

    def post(self, connection: Connection, letter: Mail) -> None:
        """Address an event to a connection."""
        if not connection.mail:
            self.mailing.append(connection)
        connection.mail.append(letter)

    def touch(self, queue: Queue) -> None:
        """Have the queue looked at before the turn ends, if anything could come of it."""
        if queue.eager and (queue.ready or queue.early is not None) and not queue.is_touched:
            queue.is_touched = True
            self.touched.append(queue)

    def vhost(self, name: str) -> VirtualHost:
        """The virtual host with this name. Raises RefusedError(NO_SUCH_VHOST)."""
        vhost = self.vhosts.get(name)
        if vhost is None:
            raise RefusedError(
                Refusal.NO_SUCH_VHOST,
                f"There is no virtual host '{name}'. Known: {', '.join(sorted(self.vhosts)[:20])}.",
                kind="vhost",
                name=name,
                vhost=name,
            )
        return vhost

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
        queue = find_queue(channel.vhost, name)
        if queue.owner is not None and queue.owner is not channel.connection:
            raise RefusedError(
                Refusal.LOCKED_BY_OTHER_CONNECTION,
                f"Queue '{name}' is exclusive to another connection ({queue.owner.info.name}).",
                kind="queue",
                name=name,
                vhost=queue.ref.vhost,
            )
        return queue
