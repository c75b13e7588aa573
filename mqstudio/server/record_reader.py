"""The reader with one question more: records in bulk, sifted, without their secrets, as a file has them."""

import gc
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import ClassVar

import msgspec

from mqstudio.exporters.base import Options, Record
from mqstudio.exporters.redacting import Hits, Redactor
from mqstudio.exporters.redaction import NONE, Redaction
from mqstudio.exporters.shape import json_line, shape_of
from mqstudio.model import export_limits
from mqstudio.model.filters.matching import compile_filter
from mqstudio.model.filters.subject import Subject
from mqstudio.model.filters.syntax import parse
from mqstudio.model.message import Message
from mqstudio.model.records import GetRecords, Records, RedactionHit
from mqstudio.model.rows import MessageRow
from mqstudio.server.record_making import RecordMaker
from mqstudio.store import reader_bulk
from mqstudio.store.reader import Reader

Asks = Callable[[Message, MessageRow], bool]

_packed = msgspec.msgpack.Encoder().encode
_asked = msgspec.msgpack.Decoder(GetRecords).decode
_profile = msgspec.json.Decoder(Redaction).decode


class RecordReader(Reader):
    """A reader that is asked for records as well."""

    questions: ClassVar = {}

    def records(self, asked: bytes, began_us: int, held_since_us: int | None = None) -> bytes:
        """A slice of what is wanted: msgpack of Records. asked: msgpack of GetRecords.

        What was handed over before `held_since_us` (None: before the broker began) is not held any more.
        """
        wanted = _asked(asked)
        maker = self._maker(began_us, began_us if held_since_us is None else held_since_us)
        with self.within(export_limits.EXPORT_SLICE_US), _no_collecting():
            bounds = self._bounds(wanted)
            if bounds is None:
                return _packed(Records())
            found = reader_bulk.read(self._connection, bounds)
            return _packed(self._answer(wanted, found, maker))

    def _maker(self, began_us: int, held_since_us: int) -> RecordMaker:
        found: RecordMaker | None = getattr(self, "_made", None)
        if found is None or found.began_us != began_us:
            found = RecordMaker(self._connection, self._read_properties, began_us, held_since_us)
            self._made = found
        return found

    def _redactor(self, profile: bytes) -> Redactor:
        """What takes secrets out: the one of the last time, which has learned what is none."""
        found: tuple[bytes, Redactor] | None = getattr(self, "_redacts", None)
        if found is None or found[0] != profile:
            found = profile, Redactor(_profile(profile) if profile else NONE)
            self._redacts = found
        return found[1]

    def _bounds(self, wanted: GetRecords) -> reader_bulk.Bounds | None:
        """Where to look; None if none of the queues was ever there."""
        queue_ids: list[int] | None = None
        if wanted.queues:
            sql = "SELECT id FROM queue WHERE vhost=? AND name=?"
            execute = self._connection.execute
            queue_ids = [row[0] for each in wanted.queues for row in execute(sql, each)]
            if not queue_ids:
                return None
        after_id, up_to_id = max(-1, min(wanted.after_id, 2**62)), max(0, min(wanted.up_to_id, 2**62))
        times = (max(0, min(wanted.since_us, 2**62)), wanted.until_us)
        return reader_bulk.Bounds(after_id, up_to_id, *times, queue_ids, wanted.ids)

    def _answer(self, wanted: GetRecords, found: reader_bulk.Slice, maker: RecordMaker) -> Records:
        redactor = self._redactor(wanted.redaction)
        write = _writer(wanted)
        pieces: list[bytes] = []
        for record, message in self._wanted(wanted, found.told, maker):
            pieces.append(write(redactor.record(record, message.properties)))
        hits, redactor.hits = redactor.hits, Hits()
        size = sum(map(len, pieces))
        return Records(
            b"" if wanted.is_trial else b"".join(pieces),
            len(pieces),
            size,
            found.looked_at,
            found.first_id,
            found.alone,
            found.reached,
            found.last_id,
            [each.message.id for each in found.told] if wanted.ids else [],
            redacted=hits.messages,
            hits=hits.counts,
            examples=[RedactionHit(each.rule, each.where, each.sample) for each in hits.examples],
        )

    def _wanted(
        self, wanted: GetRecords, lives: Iterable[reader_bulk.Told], maker: RecordMaker
    ) -> Iterator[tuple[Record, Message]]:
        queues = {tuple(each) for each in wanted.queues}
        states = set(wanted.states)
        asks = self._filter(wanted.where, maker) if wanted.where else None
        for told in lives:
            for record in maker.records(told, has_properties=wanted.has_properties, has_life=wanted.has_life):
                if queues and (record.vhost, record.row.queue) not in queues:
                    continue
                if states and record.row.state not in states:
                    continue
                if asks is None or asks(told.message, record.row):
                    yield record, told.message

    def _filter(self, where: str, maker: RecordMaker) -> Asks:
        now_us = time.time_ns() // 1_000
        is_meant = compile_filter(parse(where), now_us)
        subject = Subject(now_us, self._read_properties, maker.names.name_of, find_header=self._find_header)

        def asks(message: Message, row: MessageRow) -> bool:
            return is_meant(subject.take(message, row, row.size_bytes))

        return asks


@contextmanager
def _no_collecting() -> Iterator[None]:
    """What a slice makes has no cycles, and there is much of it: looking for some costs a tenth."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _writer(wanted: GetRecords) -> Callable[[Record], bytes]:
    options = Options(wanted.has_body, wanted.has_properties, wanted.has_life)
    if wanted.format == "msgpack":
        return lambda record: _packed(shape_of(record, options, is_binary=True))
    return lambda record: json_line(shape_of(record, options))


RecordReader.questions = {**Reader.questions, "records": RecordReader.records}
