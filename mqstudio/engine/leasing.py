"""Leases: how long a delivery may stay open before its channel is ended.

Looked at per channel, not per delivery: a deadline for the oldest one is enough.
"""

from typing import TYPE_CHECKING

from mqstudio.engine.channel import Channel
from mqstudio.engine.queue import Queue
from mqstudio.model.events import ChannelExpired, EventBatch

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def watch(engine: "Engine", channel: Channel, queue: Queue, now_us: int) -> None:
    """Set a deadline for a channel that has just been handed a message, unless one is set."""
    if queue.rules.lease_us is not None and not channel.is_lease_watched:
        channel.is_lease_watched = True
        engine.deadlines.add(now_us + queue.rules.lease_us, _on_due, channel)


def _on_due(engine: "Engine", channel: Channel, now_us: int, events: EventBatch) -> None:
    """End the channel if a delivery is overdue, else look again when the next one is due."""
    from mqstudio.engine.connecting import end_channel  # noqa: PLC0415  # the way in leads through all rooms

    if channel.ref.id not in engine.channels:
        return
    channel.is_lease_watched = False
    leases = [
        (delivery.event.at_us + delivery.queue.rules.lease_us, delivery.queue.rules.lease_us)
        for delivery in channel.deliveries.values()
        if delivery.queue.rules.lease_us is not None
    ]
    if not leases:
        return
    due_us, lease_us = min(leases)
    if due_us > now_us:
        channel.is_lease_watched = True
        engine.deadlines.add(due_us, _on_due, channel)
        return
    end_channel(engine, channel, now_us, events)
    engine.post(channel.connection, ChannelExpired(channel.ref, lease_us))
