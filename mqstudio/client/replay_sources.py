"""Where replayed messages come from: a file that was recorded, or what the running broker has kept.

Both give records in the order of their messages' ids, which is that of publishing, a few at a time.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Final, Protocol

from msgspec import Struct

from mqstudio.client.record_filter import RecordFilter
from mqstudio.exporters.base import Record, Recording
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import BODY_SHOWN_BYTES, PAGE_MAX_ROWS
from mqstudio.model.rows import MessageDetail, MessagePage, MessageRow, MessageState

BATCH: Final = 32
"""Records that are read in one go."""

PLACES: Final = 200
"""Rows asked for in one page."""


class ReplaySource(Protocol):
    """Messages to replay. grows_in: the queues (virtual host, name) in which what it takes may grow."""

    name: str
    grows_in: frozenset[tuple[str, str]]

    def batches(self, *, is_whole: bool) -> AsyncIterator[list[Record]]:
        """The records from the beginning, as often as asked; without bodies if not whole.

        Raises: NotReadableError, RefusedError, OSError.
        """


class Broker(Protocol):
    """What is asked of a client."""

    async def page(
        self,
        queue: str,
        *,
        vhost: str = ...,
        limit: int = ...,
        after_id: int | None = ...,
        is_oldest_first: bool = ...,
        states: list[MessageState] | None = ...,
        where: str = ...,
    ) -> MessagePage:
        """Messages of a queue."""

    async def message(
        self,
        queue: str,
        message_id: int,
        *,
        vhost: str = ...,
        body_offset: int = ...,
        body_limit: int | None = ...,
    ) -> MessageDetail:
        """One message."""


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
        while batch := await asyncio.to_thread(lambda: list(islice(found, BATCH))):
            yield batch

    def _found(self) -> Iterator[Record]:
        wanted = RecordFilter(self._where, self._now_us)
        for record in self._recording.records():
            if record.row.message_id >= self._from_id and wanted.fits(record):
                yield record


class Chosen(Struct, frozen=True):
    """Which messages of the running broker: of these queues (virtual host, name), all that a filter finds, or
    just these ids. since_us, until_us: when they were published; from_id: from this message on.
    """

    queues: tuple[tuple[str, str], ...]
    where: str = ""
    ids: frozenset[int] | None = None
    states: tuple[MessageState, ...] = ()
    since_us: int = 0
    until_us: int | None = None
    from_id: int = 0

    @property
    def grows(self) -> bool:
        """Whether messages that come later would belong to it, too."""
        return self.ids is None and self.until_us is None


class LedgerSource:
    """What a broker has kept. What it takes is settled when it is first asked: no later messages."""

    def __init__(self, client: Broker, chosen: Chosen, name: str) -> None:
        self.name = name
        self.grows_in = frozenset(chosen.queues) if chosen.grows else frozenset()
        self._client, self._chosen = client, chosen
        self._last_ids: dict[tuple[str, str], int] | None = None

    async def batches(self, *, is_whole: bool) -> AsyncIterator[list[Record]]:
        """See ReplaySource."""
        if self._last_ids is None:
            self._last_ids = {place: await self._newest(*place) for place in self._chosen.queues}
        waiting: list[tuple[str, MessageRow]] = []
        async for vhost, row in self._merged(self._last_ids):
            waiting.append((vhost, row))
            if len(waiting) == BATCH:
                yield await read_records(self._client, waiting, is_whole=is_whole)
                waiting = []
        if waiting:
            yield await read_records(self._client, waiting, is_whole=is_whole)

    async def _newest(self, vhost: str, queue: str) -> int:
        page = await self._client.page(queue, vhost=vhost, limit=1)
        return page.rows[0].message_id if page.rows else -1

    async def _merged(self, last_ids: dict[tuple[str, str], int]) -> AsyncIterator[tuple[str, MessageRow]]:
        """The rows of all queues in the order of ids; those of one message side by side."""
        heads = [_Head(vhost, self._rows(vhost, queue, last)) for (vhost, queue), last in last_ids.items()]
        for head in heads:
            await head.step()
        while live := [head for head in heads if head.row is not None]:
            first = min(live, key=lambda head: head.row.message_id if head.row else 0)
            assert first.row is not None
            yield first.vhost, first.row
            await first.step()

    async def _rows(self, vhost: str, queue: str, last_id: int) -> AsyncIterator[MessageRow]:
        chosen = self._chosen
        first_id = max(chosen.from_id, min(chosen.ids) if chosen.ids else 0)
        last_id = min(last_id, max(chosen.ids)) if chosen.ids else last_id
        after_id = first_id - 1 if first_id else None
        while True:
            page = await self._client.page(
                queue,
                vhost=vhost,
                limit=min(PLACES, PAGE_MAX_ROWS),
                after_id=after_id,
                is_oldest_first=True,
                states=list(chosen.states),
                where=chosen.where,
            )
            for row in page.rows:
                if row.message_id > last_id:
                    return
                if self._is_chosen(row):
                    yield row
            after_id = page.next_id
            if after_id is None or after_id >= last_id:
                return

    def _is_chosen(self, row: MessageRow) -> bool:
        chosen = self._chosen
        is_one = chosen.ids is None or row.message_id in chosen.ids
        until_us = chosen.until_us
        is_in_time = until_us is None or row.published_at_us < until_us
        return is_one and is_in_time and row.published_at_us >= chosen.since_us


class _Head:
    """The next row of a queue; None behind its last."""

    def __init__(self, vhost: str, rows: AsyncIterator[MessageRow]) -> None:
        self.vhost, self._rows = vhost, rows
        self.row: MessageRow | None = None

    async def step(self) -> None:
        """Turn to the next."""
        self.row = await anext(self._rows, None)


async def read_records(client: Broker, rows: list[tuple[str, MessageRow]], *, is_whole: bool) -> list[Record]:
    """What is known of some messages, without those that were forgotten meanwhile.

    Raises: RefusedError, OSError, TimeoutError.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_read(client, vhost, row, is_whole=is_whole)) for vhost, row in rows]
    except* (RefusedError, OSError, TimeoutError) as errors:
        raise errors.exceptions[0] from None  # all for one reason: the first is what people are told
    return [found for task in tasks if (found := task.result()) is not None]


async def _read(client: Broker, vhost: str, row: MessageRow, *, is_whole: bool) -> Record | None:
    limit = None if is_whole else 0
    pieces: list[bytes] = []
    try:
        detail = await client.message(row.queue, row.message_id, vhost=vhost, body_limit=limit)
        pieces.append(detail.body)
        size = len(detail.body)
        while is_whole and pieces[-1] and size < row.size_bytes:
            more = await client.message(
                row.queue, row.message_id, vhost=vhost, body_offset=size, body_limit=BODY_SHOWN_BYTES
            )
            pieces.append(more.body)
            size += len(more.body)
    except RefusedError as error:
        if error.why is Refusal.NO_SUCH_MESSAGE:
            return None
        raise
    return Record(
        vhost, detail.row, detail.properties, b"".join(pieces), detail.format, tuple(detail.life), detail.past
    )
