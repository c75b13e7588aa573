"""Taking messages out of a queue by hand, wherever they stand in it; also those that only the store has.

Of what is beyond a queue's horizon the engine knows no message. So a verb is first answered with NotInHand
and the queue's stamp; the store, asked after that, tells of the messages, and as long as the stamp is the
same what it told is still so: nothing leaves from beyond the horizon without another stamp or another place
of the horizon.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from mqstudio.engine import browse, expiring, log, paging, purging
from mqstudio.engine.beyond import Beyond
from mqstudio.engine.queue import Queue
from mqstudio.engine.vhost import find_queue
from mqstudio.model.events import EventBatch, Intervened, MessagePurged, QueuePurged
from mqstudio.model.places import PageEntry, position_of
from mqstudio.model.verbs import ActedReply, Fetched, NotInHand, RemoveMessages

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


class Selected:
    """Ready messages of a queue that were asked for, in order of their places.

    entries: all of them. beyond: the ids of those among them that only the store has. left: the ids of
    others, which are not ready.
    """

    __slots__ = ("beyond", "entries", "left", "queue")

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.entries: list[PageEntry] = []
        self.beyond: set[int] = set()
        self.left: tuple[int, ...] = ()


def select(
    engine: "Engine", queue: Queue, ids: Sequence[int], fetched: Fetched | None
) -> Selected | NotInHand:
    """Find messages without touching them; NotInHand if the store has to be asked first."""
    selected = Selected(queue)
    missing = []
    for message_id in dict.fromkeys(ids):
        message = browse.find_ready(queue, message_id)
        if message is None:
            missing.append(message_id)
        else:
            deliveries = queue.redelivered.get(message_id, 0)
            selected.entries.append(PageEntry(position_of(queue.ref, message), message, deliveries))
    beyond = queue.beyond
    if missing and beyond is not None and queue.on_disk:
        if not beyond.stamp:
            beyond.stamp = engine.new_page_number()
        if fetched is None or fetched.stamp != beyond.stamp:
            return NotInHand(queue.ref, tuple(missing), beyond.stamp)
        _select_beyond(engine, selected, beyond, set(missing), fetched)
    selected.left = tuple(each for each in missing if each not in selected.beyond)
    selected.entries.sort(key=lambda entry: entry.position)
    return selected


def _select_beyond(
    engine: "Engine", selected: Selected, beyond: Beyond, missing: set[int], fetched: Fetched
) -> None:
    held = paging.find_astray(engine, selected.queue, beyond.horizon)
    for entry in fetched.entries:
        message_id = entry.message.id
        if entry.position > beyond.horizon and message_id in missing and message_id not in held:
            selected.entries.append(entry)
            selected.beyond.add(message_id)


def take(engine: "Engine", selected: Selected, events: EventBatch) -> None:
    """Take what was selected out of its queue; whoever does this tells what becomes of it."""
    queue = selected.queue
    in_hand = [entry.message for entry in selected.entries if entry.message.id not in selected.beyond]
    queue.ready.take_out({message.id for message in in_hand})
    for message in in_hand:
        queue.redelivered.pop(message.id, None)
        queue.bytes_held -= message.held_bytes
        if not queue.is_plain:
            queue.ready_bytes -= len(message.body)
    events.held_bytes += sum(entry.message.held_bytes for entry in selected.entries)
    queue.dropped += len(selected.entries)
    if selected.beyond:
        _take_beyond(engine, selected)


def _take_beyond(engine: "Engine", selected: Selected) -> None:
    """A page that is on its way may still show them: they are astray until it has come."""
    queue, beyond = selected.queue, selected.queue.beyond
    assert beyond is not None
    for entry in selected.entries:
        message = entry.message
        if message.id in selected.beyond:
            queue.on_disk -= 1
            queue.on_disk_bytes -= len(message.body)
            beyond.astray.add(message.id)
            beyond.aside.pop(message.id, None)
    beyond.stamp = engine.new_page_number()
    if not queue.on_disk:
        paging.forget_beyond(queue)


def look_again(engine: "Engine", queue: Queue) -> None:
    """Another message may be the first now, or none in hand."""
    if queue.is_timed:
        expiring.watch_head(engine, queue)
    if queue.beyond is not None:
        paging.look(engine, queue)


def remove_messages(
    engine: "Engine", command: RemoveMessages, now_us: int, events: EventBatch
) -> ActedReply | NotInHand:
    """Take messages out into a bin, from where RestoreMessages brings them back to their places.

    They go for good if they are more than any bin in memory may hold: then the reply names none.
    Raises: RefusedError: NO_SUCH_QUEUE, NOT_SUPPORTED, TOO_MANY.
    """
    channel = engine.channel(command.channel_id)
    queue = find_queue(channel.vhost, command.queue)
    if queue.is_log:
        raise log.not_supported(queue, "remove", "Limit its size or age, or delete it")
    ids = _first(engine, queue, command.first) if command.first else command.ids
    selected = select(engine, queue, ids, command.fetched)
    if isinstance(selected, NotInHand):
        return selected
    if not selected.entries:
        return ActedReply(0, selected.left)
    bin_id = purging.new_bin(
        engine,
        queue,
        len(selected.entries),
        _held_bytes(selected.entries),
        is_on_disk=bool(selected.beyond),
        is_needed=command.needs_bin,
    )
    take(engine, selected, events)
    purged = tuple(
        MessagePurged(now_us, entry.message, queue.ref, bin_id, entry.deliveries)
        for entry in selected.entries
    )
    events.extend(purged)
    events.note(QueuePurged(now_us, queue.ref, bin_id, len(purged), purged if bin_id else ()))
    by = channel.connection.id
    events.note(Intervened(now_us, by, "remove", queue.ref, len(purged), (), bin_id))
    look_again(engine, queue)
    return ActedReply(len(purged), selected.left, bin_id or None)


def _first(engine: "Engine", queue: Queue, count: int) -> Sequence[int]:
    """The ids of the first that are in memory; if these are not enough, more are wanted there."""
    if queue.beyond is not None and count > len(queue.ready):
        queue.beyond.is_wanted = True
        paging.look(engine, queue)
    return [message.id for message in islice(queue.ready, count)]


def _held_bytes(entries: Iterable[PageEntry]) -> int:
    return sum(entry.message.held_bytes for entry in entries)
