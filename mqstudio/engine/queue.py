"""A queue: ready messages in order of arrival, and who wants them.

Ready messages are the messages themselves, in order of id. What a queue knows beyond the message
(how often it was handed over before) is kept only for the few it is true of, in `redelivered`.
"""

from bisect import insort
from collections import deque
from operator import attrgetter
from typing import TYPE_CHECKING

from mqstudio.model.message import Message
from mqstudio.model.refs import QueueRef
from mqstudio.model.topology import QueueSpec

if TYPE_CHECKING:
    from mqstudio.engine.channel import Connection
    from mqstudio.engine.subscription import Subscription

_by_id = attrgetter("id")


class Queue:
    """The live state of one queue. Counters only grow; levels are `len(ready)` and `in_flight`."""

    __slots__ = (
        "bound",
        "bytes_held",
        "delivered",
        "dropped",
        "eager",
        "had_subscription",
        "in_flight",
        "is_deleted",
        "is_touched",
        "owner",
        "published",
        "ready",
        "redelivered",
        "redeliveries",
        "ref",
        "returned",
        "settled",
        "spec",
        "subscriptions",
    )

    def __init__(self, ref: QueueRef, spec: QueueSpec, owner: "Connection | None") -> None:
        self.ref = ref
        self.spec = spec
        self.owner = owner
        self.ready: deque[Message] = deque()
        # How often the ready ones among them have been handed over before: only those that have been.
        self.redelivered: dict[int, int] = {}
        self.in_flight = 0
        self.bytes_held = 0
        self.subscriptions: list[Subscription] = []
        # Subscriptions that may get the next message, the next in turn first.
        self.eager: deque[Subscription] = deque()
        self.had_subscription = False
        # (exchange, routing key) of every binding it has: where to look when it goes.
        self.bound: set[tuple[str, str]] = set()
        self.is_touched = False
        self.is_deleted = False
        self.published = self.delivered = self.settled = 0
        self.redeliveries = self.returned = self.dropped = 0

    def put_back(self, message: Message) -> None:
        """Return a message to the place it had: the order of ids."""
        ready = self.ready
        if not ready or message.id < ready[0].id:
            ready.appendleft(message)
        elif message.id > ready[-1].id:
            ready.append(message)
        else:
            insort(ready, message, key=_by_id)

    def take_first(self) -> tuple[Message, int]:
        """Remove the first ready message; also how often it was handed over before."""
        message = self.ready.popleft()
        return message, self.redelivered.pop(message.id, 0)

    def has_exclusive_subscription(self) -> bool:
        """Whether somebody has the queue for itself."""
        return any(subscription.is_exclusive for subscription in self.subscriptions)
