"""Sifts the messages of a queue by a filter, in a profile's file: each message is read once, and only as
much of it as the filter asks about. Whether the file has what was written is looked at of what is found.

It goes in strides: SQLite walks over so many messages at once and hands over those that may be meant
(`prefilter`), which are then asked one by one. A stride is as long as a moment lasts.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import lru_cache
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
from mqstudio.store.prefilter import Condition, necessary
from mqstudio.store.sift_sources import Row, Source, source_of
from mqstudio.store.told import Place, Refs, Told, ToldPage

_GLANCE_BYTES: Final = 64 * 1024
"""After so much that was read we look at the clock: large bodies take long."""
_EACH_BYTES: Final = _GLANCE_BYTES // 16
"""What a message counts for beside its body: of small ones we look after every sixteenth."""

STRIDE_MIN: Final = 16
STRIDE_MAX: Final = 4_096
_STRIDE_US: Final = 8_000
"""A stride that took less is followed by a longer one; bodies may be large, so the first is short."""

Within = Callable[[int | None], AbstractContextManager[None]]

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

    def sift(self, wanted: Sift, after_id: int | None) -> ToldPage:
        """Look on for a while; `next_id` is where it has come to, None at the end."""
        look = _Look(self._connection, wanted, after_id, self._read_properties, self._find_header)
        with self._within(limits.QUESTION_US):
            look.go_on()
        with self._within(limits.QUESTION_US):  # what is found, and however long it took to find
            return self._told(wanted, look)

    def _told(self, wanted: Sift, look: "_Look") -> ToldPage:
        told: list[Told] = []
        answers = []
        for place, answer in look.kept:
            found = self._one(wanted, place)
            if found is not None:
                told.append(found)
                answers.append(answer)
        refs = reader_rows.refs(self._connection, told)
        if wanted.queue is not None:
            refs = Refs({wanted.queue.id: (wanted.queue.vhost, wanted.queue.name)})
        return ToldPage(told, refs, True, look.reached, look.looked_at, 0, answers)

    def _one(self, wanted: Sift, place: Row) -> Told | None:
        if wanted.queue is None:
            return reader_rows.told(self._connection, place[0])
        found = reader_rows.message(self._connection, place[0])
        return None if found is None else Told(*found, [], [Place(wanted.queue.id, place[1], place[2])])


class _Look:
    """One question: what is kept, how far it has come, and how many messages that was."""

    def __init__(
        self,
        connection: apsw.Connection,
        wanted: Sift,
        after_id: int | None,
        read_properties: ReadProperties,
        find_header: FindHeader | None,
    ) -> None:
        node = parse(wanted.where)
        sieve = Sieve(node, wanted.now_us)
        self.kept: list[tuple[Row, int]] = []
        self.reached: int | None = after_id
        self.looked_at = 0
        self._source: Source = source_of(connection, wanted)
        self._answers = sieve.answers
        self._subject = Subject(wanted.now_us, read_properties, find_header=find_header)
        self._columns, self._message = _reading(sieve.split)
        self._condition = necessary(node, wanted.now_us) or Condition("1")
        self._deadline_ns = time.monotonic_ns() + limits.SEARCH_SLICE_US * 1_000

    def go_on(self) -> None:
        """Stride until the moment is over, enough is found, or there is nothing more.

        Raises: apsw.InterruptError where not even the first stride was finished.
        """
        stride = STRIDE_MIN
        while True:
            began_ns, kept = time.monotonic_ns(), len(self.kept)
            try:
                is_over = self._stride(stride)
            except apsw.InterruptError:  # bodies have become so large: what was done before counts
                del self.kept[kept:]
                if not self.looked_at:
                    raise
                return
            if is_over or time.monotonic_ns() > self._deadline_ns:
                return
            if time.monotonic_ns() - began_ns < _STRIDE_US * 1_000:
                stride = min(STRIDE_MAX, stride * 2)
            else:
                stride = max(STRIDE_MIN, stride // 2)

    def _stride(self, stride: int) -> bool:
        """Look at so many; True if that is all for now."""
        count, end = self._source.measure(self.reached, stride)
        stopped_at = self._ask(end) if count else None
        if stopped_at is None:
            self.looked_at += count
            self.reached = end
            return end is None
        self.looked_at += self._source.count(self.reached, stopped_at)
        self.reached = stopped_at
        return True

    def _ask(self, end: int | None) -> int | None:
        """Ask the messages up to `end`; where it was stopped, None if it was not."""
        take, answers_of, message_of = self._subject.take, self._answers, self._message
        glanced = 0
        for row in self._source.rows(self._columns, self._condition, self.reached, end):
            message = message_of(row)
            answers = answers_of(take(message, body_size=row[_SIZE]))
            if answers is not None:
                self.kept.append((row[:_SIZE], answers))
                if len(self.kept) >= limits.SEARCH_SLICE_ROWS:
                    return int(row[0])
            glanced += _EACH_BYTES + len(message.body)
            if glanced >= _GLANCE_BYTES:
                glanced = 0
                if time.monotonic_ns() > self._deadline_ns:
                    return int(row[0])
        return None


# ---- reading what a filter asks about

_SIZE: Final = 3
"""Where a row has the size of the body; before it is its place."""

_PROPERTIES: Final = (
    "message_id", "correlation_id", "reply_to", "type", "content_type", "content_encoding", "app_id",
    "user_id", "expiration", "timestamp",
)  # fmt: skip
_SAID_OUTSIDE: Final = ("key", "exchange", "priority", "persistent", "publisher", "reason", "age", "time")
"""Fields for which more is read than properties and body."""


def _reading(split: Split) -> tuple[str, Callable[[Row], Message]]:
    """The columns that a filter asks about, and what makes a message of them."""
    body = f"substr(body, 1, {limits.FILTER_JSON_BYTES})" if split.needs("body") else "x''"
    properties = "properties" if split.needs("headers", *_PROPERTIES) else "x''"
    inside = f"body_size, {body}, {properties}, CAST(format AS BLOB)"
    if not split.needs(*_SAID_OUTSIDE):
        return inside, _inner
    outside = (
        "CAST(exchange AS BLOB), CAST(routing_key AS BLOB), published_at_us, publisher_id, "
        "CAST(traits AS BLOB), CAST(past AS BLOB)"
    )
    return f"{inside}, {outside}", _Reader().whole


def _inner(row: Row) -> Message:
    """A message of its body and properties. What is damaged reads as nothing: what is found is looked at more
    closely."""
    body, properties = row[4], row[5]
    return Message(
        row[0],
        body if body.__class__ is bytes else b"",
        properties if properties.__class__ is bytes else b"",
        "",
        "",
        0,
        _format(row[6]),
        0,
    )


class _Reader:
    """Reads whole messages; what many have alike is decoded once."""

    def __init__(self) -> None:
        self._last_traits: tuple[Any, Traits] = (None, PLAIN)  # Any: as the table has it

    def whole(self, row: Row) -> Message:
        """A message with all that it says of itself."""
        body, properties, format, exchange, key, at_us, publisher, traits, past = row[4:]
        if traits != self._last_traits[0]:
            self._last_traits = (traits, _lenient(_traits, traits) or PLAIN)
        return Message(
            row[0],
            body if isinstance(body, bytes) else b"",
            properties if isinstance(properties, bytes) else b"",
            _text(exchange),
            _text(key),
            at_us if isinstance(at_us, int) else 0,
            _format(format),
            publisher if isinstance(publisher, int) else 0,
            0,
            self._last_traits[1],
            None if past is None else _lenient(_past, past),
        )


def _text(value: Any) -> str:  # Any: as the table has it
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


_format = lru_cache(16)(_text)
"""There are few formats."""


def _lenient(decode: Callable[[Any], Any], value: Any) -> Any:  # Any: as above
    try:
        return decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, TypeError):
        return None
