"""A queue: ready messages, the rules in force for it, and who wants its messages.

What a queue knows beyond the message (how often it was handed over before) is kept only for the few
it is true of, in `redelivered`.
"""

from collections import deque
from typing import TYPE_CHECKING

from mqstudio.engine.deadlines import Deadline
from mqstudio.engine.keyed import ReadyByKey
from mqstudio.engine.ready import Ready, ReadyByArrival, ReadyByOffset, ReadyByPriority, ReadyReturnedFirst
from mqstudio.model.message import Message
from mqstudio.model.places import position_of
from mqstudio.model.policies import Policy
from mqstudio.model.refs import QueueRef
from mqstudio.model.rules import QueueKind, QueueRules
from mqstudio.model.samples import Counters
from mqstudio.model.topology import QueueSpec

if TYPE_CHECKING:
    from mqstudio.engine.beyond import Beyond
    from mqstudio.engine.channel import Connection, Delivery
    from mqstudio.engine.log_pages import LogPages
    from mqstudio.engine.subscription import Subscription
    from mqstudio.engine.vhost import Binding, BindingKey
    from mqstudio.model.lending import SendReply


class Queue:
    """The live state of one queue. Counters only grow; levels are `ready_count` and `in_flight`.

    Of a long queue `ready` are only those in memory; `on_disk` more, with bodies of `on_disk_bytes`, only
    the store has: `beyond` says which (see `paging`), of a log `early` does (see `log_pages`). `bytes_held`
    is what those in memory take, ready or in flight.

    is_plain: no rule needs a look at each message, so that the quick ways of publishing and handing over
    may be taken. is_timed: some message may expire. is_ranked: subscriptions differ in priority.
    is_log: its messages stay (see `log`); `ready` are all it has. is_paused: nothing is handed over.
    """

    __slots__ = (
        "active",
        "auto_settled",
        "auto_taken",
        "beyond",
        "bytes_held",
        "dead_lettered",
        "delivered",
        "dropped",
        "due",
        "eager",
        "early",
        "empty_takes",
        "flagged_up_to",
        "in_flight",
        "incoming",
        "is_deleted",
        "is_log",
        "is_paused",
        "is_plain",
        "is_ranked",
        "is_timed",
        "is_touched",
        "loans",
        "on_disk",
        "on_disk_bytes",
        "operator_policy",
        "owner",
        "passed",
        "paused_subscriptions",
        "policy",
        "published",
        "ready",
        "ready_bytes",
        "received_at_us",
        "redelivered",
        "redeliveries",
        "ref",
        "returned",
        "rules",
        "sent",
        "settled",
        "spec",
        "subscriptions",
        "taken",
        "unused",
        "used_at_us",
    )

    def __init__(self, ref: QueueRef, spec: QueueSpec, rules: QueueRules, owner: "Connection | None") -> None:
        self.ref = ref
        self.spec = spec
        self.owner = owner
        self.policy: Policy | None = None
        self.operator_policy: Policy | None = None
        self.ready: Ready = _new_ready(rules)
        # Bytes of ready bodies; kept only while the rules limit them.
        self.ready_bytes = 0
        # How often the ready ones among them have been handed over before: only those that have been.
        self.redelivered: dict[int, int] = {}
        # Of messages up to this id nobody knows whether they were handed over: an unclean stop came between.
        self.flagged_up_to = 0
        self.on_disk = self.on_disk_bytes = 0
        self.beyond: Beyond | None = None
        self.early: LogPages | None = None
        self.in_flight = 0
        self.bytes_held = 0
        # What is lent, by message id, and when it was lent first; what was sent under which key, and until
        # when that counts.
        self.loans: dict[int, Delivery] = {}
        self.received_at_us: dict[int, int] = {}
        self.sent: dict[str, tuple[int, SendReply]] = {}
        self.subscriptions: list[Subscription] = []
        # Subscriptions that may get the next message, the next in turn first.
        self.eager: deque[Subscription] = deque()
        # Of a single-active queue: the one that gets everything.
        self.active: Subscription | None = None
        # Every binding that leads here: where to look when it goes.
        self.incoming: dict[BindingKey, Binding] = {}
        self.is_log = rules.kind is QueueKind.LOG
        self.is_touched = False
        self.is_deleted = False
        self.is_paused = False
        self.paused_subscriptions = 0
        self.is_timed = False
        self.is_ranked = False
        self.used_at_us = 0
        # The deadlines that are set for its first message, and for its own end.
        self.due: Deadline | None = None
        self.unused: Deadline | None = None
        self.published = self.delivered = self.settled = 0
        # What has come by its name alone, from the default exchange.
        self.passed = 0
        self.redeliveries = self.returned = self.dropped = self.dead_lettered = 0
        self.taken = self.auto_settled = self.auto_taken = self.empty_takes = 0
        self.set_rules(rules)

    def set_rules(self, rules: QueueRules) -> None:
        """Put other rules in force; what they mean for messages that wait is `enqueueing`'s to see to."""
        self.rules = rules
        self.is_timed = self.is_timed or rules.ttl_us is not None
        self.ready_bytes = sum(len(message.body) for message in self.ready) if self.has_limit() else 0
        self.settle_path()

    def settle_path(self) -> None:
        """Work out whether the quick ways may be taken."""
        self.is_plain = not (self.is_timed or self.has_limit() or self.is_log or self.beyond is not None)

    @property
    def ready_count(self) -> int:
        """How many messages are ready, in memory or not."""
        return len(self.ready) + self.on_disk

    def has_limit(self) -> bool:
        """Whether the rules limit how much may wait."""
        return self.rules.max_messages is not None or self.rules.max_bytes is not None

    def put_back(self, message: Message) -> None:
        """Return a message to the place it had."""
        self.ready.put_back(message)
        if not self.is_plain:
            self.ready_bytes += len(message.body)

    def take_first(self) -> tuple[Message, int]:
        """Remove the first ready message; also how often it was handed over before."""
        message = self.ready.popleft()
        if not self.is_plain:
            self.ready_bytes -= len(message.body)
        return message, self.redelivered.pop(message.id, 0)

    def hold_key(self, message: Message) -> None:
        """A message is with somebody: others with its ordering key wait."""
        if isinstance(self.ready, ReadyByKey):
            self.ready.hold(message)

    def free_key(self, message: Message) -> None:
        """A message is with nobody any more."""
        if isinstance(self.ready, ReadyByKey):
            self.ready.free(message)

    def position(self, message: Message) -> int:
        """Where a message belongs among those of the queue: what is lower goes first.

        By priority, then arrival; of a log the offset. It is the same wherever the message is just now.
        """
        if isinstance(self.ready, ReadyByOffset):
            return self.ready.offset_of(message)
        return position_of(self.ref, message)

    def has_exclusive_subscription(self) -> bool:
        """Whether somebody has the queue for itself."""
        return any(subscription.is_exclusive for subscription in self.subscriptions)

    def counters(self) -> Counters:
        """What has happened in it so far."""
        return Counters(
            self.published,
            self.delivered,
            self.settled,
            self.redeliveries,
            self.returned,
            self.dropped,
            0,
            self.dead_lettered,
            self.taken,
            self.auto_settled,
            self.auto_taken,
            self.empty_takes,
        )

    def restore_counters(self, counters: Counters) -> None:
        """Go on counting from what a queue before it had."""
        self.published, self.delivered, self.settled = (
            counters.published,
            counters.delivered,
            counters.settled,
        )
        self.redeliveries, self.returned = counters.redelivered, counters.returned
        self.dropped, self.dead_lettered = counters.dropped, counters.dead_lettered
        self.taken, self.auto_settled = counters.taken, counters.auto_settled
        self.auto_taken, self.empty_takes = counters.auto_taken, counters.empty_takes

    def expiry_us(self, message: Message) -> int | None:
        """When a message that waits here expires; None: never."""
        ttl_us, queues = message.traits.ttl_us, self.rules.ttl_us
        if ttl_us is None or (queues is not None and queues < ttl_us):
            ttl_us = queues
        return None if ttl_us is None else message.published_at_us + ttl_us


def _new_ready(rules: QueueRules) -> Ready:
    if rules.kind is QueueKind.LOG:
        return ReadyByOffset()
    if rules.is_keyed:
        return ReadyByKey()
    if rules.max_priority:
        return ReadyByPriority(rules.max_priority)
    return ReadyReturnedFirst() if rules.kind is QueueKind.QUORUM else ReadyByArrival()
