"""Recorded messages as a ledger file, which this program opens again: written record by record, and read.

A record tells of its message's life in steps; here they become rows again. What the file has besides is what
it takes to look at it: the queues that occur, and who published and consumed.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from mqstudio.exporters import messagepack
from mqstudio.exporters.base import Record
from mqstudio.model.message import HUB_FORMAT, Message, Properties, encode_properties, traits
from mqstudio.model.records import GetRecords, Records
from mqstudio.model.rows import MessageState
from mqstudio.model.topology import QueueSpec, VhostSpec
from mqstudio.protocols.amqp091 import convert
from mqstudio.server.bulk import NOBODY_BEGAN_US
from mqstudio.server.life_rows import LifeRows, Numbers
from mqstudio.server.plugins import find_protocols
from mqstudio.server.reading import header_finder, properties_of
from mqstudio.server.record_reader import RecordReader
from mqstudio.store import spec_text
from mqstudio.store.changes import Row, Section
from mqstudio.store.opened import QueueDefinition
from mqstudio.store.profile_file import open_for_reading, open_for_writing
from mqstudio.store.writer import Writer

COMMIT_BYTES: Final = 8 * 1024 * 1024
LIVE: Final = frozenset({MessageState.READY, MessageState.IN_FLIGHT})
PERSISTENT: Final = 2
AMQP: Final = "amqp091"


class RecordingFile:
    """A ledger file that is being made. Raises when made: ProfileError."""

    def __init__(self, path: Path) -> None:
        self._connection = open_for_writing(path, is_alone=True)
        self._writer = Writer(self._connection)
        self._section = Section()
        self._size = 0
        self._numbers = Numbers(self._section)
        self._lives = LifeRows(self._numbers)
        self._last: Record | None = None
        self._last_id = self._top = 0

    def record(self, record: Record) -> None:
        """Take one. Raises: ProfileError, apsw.Error."""
        message_id = self._message_id(record)
        queue_id = self._numbers.queue(record.vhost, record.row.queue) if record.row.queue else 0
        if record.row.queue and record.row.state in LIVE:
            place = (record.row.priority, None, record.row.delivery_count, record.row.size_bytes, True)
            self._section.put_places[queue_id, message_id] = place
        if self._size >= COMMIT_BYTES:
            self._commit(is_clean=False)

    def close(self) -> None:
        """End it: what was taken is in it, and it is one file."""
        try:
            self._commit(is_clean=True)
            self._connection.pragma("journal_mode", "delete")
        finally:
            self._connection.close()

    def _message_id(self, record: Record) -> int:
        """The id of a record's message, which is written when it comes first."""
        last, self._last = self._last, record
        row = record.row
        if last is not None and _is_same(last, record):
            self._lives.write_place(record, self._last_id)
            return self._last_id
        # Ids of other sources may come twice: then one is given that is free.
        self._last_id = row.message_id if row.message_id > self._top else self._free(row.message_id)
        self._top = max(self._top, self._last_id)
        self._section.messages.append(self._message(record, self._last_id))
        self._size += len(record.body) + 1_000
        self._lives.write(record, self._last_id)
        return self._last_id

    def _free(self, wanted: int) -> int:
        """An id that nobody has."""
        self._commit(is_clean=False)
        taken = self._connection.execute("SELECT 1 FROM message WHERE id=?", (wanted,)).fetchone()
        return wanted if taken is None and wanted > 0 else self._top + 1

    def _message(self, record: Record, message_id: int) -> Row:
        row, format = record.row, record.format
        properties, format = _packed(record.properties, format)
        told = record.properties
        asked = traits(told.delivery_mode == PERSISTENT, row.priority or told.priority or 0)
        return (
            message_id,
            row.published_at_us,
            self._numbers.publisher(record),
            row.exchange,
            row.routing_key,
            format,
            properties,
            spec_text.traits_text(asked),
            spec_text.past_text(record.past),
            record.body,
            row.size_bytes,
        )

    def _commit(self, *, is_clean: bool) -> None:
        section, numbers = self._section, self._numbers
        for vhost, name, queue_id in numbers.new_queues():
            spec = QueueDefinition(queue_id, QueueSpec(name, True))
            section.definitions["queue", vhost, name] = spec_text.to_text(spec)
            section.definitions["vhost", vhost, ""] = spec_text.to_text(VhostSpec(vhost))
        progress = (self._top + 1, numbers.next_queue, numbers.next_subscription, 1, numbers.next_id)
        number = self._writer.last_commit + 1
        self._writer.commit(number, [section.plain()], progress, is_clean=is_clean)
        self._section = numbers.section = Section()
        self._size = 0


def _is_same(one: Record, other: Record) -> bool:
    """Whether two records, side by side, are of one message in two queues."""
    return (
        one.row.message_id == other.row.message_id
        and one.row.published_at_us == other.row.published_at_us
        and one.row.queue != other.row.queue
        and one.body == other.body
    )


def _packed(properties: Properties, format: str) -> tuple[bytes, str]:
    """Properties as their protocol writes them, if that brings them back exactly."""
    if format == AMQP:
        try:
            packed = convert.write_properties(properties)
            if convert.read_properties(packed) == properties:
                return packed, format
        except (ValueError, TypeError, AttributeError, OverflowError, msgspec.MsgspecError):
            pass  # none that a client of that protocol could send
    return encode_properties(properties), HUB_FORMAT


def read_recording(path: Path, *, key: str | None = None) -> Iterator[Record]:
    """The messages of a ledger file, by id. Raises: ProfileError, apsw.Error."""
    protocols = find_protocols()

    def read_properties(message: Message) -> Properties:
        return properties_of(message, protocols)[0]

    connection = open_for_reading(path, key=key)
    try:
        reader = RecordReader(connection, read_properties, header_finder(protocols))
        after_id: int | None = -1
        while after_id is not None:
            part = _part(reader, after_id)
            yield from messagepack.IMPORTER.read(iter([part.data]))
            after_id = part.reached
    finally:
        connection.close()


def _part(reader: RecordReader, after_id: int) -> Records:
    asked = msgspec.msgpack.encode(GetRecords(after_id=after_id, format="msgpack"))
    answer: Any = reader.records(asked, NOBODY_BEGAN_US, 0)
    return msgspec.msgpack.decode(answer, type=Records)
