"""Sifts the messages of a queue by a filter, in a profile's file: each message is read once, and only as
much of it as the filter asks about. Whether the file has what was written is looked at of what is found.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from heapq import merge
from typing import Any, Final

import apsw
import msgspec

from mqstudio.model import limits
from mqstudio.model.filters.splitting import Sieve, Split
from mqstudio.model.filters.subject import FindHeader, Subject
from mqstudio.model.filters.syntax import parse
from mqstudio.model.message import PLAIN, Message, Past, Traits
from mqstudio.store import reader_rows
from mqstudio.store.base import Sift
from mqstudio.store.matching import ReadProperties
from mqstudio.store.told import Place, Refs, Told, ToldPage

ENDINGS: Final = "(6, 10, 11, 14)"
"""The kinds of the index `event_by_queue`."""

_CLOCK_EVERY: Final = 16
"""After so many messages we look at the clock."""

Within = Callable[[int | None], AbstractContextManager[None]]
Row = tuple[Any, ...]
"""Any: as the tables have it."""

_traits = msgspec.json.Decoder(Traits).decode
_past = msgspec.json.Decoder(Past).decode


class Sifter:
    """Looks through the messages of a file. `within` makes read transactions of at most so many µs."""

    def __init__(
        self,
        connection: apsw.Connection,
        within: Within,
        read_properties: ReadProperties,
        find_header: FindHeader | None,
    ) -> None:
        self._connection = connection
        self._within = within
        self._read_properties = read_properties
        self._find_header = find_header

    def sift(self, wanted: Sift, after_id: int | None, places: Iterator[Row] | None = None) -> ToldPage:
        """Look on for a while; `next_id` is where it has come to, None at the end."""
        sieve = Sieve(parse(wanted.where), wanted.now_us)
        subject = Subject(wanted.now_us, self._read_properties, find_header=self._find_header)
        read = _statement(sieve.split)
        deadline_ns = time.monotonic_ns() + limits.SEARCH_SLICE_US * 1_000
        kept: list[tuple[Row, int]] = []
        reached, looked_at = None, 0
        with self._within(limits.QUESTION_US):
            for place in places or self._ended(wanted, after_id):
                message_id = place[0]
                row = self._connection.execute(read, (message_id,)).fetchone()
                looked_at += 1
                answers = (
                    None if row is None else sieve.answers(subject.take(_message(row), body_size=row[9]))
                )
                if answers is not None:
                    kept.append((place, answers))
                is_late = not looked_at % _CLOCK_EVERY and time.monotonic_ns() > deadline_ns
                if is_late or len(kept) >= limits.SEARCH_SLICE_ROWS:
                    reached = message_id
                    break
            return self._told(wanted, kept, reached, looked_at)

    def _told(
        self, wanted: Sift, kept: list[tuple[Row, int]], reached: int | None, looked_at: int
    ) -> ToldPage:
        told: list[Told] = []
        answers = []
        for place, answer in kept:
            found = self._one(wanted, place)
            if found is not None:
                told.append(found)
                answers.append(answer)
        refs = reader_rows.refs(self._connection, told)
        if wanted.queue is not None:
            refs = Refs({wanted.queue.id: (wanted.queue.vhost, wanted.queue.name)})
        return ToldPage(told, refs, True, reached, looked_at, 0, answers)

    def _one(self, wanted: Sift, place: Row) -> Told | None:
        if wanted.queue is None:
            return reader_rows.told(self._connection, place[0])
        found = reader_rows.message(self._connection, place[0])
        return None if found is None else Told(*found, [], [Place(wanted.queue.id, place[1], place[2])])

    def _ended(self, wanted: Sift, after_id: int | None) -> Iterator[Row]:
        """The messages that ended in these queues, each once, in order."""
        sign, order = (">", "ASC") if wanted.is_oldest_first else ("<", "DESC")
        behind = "" if after_id is None else f"AND message_id {sign} {int(after_id)}"
        sql = (
            f"SELECT DISTINCT message_id FROM event INDEXED BY event_by_queue WHERE queue_id=? {behind} "
            f"AND kind IN {ENDINGS} ORDER BY message_id {order}"
        )
        runs = [self._connection.execute(sql, (queue_id,)) for queue_id in wanted.queue_ids]
        last = None
        for row in merge(*runs, reverse=not wanted.is_oldest_first):
            if row != last:
                yield row
            last = row


def _statement(split: Split) -> str:
    """Reads what a filter asks about, in the order that `_message` takes it."""
    body = f"substr(body, 1, {limits.FILTER_JSON_BYTES})" if split.needs("body") else "x''"
    properties = "x''"
    if split.needs("headers", *_PROPERTIES):
        properties = "properties"
    past = "CAST(past AS BLOB)"
    return (
        f"SELECT id, {body}, {properties}, CAST(exchange AS BLOB), CAST(routing_key AS BLOB), "
        f"published_at_us, CAST(format AS BLOB), publisher_id, CAST(traits AS BLOB), body_size, {past} "
        "FROM message WHERE id=?"
    )


_PROPERTIES: Final = (
    "message_id", "correlation_id", "reply_to", "type", "content_type", "content_encoding", "app_id",
    "user_id", "expiration", "timestamp",
)  # fmt: skip


def _message(row: Row) -> Message:
    """What is damaged reads as nothing: what is found is looked at more closely."""
    message_id, body, properties, exchange, key, at_us, format, publisher, traits, _, past = row
    return Message(
        message_id,
        body if isinstance(body, bytes) else b"",
        properties if isinstance(properties, bytes) else b"",
        _text(exchange),
        _text(key),
        at_us if isinstance(at_us, int) else 0,
        _text(format),
        publisher if isinstance(publisher, int) else 0,
        0,
        PLAIN if traits is None else _lenient(_traits, traits) or PLAIN,
        None if past is None else _lenient(_past, past),
    )


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def _lenient(decode: Callable[[Any], Any], value: Any) -> Any:
    try:
        return decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, TypeError):
        return None
