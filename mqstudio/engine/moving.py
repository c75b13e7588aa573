"""Moving and copying messages by hand, and undoing it.

What comes to a queue by hand is a new message with a past, like a dead letter: ids are the order of arrival,
and one message may be in several queues, so that the old one could not simply change its place. Its past has
all that it was, so that undoing a move needs nothing but the message itself.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from mqstudio.engine import browse, enqueueing, log, publishing, purging, routing, taking_out
from mqstudio.engine.channel import Channel
from mqstudio.engine.queue import Queue
from mqstudio.engine.taking_out import Selected
from mqstudio.engine.vhost import Exchange, VirtualHost, find_queue
from mqstudio.model.commands import RestoredMessage
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import EventBatch, Intervened, MessageMoved, MessagePublished, MessageRouted
from mqstudio.model.limits import CHANGE_MAX_BYTES, MOVES_KEPT
from mqstudio.model.message import (
    HUB_FORMAT,
    Message,
    Moved,
    Original,
    Past,
    Traits,
    encode_properties,
    traits,
)
from mqstudio.model.places import PageEntry, position_of
from mqstudio.model.rules import Overflow
from mqstudio.model.verbs import (
    ActedReply,
    Changed,
    Destination,
    MoveBack,
    MoveMessages,
    NotInHand,
    RedriveMessages,
)

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


class Step(Struct, frozen=True):
    """One message on its way: which, and to where. `exchange`: by which it goes there, if by any.

    `changed`: what it says from now on, if that is to change.
    """

    entry: PageEntry
    exchange_name: str
    routing_key: str
    queues: tuple[Queue, ...]
    exchange: Exchange | None = None
    changed: Changed | None = None


def move_messages(
    engine: "Engine", command: MoveMessages, now_us: int, events: EventBatch
) -> ActedReply | NotInHand:
    """Move or copy messages. Raises: RefusedError, as the command says."""
    return move_for(engine, engine.channel(command.channel_id), command, now_us, events)


def move_for(
    engine: "Engine", channel: Channel, command: MoveMessages, now_us: int, events: EventBatch
) -> ActedReply | NotInHand:
    """As `move_messages`, for a channel that may have been closed meanwhile."""
    source = find_queue(channel.vhost, command.queue)
    selected = taking_out.select(engine, source, command.ids, command.fetched)
    if isinstance(selected, NotInHand):
        return selected
    if command.is_copy:
        _add_held(engine, selected)
    steps = [_step(engine, channel.vhost, source, command.to, entry) for entry in selected.entries]
    steps = _with_changes(steps, command.changed)
    how = "copy" if command.is_copy else "move"
    return _go(engine, channel, selected, steps, how, now_us, events, keeps_deaths=command.keeps_deaths)


def redrive_messages(
    engine: "Engine", command: RedriveMessages, now_us: int, events: EventBatch
) -> ActedReply | NotInHand:
    """Move dead letters back. Raises: RefusedError, as the command says."""
    return redrive_for(engine, engine.channel(command.channel_id), command, now_us, events)


def redrive_for(
    engine: "Engine", channel: Channel, command: RedriveMessages, now_us: int, events: EventBatch
) -> ActedReply | NotInHand:
    """As `redrive_messages`, for a channel that may have been closed meanwhile."""
    source = find_queue(channel.vhost, command.queue)
    selected = taking_out.select(engine, source, command.ids, command.fetched)
    if isinstance(selected, NotInHand):
        return selected
    steps = []
    for entry in selected.entries:
        deaths = entry.message.past.deaths if entry.message.past is not None else ()
        home = channel.vhost.queues.get(deaths[0].queue) if deaths else None
        if home is not None and home is not source:
            steps.append(Step(entry, deaths[0].exchange, deaths[0].routing_keys[0], (home,)))
    steps = _with_changes(steps, command.changed)
    going = {step.entry.message.id for step in steps}
    stay = tuple(e.message.id for e in selected.entries if e.message.id not in going)
    selected.entries = [step.entry for step in steps]
    selected.beyond &= going
    selected.left += stay
    return _go(engine, channel, selected, steps, "redrive", now_us, events, keeps_deaths=command.keeps_deaths)


def _with_changes(steps: list[Step], changed: Sequence[Changed]) -> list[Step]:
    """The steps, with what each message is to say from now on. Raises: RefusedError(TOO_LARGE)."""
    by_id = {each.id: each for each in changed}
    for step in steps:
        old = step.entry.message
        new = by_id.get(old.id)
        if new is not None and max(len(old.body), len(new.body)) > CHANGE_MAX_BYTES:
            raise RefusedError(
                Refusal.TOO_LARGE,
                f"Message {old.id} is too large to be changed on its way: {CHANGE_MAX_BYTES} bytes is the "
                "most, since what it was is kept. Move it as it is, or publish another one.",
            )
    if not by_id:
        return steps
    return [replace(step, changed=by_id.get(step.entry.message.id)) for step in steps]


def _add_held(engine: "Engine", selected: Selected) -> None:
    """Also what somebody holds can be copied."""
    queue, left = selected.queue, set(selected.left)
    for delivery in browse.open_deliveries(engine, queue):
        message = delivery.event.message
        if message.id in left:
            selected.entries.append(PageEntry(position_of(queue.ref, message), message, delivery.count))
            left.discard(message.id)
    selected.left = tuple(each for each in selected.left if each in left)
    selected.entries.sort(key=lambda entry: entry.position)


def _step(engine: "Engine", vhost: VirtualHost, source: Queue, to: Destination, entry: PageEntry) -> Step:
    """Where a message would go. Raises: RefusedError."""
    message = entry.message
    if to.exchange is None:
        queue = find_queue(vhost, to.queue)
        if queue is source:
            raise RefusedError(
                Refusal.INVALID_ARGUMENT,
                f"The messages are in queue '{to.queue}' already. Choose another one.",
            )
        key = message.routing_key if to.routing_key is None else to.routing_key
        return Step(entry, message.exchange, key, (queue,))
    exchange = publishing.published_exchange(vhost, to.exchange)
    key = message.routing_key if to.routing_key is None else to.routing_key
    found = routing.find(exchange, (key,), lambda: engine.read_properties(message), is_held=False)
    if not found.route.queues:
        raise RefusedError(
            Refusal.INVALID_ARGUMENT,
            f"Exchange '{to.exchange}' leads to no queue with routing key '{key}'. Bind one to it first.",
        )
    return Step(entry, to.exchange, key, tuple(found.route.queues), exchange)


def _go(  # noqa: PLR0917  # as the verbs have them
    engine: "Engine",
    channel: Channel,
    selected: Selected,
    steps: Sequence[Step],
    how: str,
    now_us: int,
    events: EventBatch,
    *,
    keeps_deaths: bool,
) -> ActedReply:
    source = selected.queue
    if how != "copy" and source.is_log:
        raise log.not_supported(source, "move", "Copy them")
    _check_room(steps)
    if not steps:
        return ActedReply(0, selected.left)
    if how != "copy":
        taking_out.take(engine, selected, events)
    successors = []
    for step in steps:
        message = _successor(engine, source, step, how, now_us, keeps_deaths=keeps_deaths)
        successors.append(message.id)
        if how != "copy":
            to = tuple(queue.ref.name for queue in step.queues)
            events.append(MessageMoved(now_us, step.entry.message, source.ref, message.id, how, to))
        _arrive(engine, step, message, now_us, events)
    names = tuple(dict.fromkeys(queue.ref.name for step in steps for queue in step.queues))
    events.note(Intervened(now_us, channel.connection.id, how, source.ref, len(steps), names))
    taking_out.look_again(engine, source)
    return ActedReply(len(steps), selected.left, None, tuple(successors), names)


def _check_room(steps: Iterable[Step]) -> None:
    """Nothing may get lost on the way to a queue that is full. Raises: RefusedError(TOO_MANY)."""
    coming: dict[Queue, list[Message]] = {}
    for step in steps:
        for queue in step.queues:
            coming.setdefault(queue, []).append(step.entry.message)
    for queue, messages in coming.items():
        rules = queue.rules
        if not queue.has_limit() or rules.overflow is Overflow.DROP_HEAD:
            continue
        size = queue.ready_bytes + queue.on_disk_bytes + sum(len(each.body) for each in messages)
        count = queue.ready_count + len(messages)
        if (rules.max_messages is not None and count > rules.max_messages) or (
            rules.max_bytes is not None and size > rules.max_bytes
        ):
            raise RefusedError(
                Refusal.TOO_MANY,
                f"Queue '{queue.ref.name}' has no room for {len(messages)} more: it refuses what is over its "
                "limit. Choose fewer, or raise the limit.",
            )


def _successor(
    engine: "Engine", source: Queue, step: Step, how: str, now_us: int, *, keeps_deaths: bool
) -> Message:
    """As what a message goes on: with everything it said, and a past."""
    old = step.entry.message
    before = old.past
    to = tuple(queue.ref.name for queue in step.queues)
    moved = Moved(
        how,
        source.ref.name,
        to,
        old.exchange,
        old.routing_key,
        old.published_at_us,
        old.traits,
        step.entry.deliveries,
        _shortened(before, MOVES_KEPT),
        _original(old) if step.changed is not None and how != "copy" else None,
    )
    past = Past(old.id, has_new_key=step.routing_key != old.routing_key, moved=moved)
    wished = step.changed.traits if step.changed is not None else None
    asked = _traits_left(old.traits if wished is None else wished)
    if before is not None:
        is_new = before.has_new_key or past.has_new_key
        past = replace(past, delay_us=before.delay_us, has_new_key=is_new)
        if keeps_deaths:
            past = replace(past, deaths=before.deaths, first=before.first)
        elif before.deaths and asked.ttl_us is None:  # as it was before it died
            asked = replace(asked, ttl_us=before.deaths[-1].ttl_us)
    if step.changed is not None:
        old = _saying(old, step.changed, moved.original)
    return replace(
        old,
        id=engine.new_message_id(),
        exchange=step.exchange_name,
        routing_key=step.routing_key,
        published_at_us=now_us,
        traits=asked,
        past=past,
    )


def _original(message: Message) -> Original:
    return Original(message.body, message.properties, message.format, message.held_bytes)


def _saying(message: Message, changed: Changed, original: Original | None) -> Message:
    """A message with another body and other properties; what it was takes memory, too."""
    properties = encode_properties(changed.properties)
    kept = len(message.body) + len(message.properties) if original is not None else 0
    grown = len(changed.body) + len(properties) - len(message.body) - len(message.properties)
    return replace(
        message,
        body=changed.body,
        properties=properties,
        format=HUB_FORMAT,
        held_bytes=message.held_bytes + grown + kept,
    )


def _traits_left(old: Traits) -> Traits:
    """What a message still asks for: no delay, and no other keys than the one it goes by."""
    return traits(old.is_persistent, old.priority, old.ttl_us) if old.is_demanding else old


def _shortened(past: Past | None, most: int) -> Past | None:
    """A past with so many moves in it at most: it would grow with each."""
    if past is None or past.moved is None:
        return past
    before = _shortened(past.moved.before, most - 1) if most > 1 else None
    return replace(past, moved=replace(past.moved, before=before))


def _arrive(engine: "Engine", step: Step, message: Message, now_us: int, events: EventBatch) -> None:
    if step.exchange is not None:
        step.exchange.published += 1
    events.append(MessagePublished(now_us, message))
    events.held_bytes += message.held_bytes
    events.append(MessageRouted(now_us, message, tuple(queue.ref for queue in step.queues)))
    for queue in step.queues:
        engine.enqueued_again += not enqueueing.enqueue(engine, queue, message, now_us, events)


# ---- and back


def move_back(engine: "Engine", command: MoveBack, now_us: int, events: EventBatch) -> ActedReply | NotInHand:
    """Undo moves. Raises: RefusedError(NO_SUCH_QUEUE)."""
    channel = engine.channel(command.channel_id)
    queue = find_queue(channel.vhost, command.queue)
    selected = taking_out.select(engine, queue, command.ids, command.fetched)
    if isinstance(selected, NotInHand):
        return selected
    going: list[tuple[PageEntry, Queue, Moved]] = []
    for entry in selected.entries:
        moved = entry.message.past.moved if entry.message.past is not None else None
        home = channel.vhost.queues.get(moved.queue) if moved is not None else None
        if moved is None or moved.how == "copy" or home is None or home.is_log:
            continue
        if all(_has(channel.vhost, name, entry.message.id) for name in moved.to if name != command.queue):
            going.append((entry, home, moved))
    ids = {entry.message.id for entry, _, _ in going}
    selected.left += tuple(e.message.id for e in selected.entries if e.message.id not in ids)
    selected.entries = [entry for entry, _, _ in going]
    selected.beyond &= ids
    if going:
        taking_out.take(engine, selected, events)
        _bring_home(engine, channel, queue, going, now_us, events)
    return ActedReply(len(going), selected.left)


def _has(vhost: VirtualHost, name: str, message_id: int) -> bool:
    queue = vhost.queues.get(name)
    return queue is not None and browse.find_ready(queue, message_id) is not None


def _bring_home(  # noqa: PLR0917  # as its caller has them
    engine: "Engine",
    channel: Channel,
    queue: Queue,
    going: Sequence[tuple[PageEntry, Queue, Moved]],
    now_us: int,
    events: EventBatch,
) -> None:
    homes: dict[Queue, int] = {}
    touched = {queue}
    for entry, home, moved in going:
        message = entry.message
        old = _as_before(message, moved)
        events.append(MessageMoved(now_us, message, queue.ref, old.id, "back", (home.ref.name,)))
        for name in moved.to:
            other = channel.vhost.queues[name]
            if other is not queue:
                _take_also(engine, other, message, old.id, home, now_us, events)
                touched.add(other)
        purging.put_back(home, RestoredMessage(old, moved.deliveries), 0, now_us, events)
        engine.enqueued_again += 1
        homes[home] = homes.get(home, 0) + 1
    for home, count in homes.items():
        by = channel.connection.id
        events.note(Intervened(now_us, by, "back", queue.ref, count, (home.ref.name,)))
        engine.touch(home)
    for each in touched | set(homes):
        taking_out.look_again(engine, each)


def _take_also(  # noqa: PLR0917  # as its caller has them
    engine: "Engine",
    queue: Queue,
    message: Message,
    old_id: int,
    home: Queue,
    now_us: int,
    events: EventBatch,
) -> None:
    """Take it out of a further queue that the move led to."""
    selected = taking_out.Selected(queue)
    deliveries = queue.redelivered.get(message.id, 0)
    selected.entries.append(PageEntry(position_of(queue.ref, message), message, deliveries))
    taking_out.take(engine, selected, events)
    events.append(MessageMoved(now_us, message, queue.ref, old_id, "back", (home.ref.name,)))


def _as_before(message: Message, moved: Moved) -> Message:
    """The message that this one was."""
    assert message.past is not None
    parent_id, was = message.past.parent_id, moved.original
    if was is not None:
        message = replace(
            message,
            body=was.body,
            properties=was.properties,
            format=was.format,
            held_bytes=was.held_bytes,
        )
    return replace(
        message,
        id=parent_id,
        exchange=moved.exchange,
        routing_key=moved.routing_key,
        published_at_us=moved.published_at_us,
        traits=moved.traits,
        past=moved.before,
    )
