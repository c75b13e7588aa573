"""A standing request for a queue's messages, and when it can take another."""

from typing import TYPE_CHECKING

from mqstudio.model.refs import SubscriptionRef
from mqstudio.model.topology import Arguments

if TYPE_CHECKING:
    from mqstudio.engine.channel import Channel
    from mqstudio.engine.queue import Queue


class Subscription:
    """`credit` is the most open deliveries (0: no limit), `open_deliveries` what it has now.

    It is in its queue's `eager` ring exactly while `is_eager`; dispatch parks it when it has no
    room, and whatever makes room wakes it. `position` is the offset it reads next, where its queue
    is a log; what came before `since_us` is not for it, and while it `seeks` nobody knows at which offset
    that is. `delivered`, `redelivered` and `given_back` count
    what a connection's do.
    """

    __slots__ = (
        "arguments",
        "channel",
        "credit",
        "delivered",
        "given_back",
        "is_auto_settled",
        "is_eager",
        "is_ended",
        "is_exclusive",
        "is_paused",
        "open_deliveries",
        "position",
        "priority",
        "queue",
        "redelivered",
        "ref",
        "seeks",
        "since_us",
    )

    def __init__(
        self,
        ref: SubscriptionRef,
        queue: "Queue",
        channel: "Channel",
        *,
        credit: int,
        priority: int = 0,
        is_exclusive: bool = False,
        is_auto_settled: bool = False,
        arguments: Arguments | None = None,
    ) -> None:
        self.ref = ref
        self.queue = queue
        self.channel = channel
        self.credit = credit
        self.priority = priority
        self.is_auto_settled = is_auto_settled
        self.is_exclusive = is_exclusive
        self.arguments: Arguments = arguments or {}
        self.open_deliveries = 0
        self.delivered = self.redelivered = self.given_back = 0
        self.position = 0
        self.since_us = 0
        self.seeks = False
        self.is_eager = False
        self.is_ended = False
        self.is_paused = False

    @property
    def accepted(self) -> int:
        """Deliveries that were accepted, or count as such from the start."""
        return self.delivered - self.given_back - self.open_deliveries

    def is_waiting(self) -> bool:
        """Whether another subscription gets everything for now."""
        return self.queue.rules.is_single_active and self.queue.active is not self

    def has_room(self) -> bool:
        """Whether its own credit, its channel's credit and its connection's socket allow one more.

        One that is paused has no room, whatever its credit.
        """
        channel = self.channel
        if channel.connection.room_bytes <= 0 or self.is_paused:
            return False
        if self.is_auto_settled:
            return True
        return (not self.credit or self.open_deliveries < self.credit) and (
            not channel.credit or channel.open_deliveries < channel.credit
        )
