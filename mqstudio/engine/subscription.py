"""A standing request for a queue's messages, and when it can take another."""

from typing import TYPE_CHECKING

from mqstudio.model.refs import SubscriptionRef

if TYPE_CHECKING:
    from mqstudio.engine.channel import Channel
    from mqstudio.engine.queue import Queue


class Subscription:
    """`credit` is the most open deliveries (0: no limit), `open_deliveries` what it has now.

    It is in its queue's `eager` ring exactly while `is_eager`; dispatch parks it when it has no
    room, and whatever makes room wakes it.
    """

    __slots__ = (
        "channel",
        "credit",
        "is_auto_settled",
        "is_eager",
        "is_ended",
        "is_exclusive",
        "open_deliveries",
        "queue",
        "ref",
    )

    def __init__(
        self, ref: SubscriptionRef, queue: "Queue", channel: "Channel", *, credit: int, is_exclusive: bool
    ) -> None:
        self.ref = ref
        self.queue = queue
        self.channel = channel
        self.credit = credit
        self.is_auto_settled = False
        self.is_exclusive = is_exclusive
        self.open_deliveries = 0
        self.is_eager = False
        self.is_ended = False

    def has_room(self) -> bool:
        """Whether its own credit, its channel's credit and its connection's socket allow one more."""
        channel = self.channel
        if channel.connection.room_bytes <= 0:
            return False
        if self.is_auto_settled:
            return True
        return (not self.credit or self.open_deliveries < self.credit) and (
            not channel.credit or channel.open_deliveries < channel.credit
        )
