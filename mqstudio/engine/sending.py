"""Sending: a message goes to a queue by the queue's name, once, and perhaps later.

What is held back is held by the default exchange, as other exchanges hold what they delay: then it goes on
as a new message, into the queue of its key.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from mqstudio.engine import arriving, delaying, publishing
from mqstudio.engine.channel import Channel
from mqstudio.engine.deadlines import Deadline
from mqstudio.engine.queue import Queue
from mqstudio.model.commands import PublishMessage
from mqstudio.model.events import EventBatch, MessagePublished, MessageUnroutable
from mqstudio.model.lending import SendMessage, SendReply
from mqstudio.model.lending_limits import ONCE_KEYS_MAX
from mqstudio.model.limits import MESSAGE_OVERHEAD_BYTES
from mqstudio.model.message import Message
from mqstudio.model.restored import RestoredSent

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def send(engine: "Engine", command: SendMessage, now_us: int, events: EventBatch) -> SendReply:
    """Put a message into a queue, unless it is a repeat.

    Raises: RefusedError: NO_SUCH_CHANNEL, NO_SUCH_QUEUE, LOCKED_BY_OTHER_CONNECTION.
    """
    channel = engine.channel(command.channel_id)
    queue = engine.queue(channel, command.queue)
    once_key = command.traits.once_key
    if once_key is not None:
        before = _find(queue, once_key, now_us)
        if before is not None:
            return before
    message_id = engine.next_message_id
    delay_us = queue.rules.delay_us if command.delay_us is None else command.delay_us
    is_refused = False
    if delay_us:
        _hold(engine, channel, command, delay_us, now_us, events)
    else:
        publish = PublishMessage(
            command.channel_id,
            "",
            command.queue,
            command.properties,
            command.body,
            False,
            command.format,
            command.traits,
        )
        is_refused = publishing.publish(engine, publish, now_us, events) is not None
    if once_key is not None and queue.rules.once_us and not is_refused:
        reply = SendReply(message_id, command.properties, is_repeat=True)
        queue.sent[once_key] = (now_us + queue.rules.once_us, reply)
        if len(queue.sent) > ONCE_KEYS_MAX:
            del queue.sent[next(iter(queue.sent))]
    return SendReply(message_id, command.properties, is_refused=is_refused)


def _find(queue: Queue, once_key: str, now_us: int) -> SendReply | None:
    """What was answered when a message with this key was sent, if that is not too long ago."""
    sent = queue.sent
    while sent:
        first = next(iter(sent))
        if sent[first][0] > now_us:
            break
        del sent[first]
    found = sent.get(once_key)
    return found[1] if found is not None and found[0] > now_us else None


def restore(queue: Queue, sent: Iterable[RestoredSent]) -> None:
    """What was sent before the restart is known as before."""
    once_us = queue.rules.once_us or 0
    for each in sent:
        reply = SendReply(each.message_id, each.properties, is_repeat=True)
        queue.sent[each.once_key] = (each.at_us + once_us, reply)


def _hold(  # noqa: PLR0917  # as its caller has them
    engine: "Engine", channel: Channel, command: SendMessage, delay_us: int, now_us: int, events: EventBatch
) -> None:
    exchange, connection = channel.vhost.exchanges[""], channel.connection
    engine.next_message_id += 1
    message = Message(
        engine.next_message_id - 1,
        command.body,
        command.properties,
        "",
        command.queue,
        now_us,
        command.format or connection.protocol,
        connection.id,
        len(command.body) + len(command.properties) + MESSAGE_OVERHEAD_BYTES,
        replace(command.traits, delay_us=delay_us, is_demanding=True),
    )
    if connection.target is not exchange.spec:
        connection.aim(exchange)
    connection.published += 1
    events.append(MessagePublished(now_us, message))
    events.held_bytes += message.held_bytes
    delaying.hold(engine, exchange, message, arriving.release, now_us, events)


def held_back(engine: "Engine", queue: Queue) -> list[Deadline]:
    """What waits until it may come to a queue: the deadlines, whose subjects are exchange and message."""
    held = engine.vhosts[queue.ref.vhost].exchanges[""].held
    return [each for each in held.values() if each.subject[1].routing_key == queue.ref.name]


def drop_held_back(engine: "Engine", queue: Queue, now_us: int, events: EventBatch) -> None:
    """A queue goes, and what was held back for it leads nowhere any more."""
    for deadline in held_back(engine, queue):
        exchange, message = deadline.subject
        engine.deadlines.cancel(deadline)
        delaying.let_go(engine, exchange, message, events)
        events.append(MessageUnroutable(now_us, message, False))
