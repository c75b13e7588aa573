"""Pausing: nothing is handed over from a queue, to a subscription, or at all. All else goes on."""

from typing import TYPE_CHECKING

from mqstudio.engine import waking
from mqstudio.engine.queue import Queue
from mqstudio.engine.subscription import Subscription
from mqstudio.engine.vhost import find_queue
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import EventBatch, Intervened
from mqstudio.model.verbs import PauseAll, PauseQueue, PauseSubscription

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def pause_queue(engine: "Engine", command: PauseQueue, now_us: int, events: EventBatch) -> None:
    """Pause or resume a queue. Raises: RefusedError(NO_SUCH_QUEUE)."""
    channel = engine.channel(command.channel_id)
    queue = find_queue(channel.vhost, command.queue)
    if queue.is_paused == command.is_paused:
        return
    queue.is_paused = command.is_paused
    events.note(Intervened(now_us, channel.connection.id, _verb(is_paused=command.is_paused), queue.ref))
    _go_on(engine, queue)


def pause_subscription(engine: "Engine", command: PauseSubscription, now_us: int, events: EventBatch) -> None:
    """Pause or resume a subscription. Raises: RefusedError(NO_SUCH_SUBSCRIPTION)."""
    channel = engine.channel(command.channel_id)
    subscription = _find(engine, command.subscription_id)
    if subscription.is_paused == command.is_paused:
        return
    subscription.is_paused = command.is_paused
    queue, verb = subscription.queue, _verb(is_paused=command.is_paused)
    queue.paused_subscriptions += 1 if command.is_paused else -1
    events.note(Intervened(now_us, channel.connection.id, verb, queue.ref, subscription=subscription.ref.id))
    if not command.is_paused:
        waking.wake(engine, subscription)
    elif subscription.is_eager:
        queue.eager.remove(subscription)
        subscription.is_eager = False


def pause_all(engine: "Engine", command: PauseAll, now_us: int, events: EventBatch) -> None:
    """Pause or resume everything."""
    channel = engine.channel(command.channel_id)
    if engine.is_paused == command.is_paused:
        return
    engine.is_paused = command.is_paused
    events.note(Intervened(now_us, channel.connection.id, _verb(is_paused=command.is_paused)))
    for vhost in engine.vhosts.values():
        for queue in vhost.queues.values():
            _go_on(engine, queue)


def _verb(*, is_paused: bool) -> str:
    return "pause" if is_paused else "resume"


def _go_on(engine: "Engine", queue: Queue) -> None:
    if not (queue.is_paused or engine.is_paused):
        engine.touch(queue)


def _find(engine: "Engine", subscription_id: int) -> Subscription:
    for channel in engine.channels.values():
        for subscription in channel.subscriptions.values():
            if subscription.ref.id == subscription_id:
                return subscription
    raise RefusedError(
        Refusal.NO_SUCH_SUBSCRIPTION,
        f"There is no subscription {subscription_id}: it has ended. Look at the consumers again.",
    )
