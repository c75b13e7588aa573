"""The early part of a long log, which only the store has, and the pages of it that are being read.

In hand is a log's end; its early part is everything between its first offset and that. Each reader in it
reads from a page, which others at the same place share; so does retention, which drops the oldest message
by message and must know them for it. A page is asked for when a reader with room, or retention, gets to
where none is, and forgotten when nobody is within it. Rows that the store has lost are passed over.
"""

from typing import TYPE_CHECKING

from msgspec import Struct

from mqstudio.engine.ready import ReadyByOffset
from mqstudio.model.commands import PageIn
from mqstudio.model.limits import LOG_PAGE_BYTES, LOG_PAGES
from mqstudio.model.message import Message
from mqstudio.model.replies import PageWanted

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine
    from mqstudio.engine.queue import Queue


class LogPage(Struct, frozen=True):
    """Messages of a log by offset: all that are left of those from `start` on, up to before `end`."""

    start: int
    end: int
    messages: dict[int, Message]
    held_bytes: int


class LogPages:
    """The pages of a log's early part that are in memory, and those on their way: number → first offset.

    sought: of those on their way, from which time on they are to be, if that is what matters.
    oldest_at_us: when the first message of all came; None: its page will tell. is_oldest_wanted: retention
    waits for it.
    """

    __slots__ = ("asked", "is_oldest_wanted", "oldest_at_us", "pages", "sought")

    def __init__(self, oldest_at_us: int | None) -> None:
        self.pages: list[LogPage] = []
        self.asked: dict[int, int] = {}
        self.sought: dict[int, int] = {}
        self.oldest_at_us = oldest_at_us
        self.is_oldest_wanted = False

    def find(self, offset: int) -> LogPage | None:
        """The page that has an offset."""
        return next((page for page in self.pages if page.start <= offset < page.end), None)


def of(queue: "Queue") -> ReadyByOffset:
    """The messages of a queue that is a log."""
    assert isinstance(queue.ready, ReadyByOffset)
    return queue.ready


def ask(engine: "Engine", queue: "Queue") -> list[PageWanted]:
    """The pages that readers and retention are waiting for, and that nobody has asked for."""
    early, wanted = queue.early, []
    for offset, since_us in _missing(queue) if early is not None else ():
        assert early is not None
        if _is_asked(early, offset, since_us, engine.window) or len(early.asked) >= LOG_PAGES:
            continue
        while early.pages and len(early.pages) + len(early.asked) >= LOG_PAGES:
            forget(queue, early, early.pages[0])
        number = engine.new_page_number()
        early.asked[number] = offset
        if since_us is not None:
            early.sought[number] = since_us
        wanted.append(PageWanted(queue.ref, number, offset - 1, engine.window, LOG_PAGE_BYTES, since_us))
    return wanted


def _is_asked(early: LogPages, offset: int, since_us: int | None, window: int) -> bool:
    if since_us is not None:
        return since_us in early.sought.values()
    starts = (start for number, start in early.asked.items() if number not in early.sought)
    return any(start <= offset < start + window for start in starts)


def _missing(queue: "Queue") -> list[tuple[int, int | None]]:
    """Offsets in the early part, each once, where somebody waits and no page is; who seeks a time, which."""
    early, log = queue.early, of(queue)
    assert early is not None
    waiting: dict[tuple[int, int | None], None] = {
        (max(each.position, log.first_offset), each.since_us if each.seeks else None): None
        for each in queue.eager
        if each.position < log.hand_offset and each.has_room()
    }
    if early.is_oldest_wanted:
        waiting[log.first_offset, None] = None
    return [each for each in waiting if each[1] is not None or early.find(each[0]) is None]


def look(engine: "Engine", queue: "Queue") -> None:
    """Forget the pages that nobody is within, and note whether others are wanted."""
    early = queue.early
    if early is None:
        return
    first, is_bounded = of(queue).first_offset, queue.has_limit() or queue.rules.max_age_us is not None
    places = [max(each.position, first) for each in queue.subscriptions]
    if is_bounded:
        places.append(first)
    for page in list(early.pages):
        if not any(page.start <= place < page.end for place in places):
            forget(queue, early, page)
    if _missing(queue):
        engine.wanting[queue] = None


def forget(queue: "Queue", early: LogPages, page: LogPage) -> None:
    """Have a page no longer in memory."""
    early.pages.remove(page)
    queue.bytes_held -= page.held_bytes


def keep(queue: "Queue", command: PageIn) -> bool:
    """Take a page in, if it was asked for."""
    early = queue.early
    start = early.asked.pop(command.number, None) if early is not None else None
    if early is None or start is None:
        return False
    log = of(queue)
    if (since_us := early.sought.pop(command.number, None)) is not None:
        start = command.entries[0].position if command.entries else log.hand_offset
        _found(queue, since_us, start)
    messages = {each.position: each.message for each in command.entries if each.position < log.hand_offset}
    end = max(messages, default=start - 1) + 1
    if command.is_last or len(messages) < len(command.entries):
        end = log.hand_offset
    page = LogPage(start, end, messages, sum(message.held_bytes for message in messages.values()))
    early.pages.append(page)
    queue.bytes_held += page.held_bytes
    if page.start <= log.first_offset < page.end:
        note_oldest(queue, early)
    return True


def _found(queue: "Queue", since_us: int, offset: int) -> None:
    """Whoever seeks a time goes on where the store has found it."""
    for each in queue.subscriptions:
        if each.seeks and each.since_us == since_us:
            each.seeks, each.position = False, max(each.position, offset)


def note_oldest(queue: "Queue", early: LogPages) -> None:
    """Remember when the first message came, if a page tells it; of one that the store has lost, long ago."""
    first_offset = of(queue).first_offset
    page = early.find(first_offset)
    if page is None:
        early.oldest_at_us = None
        return
    message = page.messages.get(first_offset)
    early.oldest_at_us = message.published_at_us if message is not None else 0
    early.is_oldest_wanted = False


def open_early(queue: "Queue", first: Message) -> None:
    """The log gives messages up, this one first."""
    if queue.early is None:
        queue.early = LogPages(first.published_at_us)


def close_early(queue: "Queue") -> None:
    """Nothing of the log is left before what is in hand."""
    if queue.early is not None:
        queue.bytes_held -= sum(page.held_bytes for page in queue.early.pages)
    queue.early = None
    for each in queue.subscriptions:
        each.seeks = False  # what came before its time is passed over in hand
    queue.on_disk = queue.on_disk_bytes = 0
