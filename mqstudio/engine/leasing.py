"""Leases: how long a delivery may stay open before its channel is ended.

Looked at per channel, not per delivery: a deadline for the one that is due first is enough.
"""

from typing import TYPE_CHECKING

from mqstudio.engine.channel import Channel
from mqstudio.engine.queue import Queue
from mqstudio.model.delivery import ReleaseCause
from mqstudio.model.events import ChannelExpired, EventBatch

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def watch(engine: "Engine", channel: Channel, queue: Queue, now_us: int) -> None:
    """Set a deadline for a channel that has just been handed a message, unless an earlier one is set."""
    if queue.rules.lease_us is not None:
        _set(engine, channel, now_us + queue.rules.lease_us)


def look(engine: "Engine", channel: Channel) -> None:
    """Set the deadline of the delivery that is due first: leases have changed, or deliveries came back."""
    due = _first_due(channel)
    if due is not None:
        _set(engine, channel, due[0])


def _set(engine: "Engine", channel: Channel, at_us: int) -> None:
    lease = channel.lease
    if lease is None or at_us < lease.at_us:
        engine.deadlines.cancel(lease)
        channel.lease = engine.deadlines.add(at_us, _on_due, channel)


def _first_due(channel: Channel) -> tuple[int, int] | None:
    """When the first open delivery is due, and how long its lease is."""
    leases = [
        (delivery.event.at_us + delivery.queue.rules.lease_us, delivery.queue.rules.lease_us)
        for delivery in channel.deliveries.values()
        if delivery.queue.rules.lease_us is not None and not delivery.queue.is_deleted
    ]
    return min(leases, default=None)


def _on_due(engine: "Engine", channel: Channel, now_us: int, events: EventBatch) -> None:
    """End the channel if a delivery is overdue, else look again when the next one is due."""
    from mqstudio.engine.connecting import end_channel  # noqa: PLC0415  # the way in leads through all rooms

    channel.lease = None
    due = _first_due(channel)
    if due is None:
        return
    due_us, lease_us = due
    if due_us > now_us:
        _set(engine, channel, due_us)
        return
    end_channel(engine, channel, now_us, events, ReleaseCause.LEASE_ENDED)
    engine.post(channel.connection, ChannelExpired(channel.ref, lease_us))
