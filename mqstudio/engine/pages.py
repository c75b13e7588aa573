"""Pages: giving messages of long queues up to the store, asking for them, and taking them in hand again.

What must hold meanwhile is told in `paging`, for logs in `log_pages`.
"""

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from mqstudio.engine import dispatch, enqueueing, expiring, log, log_pages, paging
from mqstudio.engine.beyond import Beyond
from mqstudio.engine.queue import Queue
from mqstudio.model.commands import PageIn, PageOut
from mqstudio.model.events import EventBatch, MessagesPagedOut, QueueMiscounted
from mqstudio.model.limits import HEAD_MESSAGES, PAGE_OUT_MESSAGES, PAGES_WANTED, WINDOW_BYTES
from mqstudio.model.message import Message
from mqstudio.model.places import PageEntry, position_of
from mqstudio.model.refs import QueueRef
from mqstudio.model.replies import CountReply, PageWanted
from mqstudio.model.rules import Overflow

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def page_out(engine: "Engine", command: PageOut, now_us: int, events: EventBatch) -> CountReply:
    """Cut the largest queues until what is left in hand is small enough."""
    engine.window = max(1, command.window)
    held = _held_ready(engine)
    too_much = sum(held.values()) - command.most_bytes
    left = PAGE_OUT_MESSAGES
    for queue in sorted(held, key=lambda each: held[each], reverse=True):
        if too_much <= 0 or left <= 0:
            break
        count = min(left, _beyond_window(engine, queue))
        if count > 0:
            too_much -= _give_up(engine, queue, queue.ready.cut(count), now_us, events)
            left -= count
    return CountReply(PAGE_OUT_MESSAGES - left)


def _held_ready(engine: "Engine") -> dict[Queue, int]:
    """What the ready messages in hand take in memory, by queue."""
    held = {
        queue: queue.bytes_held
        for vhost in engine.vhosts.values()
        for queue in vhost.queues.values()
        if queue.ready
    }
    for channel in engine.channels.values():
        for delivery in channel.held():
            if delivery.queue in held and not delivery.queue.is_log:
                held[delivery.queue] -= delivery.event.message.held_bytes
    return held


def _beyond_window(engine: "Engine", queue: Queue) -> int:
    """How many of its messages in hand a queue can do without."""
    ready = queue.ready
    kept = size = 0
    for message in islice(reversed(ready.runs()[0]) if queue.is_log else ready.in_order(), engine.window):
        size += len(message.body)
        if size > WINDOW_BYTES and kept:
            break
        kept += 1
    return ready.count_in_order() - kept


def _give_up(engine: "Engine", queue: Queue, cut: list[Message], now_us: int, events: EventBatch) -> int:
    """Let go of messages that were cut off. Returns: what they took in memory."""
    if queue.is_log:
        first = log_pages.of(queue).hand_offset - len(cut)
        entries = tuple(PageEntry(first + index, message) for index, message in enumerate(cut))
        log_pages.open_early(queue, cut[0])
    else:
        entries = tuple(
            PageEntry(position_of(queue.ref, message), message, queue.redelivered.pop(message.id, 0))
            for message in cut
        )
    size = sum(len(message.body) for message in cut)
    held_bytes = sum(message.held_bytes for message in cut)
    queue.on_disk += len(cut)
    queue.on_disk_bytes += size
    queue.ready_bytes -= size
    queue.bytes_held -= held_bytes
    events.note(MessagesPagedOut(now_us, queue.ref, entries))
    events.held_bytes += held_bytes
    if not queue.is_log:
        paging.draw_horizon(engine, queue, entries[0].position - 1)
    return held_bytes


def cut_from(engine: "Engine", queue: Queue, position: int, now_us: int, events: EventBatch) -> None:
    """Give up everything in hand from a place on, and draw the horizon before it."""
    places = (position_of(queue.ref, message) for message in queue.ready.in_order())
    kept = sum(1 for each in places if each < position)
    cut = queue.ready.cut(queue.ready.count_in_order() - kept)
    if cut:
        _give_up(engine, queue, cut, now_us, events)
    if queue.beyond is None or queue.beyond.horizon >= position:
        paging.draw_horizon(engine, queue, position - 1)


def take_wanting(engine: "Engine", most: int = PAGES_WANTED) -> list[PageWanted]:
    """The pages that are wanted and were not asked for yet, the longest wanted first.

    Those that only a time to live, or a limit, waits for come after those that somebody waits for.
    """
    taken: list[PageWanted] = []
    for wanting in (engine.wanting, engine.wanting_heads):
        while wanting and len(taken) < most:
            queue = next(iter(wanting))
            del wanting[queue]
            if not queue.is_deleted:
                taken += log_pages.ask(engine, queue) if queue.is_log else _ask(engine, queue)
    return taken


def _ask(engine: "Engine", queue: Queue) -> Sequence[PageWanted]:
    beyond = queue.beyond
    if beyond is None or beyond.asked:
        return ()
    beyond.asked = engine.new_page_number()
    limit = engine.window if paging.is_hurried(queue, beyond) else min(HEAD_MESSAGES, engine.window)
    return (PageWanted(queue.ref, beyond.asked, beyond.horizon, limit, WINDOW_BYTES),)


def page_in(engine: "Engine", command: PageIn, now_us: int, events: EventBatch) -> None:
    """Take a page in hand, if it is still wanted."""
    queue = _find(engine, command.queue)
    if queue is None:
        return
    if queue.is_log:
        log.page_in(engine, queue, command, now_us, events)
        return
    beyond = queue.beyond
    if beyond is None or beyond.asked != command.number:
        return
    found, horizon = _found(engine, beyond, command)
    for entry in found:
        paging.take_in_hand(engine, queue, entry)
    queue.on_disk -= len(found)
    queue.on_disk_bytes -= sum(len(entry.message.body) for entry in found)
    if horizon is None and queue.on_disk:
        _correct(queue, now_us, events)
    if horizon is None or not queue.on_disk:
        paging.forget_beyond(queue)
    else:
        _move_horizon(engine, queue, beyond, horizon)
    _catch_up(engine, queue, now_us, events)


def _find(engine: "Engine", ref: QueueRef) -> Queue | None:
    vhost = engine.vhosts.get(ref.vhost)
    queue = vhost.queues.get(ref.name) if vhost is not None else None
    return queue if queue is not None and queue.ref.id == ref.id else None


def _found(engine: "Engine", beyond: Beyond, command: PageIn) -> tuple[list[PageEntry], int | None]:
    """The messages to take in hand, in order, and where the horizon is then; None: there are no others."""
    found = {each.message.id: each for each in command.entries if each.message.id not in beyond.astray}
    found.update(beyond.aside)
    in_order = sorted(found.values(), key=lambda each: each.position)
    end = None
    if not command.is_last:
        end = command.entries[-1].position if command.entries else beyond.horizon
        in_order = [each for each in in_order if each.position <= end]
    most = 2 * engine.window  # what was put aside may be more than any page
    if len(in_order) > most:
        return in_order[:most], in_order[most - 1].position
    return in_order, end


def _correct(queue: Queue, now_us: int, events: EventBatch) -> None:
    """The store had more or less than was counted: then so it is."""
    missing = queue.on_disk
    if missing > 0:
        queue.dropped += missing
    else:
        queue.published -= missing
    events.note(QueueMiscounted(now_us, queue.ref, missing))


def _move_horizon(engine: "Engine", queue: Queue, beyond: Beyond, horizon: int) -> None:
    beyond.horizon = horizon
    beyond.asked = 0
    beyond.aside = {}
    if beyond.astray:
        beyond.astray = paging.find_astray(engine, queue, horizon)


def _catch_up(engine: "Engine", queue: Queue, now_us: int, events: EventBatch) -> None:
    """Do what had to wait for the page."""
    queue.settle_path()
    if queue.has_limit() and queue.rules.overflow is Overflow.DROP_HEAD:
        if queue.eager:
            dispatch.dispatch(engine, queue, now_us, events)
        enqueueing.enforce_limits(engine, queue, now_us, events)
    if queue.is_timed:
        expiring.watch_head(engine, queue)
    engine.touch(queue)
    paging.look(engine, queue)
