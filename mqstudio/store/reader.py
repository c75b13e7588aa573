"""Looks into a profile's file: pages of what has ended, what waits, lives, bins. Changes nothing.

Each question has a read transaction of its own, and not a long one: while it lasts, the log of the file that
somebody else writes to cannot be emptied.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Final

import apsw
import msgspec

from mqstudio.model import limits
from mqstudio.model.commands import RestoredMessage
from mqstudio.model.filters.subject import FindHeader
from mqstudio.model.places import PRIORITY_SHIFT, PRIORITY_TOP
from mqstudio.model.queries import Search
from mqstudio.model.rates import RateStep
from mqstudio.model.refs import QueueRef
from mqstudio.model.volume import Tallied, Tally
from mqstudio.store import rates, reader_events, reader_rows
from mqstudio.store.base import Bin, Sift
from mqstudio.store.matching import ReadProperties, read_hub
from mqstudio.store.reader_search import Searcher
from mqstudio.store.reader_sift import Sifter
from mqstudio.store.reader_tally import Tallying
from mqstudio.store.told import Place, Refs, Told, ToldPage

QUEUE_IDS_MAX: Final = 16
"""Queues of one name that are told of; the latest."""

ENDINGS: Final = "(6, 10, 11, 14)"
"""The kinds of the index `event_by_queue`."""

_HANDLER_OPERATIONS: Final = 1_000
"""After so many steps of SQLite's machine we look at the clock."""


class Reader:
    """Answers questions about the profile that a connection has open. `questions`: which, by name."""

    questions: ClassVar[Mapping[str, Callable[..., Any]]]
    """Any: what each takes, and its answer."""

    def __init__(
        self,
        connection: apsw.Connection,
        read_properties: ReadProperties = read_hub,
        find_header: FindHeader | None = None,
    ) -> None:
        self._connection = connection
        self._read_properties = read_properties
        self._find_header = find_header
        self._searcher = Searcher(connection, self.within, read_properties)
        self._sifter = Sifter(connection, self.within, read_properties, find_header)
        self._tallying = Tallying(connection, self.within)
        self._deadline_ns: int | None = None
        self._thinned: list[tuple[int, int]] = []
        self._thinned_up_to = 0
        connection.set_progress_handler(self._is_late, _HANDLER_OPERATIONS)

    def _is_late(self) -> bool:
        return self._deadline_ns is not None and time.monotonic_ns() > self._deadline_ns

    @contextmanager
    def within(self, most_us: int | None) -> Iterator[None]:
        """A read transaction of at most so long. Raises: apsw.InterruptError when its time is over."""
        self._connection.execute("BEGIN")
        self._deadline_ns = None if most_us is None else time.monotonic_ns() + most_us * 1_000
        try:
            yield
        finally:
            self._deadline_ns = None
            self._connection.execute("ROLLBACK")

    def page(
        self, queue_ids: Sequence[int], after_id: int | None, limit: int, is_oldest_first: bool
    ) -> ToldPage:
        """See Store.page."""
        found: set[int] = set()
        sign, order = (">", "ASC") if is_oldest_first else ("<", "DESC")
        behind = "" if after_id is None else f"AND message_id {sign} {int(after_id)}"
        sql = (
            f"SELECT DISTINCT message_id FROM event INDEXED BY event_by_queue WHERE queue_id=? {behind} "
            f"AND kind IN {ENDINGS} ORDER BY message_id {order} LIMIT ?"
        )
        with self.within(limits.QUESTION_US):
            for queue_id in queue_ids:
                found.update(row[0] for row in self._connection.execute(sql, (queue_id, limit)))
            page = sorted(found, reverse=not is_oldest_first)[:limit]
            return self._page([reader_rows.told_of(self._connection, each) for each in page])

    def _page(self, told: list[Told | None]) -> ToldPage:
        there = [each for each in told if each is not None]
        return ToldPage(there, reader_rows.refs(self._connection, there))

    def places(  # noqa: PLR0917  # as they come over the pipe
        self,
        queue: tuple[str, str, int, int],
        after_id: int | None,
        limit: int,
        is_oldest_first: bool,
        above: int,
        below: int,
    ) -> ToldPage:
        """See Store.places. queue: virtual host, name, id, highest priority."""
        vhost, name, queue_id, max_priority = queue
        sql = _places_sql(max_priority, after_id, is_oldest_first=is_oldest_first)
        waiting = []
        with self.within(limits.QUESTION_US):
            rows: list[Any] = self._connection.execute(sql, (queue_id, above, below, limit)).fetchall()
            for message_id, offset, deliveries in rows:
                found = reader_rows.message(self._connection, message_id)
                if found is not None:
                    waiting.append(Told(*found, [], [Place(queue_id, offset, deliveries)]))
        return ToldPage(waiting, Refs({queue_id: (vhost, name)}))

    def sift(self, wanted: bytes, after_id: int | None) -> ToldPage:
        """See Store.sift. wanted: msgpack of a Sift."""
        return self._sifter.sift(msgspec.msgpack.decode(wanted, type=Sift), after_id)

    def life(self, message_id: int) -> ToldPage:
        """See Store.life."""
        with self.within(limits.QUESTION_US):
            return self._page([reader_rows.told(self._connection, message_id, is_alone=True)])

    def body(self, message_id: int, start: int, length: int) -> bytes:
        """See Store.body."""
        with self.within(limits.QUESTION_US):
            return reader_rows.body(self._connection, message_id, start, length)

    def search(self, wanted: bytes, queue_ids: Sequence[int] | None, before_id: int | None) -> ToldPage:
        """See Store.search. wanted: msgpack of a Search."""
        return self._searcher.look(msgspec.msgpack.decode(wanted, type=Search), queue_ids, before_id)

    def tally(self, wanted: bytes, before_id: int | None) -> Tallied:
        """See Store.tally. wanted: msgpack of a Tally."""
        return self._tallying.look(msgspec.msgpack.decode(wanted, type=Tally), before_id)

    def queue_ids(self, vhost: str, name: str) -> list[int]:
        """See Store.queue_ids."""
        sql = "SELECT id FROM queue WHERE vhost=? AND name=? ORDER BY id DESC LIMIT ?"
        with self.within(limits.QUESTION_US):
            rows = self._connection.execute(sql, (vhost, name, QUEUE_IDS_MAX)).fetchall()
        return [row[0] for row in reversed(rows)]

    def connection_names(self, ids: Collection[int]) -> dict[int, str]:
        """See Store.connection_names."""
        with self.within(limits.QUESTION_US):
            return reader_rows.names(self._connection, ids)

    def broker_events(self, since_us: int, until_us: int, limit: int) -> list[tuple[str, str]]:
        """See Store.broker_events; kinds and texts."""
        with self.within(limits.QUESTION_US):
            return reader_events.events(self._connection, since_us, until_us, limit)

    def thinned(self) -> list[tuple[int, int]]:
        """See Store.thinned."""
        with self.within(limits.QUESTION_US):
            self._thinned_up_to, more = reader_events.thinned(self._connection, self._thinned_up_to)
        self._thinned = (self._thinned + more)[-limits.THINNED_MAX :]
        return self._thinned

    def rates(  # as they come over the pipe
        self, kind: str, ids: Collection[int], step_us: int, since_us: int, until_us: int
    ) -> list[RateStep]:
        """See Store.rates."""
        with self.within(limits.QUESTION_US):
            return rates.read(self._connection, kind, ids, step_us, since_us, until_us)

    def bins(self) -> list[Bin]:
        """See Store.bins."""
        with self.within(limits.QUESTION_US):
            return self._bins("")

    def bin(self, bin_id: int) -> Bin | None:
        """See Store.bin. Small ones have their messages with them; large ones are counted: it takes long."""
        with self.within(limits.BIN_QUESTION_US):
            found = self._bins(f"WHERE bin.id={int(bin_id)}")
            return self._filled(found[0]) if found else None

    def _bins(self, which: str) -> list[Bin]:
        rows = self._connection.execute(
            "SELECT bin.id, queue_id, made_at_us, count, size_bytes, vhost, name FROM bin "
            f"LEFT JOIN queue ON queue.id=queue_id {which} ORDER BY bin.id"
        )
        return [
            Bin(bin_id, QueueRef(vhost or "", name or "", queue_id), made_at_us, [], size, count)
            for bin_id, queue_id, made_at_us, count, size, vhost, name in rows
        ]

    def _filled(self, found: Bin) -> Bin:
        count, size, first = _row(
            self._connection.execute(
                "SELECT count(*), coalesce(sum(body_size), 0), coalesce(min(id), 0) FROM binned "
                "JOIN message ON id=message_id WHERE bin_id=?",
                (found.id,),
            )
        )
        messages: list[RestoredMessage] = []
        if count <= limits.WINDOW_MESSAGES and size <= limits.WINDOW_BYTES:
            messages = self._messages(found.id)
        if len(messages) < count:  # too many, or some are damaged: the store moves what it has, as it is
            messages = []
        # In a queue with priorities places are numbered otherwise, but none is below its message's id.
        return msgspec.structs.replace(
            found, messages=messages, count=count, body_bytes=size, first_position=first
        )

    def _messages(self, bin_id: int) -> list[RestoredMessage]:
        rows: list[Any] = self._connection.execute(  # Any: as the table has them
            "SELECT message_id, deliveries FROM binned WHERE bin_id=? ORDER BY message_id", (bin_id,)
        ).fetchall()
        kept = []
        for message_id, deliveries in rows:
            found = reader_rows.message(self._connection, message_id, is_whole=True)
            if found is not None and not found[3] and found[1] == found[2]:
                kept.append(RestoredMessage(found[0], deliveries))
        return kept


def _places_sql(max_priority: int, after_id: int | None, *, is_oldest_first: bool) -> str:
    """Finds places between two positions, by message; bound to it: the queue, the positions, a limit."""
    sign, order = (">", "ASC") if is_oldest_first else ("<", "DESC")
    behind = "" if after_id is None else f"AND message_id {sign} {int(after_id)}"
    by_priority = f"({PRIORITY_TOP} - priority) << {PRIORITY_SHIFT} | message_id"
    position = f"coalesce(log_offset, {by_priority if max_priority else 'message_id'})"
    return (
        f"SELECT message_id, log_offset, deliveries FROM place WHERE queue_id=? {behind} "
        f"AND {position} > ? AND {position} < ? ORDER BY message_id {order} LIMIT ?"
    )


def _row(cursor: apsw.Cursor) -> tuple[Any, ...]:  # Any: as the tables have them
    """The only row there is."""
    row: tuple[Any, ...] | None = cursor.fetchone()
    assert row is not None
    return row


def encoded(answer: Any) -> bytes:  # Any: what a question is answered with
    """An answer as it goes to the broker."""
    return answer if isinstance(answer, bytes) else msgspec.msgpack.encode(answer)


QUESTIONS: Final[dict[str, Callable[..., Any]]] = {
    "page": Reader.page,
    "places": Reader.places,
    "sift": Reader.sift,
    "life": Reader.life,
    "body": Reader.body,
    "search": Reader.search,
    "tally": Reader.tally,
    "queue_ids": Reader.queue_ids,
    "connection_names": Reader.connection_names,
    "broker_events": Reader.broker_events,
    "thinned": Reader.thinned,
    "rates": Reader.rates,
    "bins": Reader.bins,
    "bin": Reader.bin,
}
"""What can be asked of the reader process, by name."""

Reader.questions = QUESTIONS
