"""Purging a queue into a bin, and putting a bin's messages back."""

from typing import TYPE_CHECKING

from mqstudio.engine import expiring, log, pages, paging
from mqstudio.engine.queue import Queue
from mqstudio.model.commands import PurgeQueue, RestoreBin, RestoredMessage, RestoreMessages
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.events import (
    BinEmptied,
    EventBatch,
    Intervened,
    MessagePurged,
    MessageRestored,
    QueuePurged,
)
from mqstudio.model.limits import BIN_MAX_BYTES, BIN_MAX_MESSAGES
from mqstudio.model.replies import CountReply, PurgeReply
from mqstudio.model.rules import QueueKind

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def purge_queue(engine: "Engine", command: PurgeQueue, now_us: int, events: EventBatch) -> PurgeReply:
    """Empty a queue of its ready messages.

    They go to a bin, unless they are more than any bin in memory may hold: then the reply names none, and
    bin_id is 0 in the events. Raises: RefusedError: NO_SUCH_QUEUE, LOCKED_BY_OTHER_CONNECTION, NOT_SUPPORTED.
    """
    queue = engine.queue(engine.channel(command.channel_id), command.name)
    if queue.is_log:
        raise log.not_supported(queue, "purge", "Limit its size or age, or delete it")
    if not queue.ready_count:
        return PurgeReply(0, None)
    size = sum(message.held_bytes for message in queue.ready)
    bin_id = new_bin(
        engine, queue, len(queue.ready), size, is_on_disk=bool(queue.on_disk), is_needed=command.needs_bin
    )
    purged = tuple(
        MessagePurged(now_us, message, queue.ref, bin_id, queue.redelivered.pop(message.id, 0))
        for message in queue.ready
    )
    events.extend(purged)
    queue.ready.clear()
    queue.ready_bytes = 0
    queue.bytes_held -= size
    events.held_bytes += size
    count = len(purged) + queue.on_disk
    queue.dropped += count
    in_bin = purged if bin_id else ()
    if queue.beyond is None:
        events.note(QueuePurged(now_us, queue.ref, bin_id, count, in_bin))
    else:
        horizon, spared = queue.beyond.horizon, paging.spared(engine, queue)
        events.note(QueuePurged(now_us, queue.ref, bin_id, count, in_bin, horizon, queue.on_disk, spared))
        paging.forget_beyond(queue)
    by = engine.channel(command.channel_id).connection.id
    events.note(Intervened(now_us, by, "purge", queue.ref, count, (), bin_id))
    return PurgeReply(count, bin_id or None)


def new_bin(  # as a verb knows it
    engine: "Engine", queue: Queue, count: int, size: int, *, is_on_disk: bool, is_needed: bool
) -> int:
    """The id of a bin for so many messages of so many bytes; 0 if none can hold them.

    Raises: RefusedError(TOO_MANY) where one is needed.
    """
    has_room = count <= BIN_MAX_MESSAGES and size <= BIN_MAX_BYTES
    if has_room or is_on_disk or engine.has_disk:
        engine.next_bin_id += 1
        return engine.next_bin_id - 1
    if is_needed:
        raise RefusedError(
            Refusal.TOO_MANY,
            f"{count} messages of '{queue.ref.name}' ({size} bytes) are more than the bin holds: they could "
            "not be had back. Take out fewer, or say that they are to go for good.",
            kind="bin",
        )
    return 0


def restore_messages(
    engine: "Engine", command: RestoreMessages, now_us: int, events: EventBatch
) -> CountReply:
    """Put messages back where they were; newer ones that came meanwhile stay behind them."""
    queue = engine.queue(engine.channel(command.channel_id), command.queue)
    if queue.is_log:
        raise log.not_supported(queue, "restore", "Delete it and declare a classic queue to have them back")
    # Newest first: then each goes to the head, at no cost. In a quorum queue each goes behind the last.
    sign = 1 if queue.rules.kind is QueueKind.QUORUM else -1
    for restored in sorted(command.messages, key=lambda r: sign * r.message.id):
        put_back(queue, restored, command.bin_id, now_us, events)
    engine.enqueued_again += len(command.messages)
    events.note(BinEmptied(now_us, queue.ref, command.bin_id, len(command.messages)))
    _tell(engine, queue, command, len(command.messages), now_us, events)
    if queue.is_timed:
        expiring.watch_head(engine, queue)
    engine.touch(queue)
    return CountReply(len(command.messages))


def put_back(queue: Queue, restored: RestoredMessage, bin_id: int, now_us: int, events: EventBatch) -> None:
    """Put one message back where it was. bin_id: out of which bin; 0: a move was undone."""
    message, deliveries = restored.message, restored.deliveries
    if queue.expiry_us(message) is not None and not queue.is_timed:
        queue.is_timed, queue.is_plain = True, False
    queue.published += 1
    is_paged = queue.beyond is not None and paging.goes_beyond(queue, message, deliveries, comes_back=True)
    if not is_paged:
        queue.put_back(message)
        queue.bytes_held += message.held_bytes
        if deliveries:
            queue.redelivered[message.id] = deliveries
    events.append(MessageRestored(now_us, message, queue.ref, bin_id, deliveries, is_paged))


def restore_bin(engine: "Engine", command: RestoreBin, now_us: int, events: EventBatch) -> CountReply:
    """Count what the store puts back; from the first of its places on everything is beyond the horizon."""
    queue = engine.queue(engine.channel(command.channel_id), command.queue)
    if queue.is_log:
        raise log.not_supported(queue, "restore", "Delete it and declare a classic queue to have them back")
    pages.cut_from(engine, queue, command.before, now_us, events)
    queue.published += command.count
    engine.enqueued_again += command.count
    queue.on_disk += command.count
    queue.on_disk_bytes += command.body_bytes
    queue.is_timed = True  # some of them may be: who knows
    queue.settle_path()
    events.note(BinEmptied(now_us, queue.ref, command.bin_id, command.count, True))
    _tell(engine, queue, command, command.count, now_us, events)
    return CountReply(command.count)


def _tell(  # noqa: PLR0917  # as its callers have them
    engine: "Engine",
    queue: Queue,
    command: RestoreMessages | RestoreBin,
    count: int,
    now_us: int,
    events: EventBatch,
) -> None:
    by = engine.channel(command.channel_id).connection.id
    events.note(Intervened(now_us, by, "restore", queue.ref, count, (), command.bin_id))
