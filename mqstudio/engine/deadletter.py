"""Dead letters: messages that leave a queue for good, and perhaps go on by another exchange.

A dead letter is a new message with a past. It is routed when the command that caused it is done
(`go_on`), so that chains of full queues cost no recursion.
"""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from mqstudio.engine import arriving, routing
from mqstudio.engine.dying import Dying
from mqstudio.engine.vhost import Exchange
from mqstudio.model.events import EventBatch, MessageDeadLettered, MessageDropped
from mqstudio.model.message import Death, Message, Past, Traits, traits

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def go_on(engine: "Engine", now_us: int, events: EventBatch) -> None:
    """Route all dead letters; on their way more may die."""
    while engine.dying:
        dying = engine.dying.popleft()
        queue, rules = dying.queue, dying.queue.rules
        vhost = engine.vhosts.get(queue.ref.vhost)
        name = rules.dead_letter_exchange
        exchange = vhost.exchanges.get(name) if vhost is not None and name is not None else None
        engine.deaths[rules.kind, dying.reason, exchange is not None] += 1
        if exchange is None:
            queue.dropped += dying.was_held
            events.append(MessageDropped(now_us, dying.message, queue.ref, dying.reason))
        else:
            queue.dead_lettered += dying.was_held
            _publish_again(engine, exchange, dying, now_us, events)


def _publish_again(
    engine: "Engine", exchange: Exchange, dying: Dying, now_us: int, events: EventBatch
) -> None:
    queue, old = dying.queue, dying.message
    new_key = queue.rules.dead_letter_key
    key = old.routing_key if new_key is None else new_key
    message = Message(
        engine.new_message_id(),
        old.body,
        old.properties,
        exchange.spec.name,
        key,
        now_us,
        old.format,
        old.publisher_id,
        old.held_bytes,
        _traits_left(old.traits, has_new_key=new_key is not None),
        _add_death(dying, now_us),
    )
    events.append(MessageDeadLettered(now_us, old, queue.ref, dying.reason, exchange.spec.name, message.id))
    route = exchange.routes.get(key) or routing.keyed_route(exchange, key)
    arriving.arrive(engine, exchange, message, now_us, events, route=route)


def _traits_left(old: Traits, *, has_new_key: bool) -> Traits:
    """What a dead letter still asks for: no time to live, no delay, with a new key no others."""
    if old.ttl_us is None and not old.is_demanding:
        return old
    if has_new_key:
        left = traits(old.is_persistent, old.priority)
    else:
        left = traits(old.is_persistent, old.priority, None, None, old.extra_keys, old.hidden_keys)
    return left if old.ordering_key is None else replace(left, ordering_key=old.ordering_key)


def _add_death(dying: Dying, now_us: int) -> Past:
    """The past with one more death: the latest first, one entry for each queue and reason."""
    message, queue, reason = dying.message, dying.queue.ref.name, dying.reason.value
    before = message.past
    ttl_us = message.traits.ttl_us
    keys = (message.routing_key, *message.traits.extra_keys)
    death = Death(queue, reason, message.exchange, keys, 1, now_us, ttl_us)
    if before is None:
        has_new_key = dying.queue.rules.dead_letter_key is not None
        return Past(message.id, (death,), (reason, queue, message.exchange), None, has_new_key)
    others = []
    for each in before.deaths:
        if (each.queue, each.reason) == (queue, reason):
            death = replace(each, count=each.count + 1)
        else:
            others.append(each)
    return Past(
        message.id,
        (death, *others),
        before.first or (reason, queue, message.exchange),
        before.delay_us,
        before.has_new_key or dying.queue.rules.dead_letter_key is not None,
    )
