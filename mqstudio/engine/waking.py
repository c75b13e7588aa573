"""Waking parked subscriptions when something gives them room again."""

from typing import TYPE_CHECKING

from mqstudio.engine.channel import Channel
from mqstudio.engine.subscription import Subscription

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def wake(engine: "Engine", subscription: Subscription) -> None:
    """Put a subscription back into its queue's ring if it has room, behind those already there."""
    if not (subscription.is_eager or subscription.is_ended) and subscription.has_room():
        queue = subscription.queue
        if subscription.is_waiting():
            return
        subscription.is_eager = True
        queue.eager.append(subscription)
        engine.touch(queue)


def wake_channel(engine: "Engine", channel: Channel) -> None:
    """Wake all subscriptions of a channel that have room."""
    for subscription in channel.subscriptions.values():
        wake(engine, subscription)
