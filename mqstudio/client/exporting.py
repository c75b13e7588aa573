"""Reads messages with all that is known of them, in order, many at a time, and writes them into a file.

A page of rows tells which messages there are; what each says and went through is asked for ahead of the file.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from msgspec import Struct

from mqstudio.exporters.base import Exporter, Options, Record, Writing
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import BODY_SHOWN_BYTES
from mqstudio.model.rows import MessageDetail, MessagePage, MessageRow, MessageState

PAGE_ROWS: Final = 200
AHEAD: Final = 48
"""Messages asked for before the first of them is written."""

BODY_BYTES: Final = 64 * 1024
"""What is asked for of a body at first; the rest of a long one piece by piece."""


class Source(Protocol):
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


class Wanted(Struct, frozen=True):
    """Which messages: of these queues (virtual host, name), all that a filter finds, or just these ids.

    since_us: published then or later. states: in one of these now; none: in any.
    """

    queues: tuple[tuple[str, str], ...]
    where: str = ""
    since_us: int = 0
    ids: frozenset[int] | None = None
    states: tuple[MessageState, ...] = ()


async def export(  # noqa: PLR0917  # what, how, whereto
    client: Source,
    wanted: Wanted,
    exporter: Exporter,
    options: Options,
    path: Path,
    on_progress: Callable[[int, int], None] = lambda _count, _bytes: None,
) -> int:
    """Write messages into a file; returns how many. on_progress(messages, bytes) every few of them.

    The file is written beside its place, and takes it when it is done. When cancelled it is ended, and has
    what was written so far; when it fails, what was there before is there still.
    Raises: RefusedError, ConnectionError, OSError.
    """
    beside = path.with_name(f"{path.name}.part")
    try:
        count = await _write(client, wanted, exporter.write(options), options, beside, on_progress)
    except (RefusedError, OSError):
        beside.unlink(missing_ok=True)
        raise
    except BaseException:  # somebody has had enough of it: a whole file, as far as it goes
        beside.replace(path)
        raise
    beside.replace(path)
    return count


async def _write(  # noqa: PLR0917  # as its caller has them
    client: Source,
    wanted: Wanted,
    writing: Writing,
    options: Options,
    path: Path,
    on_progress: Callable[[int, int], None],
) -> int:
    count = size = 0
    with path.open("wb") as file:
        size += file.write(writing.begin())
        try:
            async for page in _records(client, wanted, is_whole=options.has_body):
                for record in page:
                    size += file.write(writing.record(record))
                count += len(page)
                on_progress(count, size)
        finally:
            size += file.write(writing.end())
    on_progress(count, size)
    return count


async def _records(client: Source, wanted: Wanted, *, is_whole: bool) -> AsyncIterator[list[Record]]:
    """The messages, oldest first in each queue, some at a time, which may be none. is_whole: with bodies."""
    for vhost, queue in wanted.queues:
        async for rows in _pages(client, vhost, queue, wanted):
            for start in range(0, len(rows) or 1, AHEAD):
                found = await _read(client, vhost, rows[start : start + AHEAD], is_whole=is_whole)
                yield [record for record in found if record is not None]


async def _pages(client: Source, vhost: str, queue: str, wanted: Wanted) -> AsyncIterator[list[MessageRow]]:
    """All pages, also those without a row that is wanted: somebody may want to stop there."""
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
        yield [row for row in page.rows if _is_wanted(row, wanted)]
        after_id = page.next_id
        if after_id is None or (last_id is not None and after_id >= last_id):
            return


def _is_wanted(row: MessageRow, wanted: Wanted) -> bool:
    is_one = wanted.ids is None or row.message_id in wanted.ids
    return is_one and row.published_at_us >= wanted.since_us


async def _read(
    client: Source, vhost: str, rows: Iterable[MessageRow], *, is_whole: bool
) -> list[Record | None]:
    """What is known of some messages; None of one that was forgotten meanwhile."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_read_one(client, vhost, row, is_whole=is_whole)) for row in rows]
    except* (RefusedError, OSError, TimeoutError) as errors:
        raise errors.exceptions[0] from None  # all for one reason: the first is what people are told
    return [task.result() for task in tasks]


async def _read_one(client: Source, vhost: str, row: MessageRow, *, is_whole: bool) -> Record | None:
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
    return Record(vhost, detail.row, detail.properties, body, detail.format, tuple(detail.life), detail.past)


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
