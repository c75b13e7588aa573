"""Where replayed messages come from: a file that was recorded, or what the running broker has kept.

Both give records in the order of their messages' ids, which is that of publishing, a few at a time.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Final, Protocol

from msgspec import Struct

from mqstudio.client.export_source import Source, Wanted, parts, read_one
from mqstudio.client.record_filter import RecordFilter
from mqstudio.exporters import messagepack
from mqstudio.exporters.base import Options, Record, Recording
from mqstudio.exporters.redaction import NONE
from mqstudio.model.records import GetRecords

BATCH: Final = 32
BATCH_BYTES: Final = 4 * 1024 * 1024
"""Records that are read in one go, and what their bodies may come to; one at least."""

FORMAT: Final = "msgpack"
"""As which a broker hands out what it has kept."""


def some_of(records: Iterator[Record]) -> list[Record]:
    """The next few: so many, or so many bytes; none behind the last."""
    found, size = list[Record](), 0
    for record in islice(records, BATCH):
        found.append(record)
        size += len(record.body)
        if size >= BATCH_BYTES:
            break
    return found


class ReplaySource(Protocol):
    """Messages to replay. grows_in: the queues (virtual host, name) in which what it takes may grow."""

    name: str
    grows_in: frozenset[tuple[str, str]]

    def batches(self, *, is_whole: bool) -> AsyncIterator[list[Record]]:
        """The records from the beginning, as often as asked; without bodies if not whole.

        Raises: NotReadableError, RefusedError, OSError.
        """


class FileSource:
    """A file, or as much of it as a filter finds; read beside the loop. from_id: from this message on."""

    grows_in: frozenset[tuple[str, str]] = frozenset()

    def __init__(self, recording: Recording, where: str, now_us: int, from_id: int = 0) -> None:
        self.name = recording.name
        self._recording, self._where, self._now_us, self._from_id = recording, where, now_us, from_id
        RecordFilter(where, now_us)  # what is wrong with it is said now

    async def batches(self, *, is_whole: bool) -> AsyncIterator[list[Record]]:  # see ReplaySource
        """See ReplaySource: a file's bodies come with it."""
        found = self._found()
        while batch := await asyncio.to_thread(some_of, found):
            yield batch

    def _found(self) -> Iterator[Record]:
        wanted = RecordFilter(self._where, self._now_us)
        for record in self._recording.records():
            if record.row.message_id >= self._from_id and wanted.fits(record):
                yield record


class Chosen(Struct, frozen=True):
    """Which messages of the running broker. from_id: from this message on; grows: whether messages that come
    later would be wanted, too.
    """

    wanted: Wanted
    from_id: int = 0

    @property
    def grows(self) -> bool:
        """Whether messages that come later would belong to it, too."""
        return self.wanted.ids is None and self.wanted.until_us is None


class LedgerSource:
    """What a broker has kept. What it takes is settled when it is first asked: no later messages."""

    def __init__(self, client: Source, chosen: Chosen, name: str) -> None:
        self.name = name
        self.grows_in = frozenset(chosen.wanted.queues) if chosen.grows else frozenset()
        self._client, self._chosen = client, chosen
        self._last_id: int | None = None

    async def batches(self, *, is_whole: bool) -> AsyncIterator[list[Record]]:
        """See ReplaySource."""
        if self._last_id is None:
            self._last_id = await self._newest()
        options = Options(has_body=is_whole)
        async for part in parts(self._client, self._chosen.wanted, FORMAT, options, NONE):
            records = messagepack.IMPORTER.read(iter([part.data]))
            while batch := some_of(records):
                yield [await self._whole(each) if is_whole else each for each in batch if self._is_it(each)]

    def _is_it(self, record: Record) -> bool:
        assert self._last_id is not None
        return self._chosen.from_id <= record.row.message_id <= self._last_id

    async def _whole(self, record: Record) -> Record:
        """A record with all of its body that can be had: of long ones only the beginning comes in bulk."""
        if len(record.body) < record.row.size_bytes:
            return await read_one(self._client, record.vhost, record.row) or record
        return record

    async def _newest(self) -> int:
        """The last message there is now, in any of the queues."""
        last_id = -1
        if self._chosen.wanted.is_all:  # also of what no queue took
            reply = await self._client.records(GetRecords(up_to_id=1, is_trial=True))
            last_id = reply.last_id if reply.is_kept else last_id
        for vhost, queue in self._chosen.wanted.queues:
            page = await self._client.page(queue, vhost=vhost, limit=1)
            last_id = max(last_id, page.rows[0].message_id if page.rows else -1)
        return last_id
