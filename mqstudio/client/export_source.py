"""Has messages come for an export: in bulk from a broker with a profile, else page by page.

The next part is asked for before the last is used, and no sooner: so there are never more than two in memory.
"""

import asyncio
import heapq
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing, suppress
from typing import Final, Protocol

import msgspec
from msgspec import Struct

from mqstudio.client.asking import Messages
from mqstudio.exporters import jsonl, messagepack
from mqstudio.exporters.base import Options, Record
from mqstudio.exporters.redacting import Hit, Hits, Redactor
from mqstudio.exporters.redaction import Redaction, write_profile
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.export_limits import EXPORT_IDS_AT_ONCE
from mqstudio.model.limits import BODY_SHOWN_BYTES
from mqstudio.model.records import GetRecords, Records
from mqstudio.model.rows import MessageRow, MessageState

PAGE_ROWS: Final = 200
AHEAD: Final = 48
AHEAD_BYTES: Final = 4 * 1024 * 1024
"""Messages that are asked for one by one at once, and what their bodies may come to; one at least."""

BODY_BYTES: Final = 64 * 1024
"""What is asked for of a body at first; the rest of a long one piece by piece."""

LIVE: Final = (MessageState.READY, MessageState.IN_FLIGHT)


class Source(Messages, Protocol):
    """What is asked of a client."""

    async def records(self, wanted: GetRecords) -> Records:
        """Recorded messages in bulk."""


class Wanted(Struct, frozen=True):
    """Which messages: of these queues (virtual host, name), all that a filter finds, or just these ids.

    is_all: of all queues, and what no queue took; `queues` are then those there are. since_us, until_us:
    published within. states: in one of these now; none: in any.
    """

    queues: tuple[tuple[str, str], ...]
    where: str = ""
    since_us: int = 0
    ids: frozenset[int] | None = None
    states: tuple[MessageState, ...] = ()
    until_us: int | None = None
    is_all: bool = False


class Part(Struct):
    """Some messages as a file has them, what was taken out of them, and how far that is.

    size_bytes: of the data, also where only that was asked for.
    """

    data: bytes
    count: int
    size_bytes: int
    hits: Hits
    looked_at: int = 0
    of: int = 0


async def parts(
    client: Source, wanted: Wanted, format: str, options: Options, redaction: Redaction
) -> AsyncGenerator[Part, None]:
    """All that is wanted, in order of ids; what was not recorded comes last. format: jsonl or msgpack."""
    asked = asked_for(wanted, format, options, redaction)
    writer = _Writer(format, options, redaction)
    first = await client.records(asked)
    if not first.is_kept:
        async for records in one_by_one(client, wanted, is_whole=options.has_body):
            yield await asyncio.to_thread(writer.part, records)
        return
    is_thinned = False
    async with aclosing(_replies(client, asked, first, wanted.ids)) as replies:
        async for reply in replies:
            is_thinned = reply.is_thinned
            yield part_of(reply, first)
            if reply.alone:
                yield await asyncio.to_thread(writer.part, await _alone(client, wanted, reply.alone))
    if is_thinned:
        async for records in _unrecorded(client, wanted, is_whole=options.has_body):
            yield await asyncio.to_thread(writer.part, records)


def asked_for(wanted: Wanted, format: str, options: Options, redaction: Redaction) -> GetRecords:
    """The question for the first part of what is wanted."""
    return GetRecords(
        queues=[] if wanted.is_all else list(wanted.queues),
        where=wanted.where,
        since_us=wanted.since_us,
        until_us=wanted.until_us,
        states=list(wanted.states),
        ids=[] if wanted.ids is None else sorted(wanted.ids)[:EXPORT_IDS_AT_ONCE],
        format=format,
        has_body=options.has_body,
        has_properties=options.has_properties,
        has_life=options.has_life,
        redaction=write_profile(redaction),
    )


async def _replies(
    client: Source, asked: GetRecords, first: Records, ids: frozenset[int] | None
) -> AsyncGenerator[Records, None]:
    """One reply after another; while it is used, the next one is on its way."""
    left = [] if ids is None else sorted(ids)[EXPORT_IDS_AT_ONCE:]
    up_to_id = first.last_id  # what is published meanwhile is not of it
    reply = first
    while True:
        following: GetRecords | None = None
        if reply.reached is not None:
            following = msgspec.structs.replace(asked, after_id=reply.reached, up_to_id=up_to_id)
        elif left:
            asked = msgspec.structs.replace(asked, ids=left[:EXPORT_IDS_AT_ONCE], after_id=0)
            following, left = asked, left[EXPORT_IDS_AT_ONCE:]
        if following is None:
            yield reply
            return
        # Owned by this generator. A TaskGroup would cancel whoever is using the reply, if the next one fails.
        task = asyncio.create_task(client.records(following))  # noqa: TID251
        try:
            yield reply
            reply = await task
        finally:
            if not task.done():
                task.cancel()
            elif not task.cancelled():
                task.exception()  # looked at, though nobody waits for it any more


def part_of(reply: Records, first: Records) -> Part:
    """A reply as a part of all, of which the first reply told how much there is."""
    examples = [Hit(each.rule, each.where, each.sample) for each in reply.examples]
    of = max(1, first.last_id - first.first_id + 1)
    at = of if reply.reached is None else min(of, max(0, reply.reached - first.first_id + 1))
    hits = Hits(reply.redacted, dict(reply.hits), examples)
    return Part(reply.data, reply.count, reply.size_bytes, hits, at, of)


class _Writer:
    """Writes records that came one by one as a broker would."""

    def __init__(self, format: str, options: Options, redaction: Redaction) -> None:
        exporter = jsonl.EXPORTER if format == "jsonl" else messagepack.EXPORTER
        self._writing = exporter.write(options)
        self._redaction = redaction

    def part(self, records: list[Record]) -> Part:
        redactor = Redactor(self._redaction)
        data = b"".join(self._writing.record(redactor.record(each)) for each in records)
        return Part(data, len(records), len(data), redactor.hits)


# ---- one by one


async def one_by_one(client: Source, wanted: Wanted, *, is_whole: bool) -> AsyncIterator[list[Record]]:
    """The messages, by id, some at a time, which may be none. is_whole: with bodies."""
    async for rows in _merged(client, wanted):
        yield await _read(client, rows, is_whole=is_whole)


Row = tuple[str, MessageRow]
"""A message's virtual host, and its row."""


async def _merged(client: Source, wanted: Wanted) -> AsyncIterator[list[Row]]:
    """Rows of all queues in order of ids, as many as are read at once."""
    pages = [_rows(client, vhost, queue, wanted) for vhost, queue in wanted.queues]
    waiting: list[tuple[int, int, Row]] = []
    for number in range(len(pages)):
        await _refill(waiting, pages, number)
    some: list[Row] = []
    size = 0
    while waiting:
        _, number, row = heapq.heappop(waiting)
        if some and (len(some) >= AHEAD or size + row[1].size_bytes > AHEAD_BYTES):
            yield some
            some, size = [], 0
        some.append(row)
        size += row[1].size_bytes
        await _refill(waiting, pages, number)
    yield some


async def _refill(waiting: list[tuple[int, int, Row]], pages: list[AsyncIterator[Row]], number: int) -> None:
    row = await anext(pages[number], None)
    if row is not None:
        heapq.heappush(waiting, (row[1].message_id, number, row))


async def _rows(client: Source, vhost: str, queue: str, wanted: Wanted) -> AsyncIterator[Row]:
    after_id = min(wanted.ids) - 1 if wanted.ids else None
    last_id = max(wanted.ids) if wanted.ids else None
    while True:
        page = await client.page(
            queue,
            vhost=vhost,
            limit=PAGE_ROWS,
            after_id=after_id,
            is_oldest_first=True,
            states=list(wanted.states),
            where=wanted.where,
        )
        for row in page.rows:
            if _is_wanted(row, wanted):
                yield vhost, row
        after_id = page.next_id
        if after_id is None or (last_id is not None and after_id >= last_id):
            return


def _is_wanted(row: MessageRow, wanted: Wanted) -> bool:
    is_one = wanted.ids is None or row.message_id in wanted.ids
    is_in_time = wanted.until_us is None or row.published_at_us <= wanted.until_us
    return is_one and is_in_time and row.published_at_us >= wanted.since_us


async def _read(client: Source, rows: Iterable[Row], *, is_whole: bool) -> list[Record]:
    """What is known of some messages; those that were forgotten meanwhile are left out."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(read_one(client, vhost, row, is_whole=is_whole)) for vhost, row in rows
            ]
    except* (RefusedError, OSError, TimeoutError) as errors:
        raise errors.exceptions[0] from None  # all for one reason: the first is what people are told
    return [record for task in tasks if (record := task.result()) is not None]


async def read_one(client: Source, vhost: str, row: MessageRow, *, is_whole: bool = True) -> Record | None:
    """One message with all that is known of it; None if it was forgotten meanwhile."""
    limit = BODY_BYTES if is_whole else 0
    try:
        detail = await client.message(row.queue, row.message_id, vhost=vhost, body_limit=limit)
    except RefusedError as error:
        if error.why is Refusal.NO_SUCH_MESSAGE:
            return None
        raise
    body = detail.body
    if is_whole and len(body) < row.size_bytes:
        body += await _rest(client, vhost, row, len(body))
    life = tuple(detail.life)
    return Record(vhost, detail.row, detail.properties, body, detail.format, life, detail.past)


async def _rest(client: Source, vhost: str, row: MessageRow, offset: int) -> bytes:
    """What comes behind the first piece of a body, as far as it is kept."""
    pieces: list[bytes] = []
    with suppress(RefusedError):  # forgotten meanwhile: what there is
        while offset < row.size_bytes:
            detail = await client.message(
                row.queue, row.message_id, vhost=vhost, body_offset=offset, body_limit=BODY_SHOWN_BYTES
            )
            if not detail.body:
                break
            pieces.append(detail.body)
            offset += len(detail.body)
    return b"".join(pieces)


# ---- what does not come in bulk


async def _alone(client: Source, wanted: Wanted, message_id: int) -> list[Record]:
    """A message that is too large for others beside it, in each queue that it is wanted of."""
    only = msgspec.structs.replace(wanted, ids=frozenset((message_id,)))
    return [each async for some in one_by_one(client, only, is_whole=True) for each in some]


async def _unrecorded(client: Source, wanted: Wanted, *, is_whole: bool) -> AsyncIterator[list[Record]]:
    """Messages that live and that the ledger has passed over, for there were too many."""
    states = tuple(each for each in LIVE if each in (wanted.states or LIVE))
    if not states:
        return
    async for rows in _merged(client, msgspec.structs.replace(wanted, states=states)):
        ids = sorted({row.message_id for _, row in rows})
        known = set((await client.records(GetRecords(ids=ids, is_trial=True))).message_ids) if ids else set()
        left = [each for each in rows if each[1].message_id not in known]
        yield await _read(client, left, is_whole=is_whole)
