"""Where a message is, or was: told by its life, by the store, and by the queues themselves."""

from mqstudio.engine.engine import Engine
from mqstudio.model.events import MessageDelayed, MessageRefused, MessageUnroutable
from mqstudio.model.rows import Place, Whereabouts
from mqstudio.server.describe import event_queue_id
from mqstudio.server.standing import in_hands
from mqstudio.server.steps import Steps
from mqstudio.store.base import Life, Store

NOWHERE = MessageUnroutable | MessageDelayed | MessageRefused
"""What tells that a message came to no queue, or not yet."""


def of(engine: Engine, store: Store, message_id: int) -> Steps[Whereabouts]:
    """The queues that a message came to, in order; those where it is although its life is forgotten last."""
    life: Life = yield store.life(message_id)
    places: dict[Place, None] = {}
    for event in life.events:
        if event_queue_id(event) is not None and not isinstance(event, MessageRefused):
            places[Place(event.queue.vhost, event.queue.name)] = None  # type: ignore[union-attr]  # it has one
    for waiting in life.waiting:
        places[Place(waiting.queue.vhost, waiting.queue.name)] = None
    if not places:
        places = dict.fromkeys(Place(ref.vhost, ref.name) for ref in in_hands(engine, message_id))
    if not places and any(isinstance(event, NOWHERE) for event in life.events):
        places[Place(vhost_of(engine, life), "")] = None
    return Whereabouts(list(places))


def vhost_of(engine: Engine, life: Life) -> str:
    """Where a message was published that no queue took: its publisher's virtual host, or one that has its
    exchange; "" if nobody knows."""
    for event in life.events:
        if isinstance(event, MessageDelayed):
            return event.vhost
        if isinstance(event, MessageRefused):
            return event.queue.vhost
    message = life.events[0].message
    publisher = engine.connections.get(message.publisher_id)
    if publisher is not None and publisher.info.protocol != "native":
        return publisher.info.vhost
    having = [vhost.name for vhost in engine.vhosts.values() if message.exchange in vhost.exchanges]
    return having[0] if having else ""
