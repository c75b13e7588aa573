"""Waits until a queue has seen the messages that somebody expects, and tells what it saw instead.

What counts are messages that have been in the queue, wherever they are now: what a program has consumed by
the time we look was there all the same.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from msgspec import Struct

from mqstudio.client.client import Client
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.filters.fields import FIELDS
from mqstudio.model.filters.problems import FilterError
from mqstudio.model.filters.syntax import parse
from mqstudio.model.filters.tree import fields_of
from mqstudio.model.lifecycle import Lifecycle
from mqstudio.model.queries import WatchEvents
from mqstudio.model.rows import LifeStep, MessageRow, TailItem
from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.protocols.native.messages import Gap

PAGE_ROWS: Final = 200
LOOK_EVERY_S: Final = 0.1
"""How long to wait for a sign that something has happened: a queue that is not there yet gives none."""

_COMES: Final = ("enqueued", "restored")
"""What happens to a message when a queue has it, maybe late, or once more."""

_OF_TIME: Final = frozenset({"age", "waited", "held"})
"""Fields that change though nothing happens."""

TOLD_MAX: Final = 5
"""Messages whose lives are told when it was not as expected."""


Tell = Callable[[Lifecycle], str]
"""Puts a lifecycle into words."""


class Expected(Struct, frozen=True):
    """So many messages in a queue that a filter finds, within a time.

    is_exact: neither more, which takes all that time to know. since_us: published then or later.
    """

    queue: str
    count: int = 1
    where: str = ""
    within_s: float = 5.0
    vhost: str = DEFAULT_VHOST
    is_exact: bool = False
    since_us: int = 0


class Seen(Struct, frozen=True):
    """What a queue saw: the messages that were meant, oldest first, and the newest of the others.

    has_queue: whether there is such a queue.
    """

    expected: Expected
    found: tuple[MessageRow, ...] = ()
    others: tuple[MessageRow, ...] = ()
    has_queue: bool = True

    @property
    def is_met(self) -> bool:
        """Whether it is as expected."""
        wanted = self.expected
        if wanted.is_exact or wanted.count == 0:
            return self.has_queue and len(self.found) == wanted.count
        return self.has_queue and len(self.found) >= wanted.count


async def expect(client: Client, expected: Expected) -> Seen:
    """Wait until it is so, or until it cannot be any more, or the time is up; what was seen by then.

    Raises: RefusedError (of the filter), ConnectionError.
    """
    deadline = asyncio.get_running_loop().time() + expected.within_s
    looking = _Looking(client, expected)
    async with client.watch(WatchEvents(expected.queue, expected.vhost)) as events:
        while True:
            found = await looking.look()
            left = deadline - asyncio.get_running_loop().time()
            if (found is not None and _is_decided(expected, len(found))) or left <= 0:
                return await _seen(client, expected, found)
            try:
                async with asyncio.timeout(min(left, LOOK_EVERY_S)):
                    looking.note(await anext(events))
            except TimeoutError:
                looking.note_silence()


def _is_decided(expected: Expected, found: int) -> bool:
    """Whether waiting longer would change nothing."""
    if expected.is_exact or expected.count == 0:
        return found > expected.count
    return found >= expected.count


class _Looking:
    """Looks for the messages that are meant, and looks again only at what may have changed.

    What a message says never changes: of those that a filter about that alone has judged, none is judged
    again. A filter that asks where a message stands judges it, and what is younger, with each of its events;
    one that asks how long something takes judges all.
    """

    def __init__(self, client: Client, expected: Expected) -> None:
        self._client, self._expected = client, expected
        asked = _asked(expected.where)
        self._is_of_messages = all(FIELDS[name].is_of_message for name in asked) and not asked & _OF_TIME
        self._is_of_time = bool(asked & _OF_TIME)
        self._found: dict[int, MessageRow] | None = None
        self._from: int | None = 0
        """The oldest message to look at; None: nothing has happened."""

    def note(self, item: TailItem | Gap) -> None:
        """Something happened to a message of the queue, or more than could be told."""
        if isinstance(item, Gap):
            self._from = 0
        elif item.what in _COMES or not self._is_of_messages:
            self._from = item.message_id if self._from is None else min(self._from, item.message_id)

    def note_silence(self) -> None:
        """Nothing was told: of a queue that is not there nothing ever is, and time passes all the same."""
        if self._found is None or self._is_of_time:
            self._from = 0

    async def look(self) -> list[MessageRow] | None:
        """The messages that are meant, oldest first; None while there is no such queue."""
        try:
            if self._from is not None:
                await self._read(self._from)
        except RefusedError as error:
            if error.why is not Refusal.NO_SUCH_QUEUE:
                raise
            self._found, self._from = None, 0
        return None if self._found is None else [self._found[each] for each in sorted(self._found)]

    async def _read(self, first_id: int) -> None:
        expected, after_id = self._expected, first_id - 1 if first_id else None
        known = self._found or {}
        found = {message_id: row for message_id, row in known.items() if message_id < first_id}
        while len(found) <= expected.count:  # with more it is decided, or will be
            page = await self._client.page(
                expected.queue,
                vhost=expected.vhost,
                limit=PAGE_ROWS,
                after_id=after_id,
                is_oldest_first=True,
                where=expected.where,
            )
            found |= {row.message_id: row for row in page.rows if row.published_at_us >= expected.since_us}
            after_id = page.next_id
            if after_id is None:
                break
        self._found, self._from = found, None if after_id is None else after_id


def _asked(where: str) -> frozenset[str]:
    try:
        return fields_of(parse(where))
    except FilterError:
        return frozenset({"state"})  # the broker says what is wrong with it


async def _seen(client: Client, expected: Expected, found: list[MessageRow] | None) -> Seen:
    if found is None:
        return Seen(expected, has_queue=False)
    page = await client.page(expected.queue, vhost=expected.vhost, limit=PAGE_ROWS)
    ids = {row.message_id for row in found}
    others = [
        row for row in page.rows if row.message_id not in ids and row.published_at_us >= expected.since_us
    ]
    return Seen(expected, tuple(found), tuple(others[:TOLD_MAX]))


async def report(client: Client, seen: Seen, tell: Tell | None = None) -> str:
    """What was expected and what was seen, with the lives of the messages that tell why.

    tell: puts a lifecycle into words; without, its events are listed.
    """
    wanted = seen.expected
    such = f" where {wanted.where}" if wanted.where else ""
    number = f"exactly {wanted.count}" if wanted.is_exact or wanted.count == 0 else f"{wanted.count}"
    lines = [
        f"Expected {number} in {wanted.queue}{such} within {wanted.within_s:g} s; saw {len(seen.found)}."
    ]
    if not seen.has_queue:
        lines.append("There is no such queue. Is its name right, and its virtual host?")
    for title, rows, count in (
        ("These were found", seen.found[:TOLD_MAX], len(seen.found)),
        ("The newest others", seen.others, len(seen.others)),
    ):
        lines += await _lives(client, wanted, title, rows, count, tell)
    return "\n".join(lines)


async def _lives(  # noqa: PLR0917  # as its caller has them
    client: Client, wanted: Expected, title: str, rows: Sequence[MessageRow], count: int, tell: Tell | None
) -> list[str]:
    if not rows:
        return []
    lines = [f"{title}{f' (the first {len(rows)} of {count})' if count > len(rows) else ''}:"]
    for row in rows:
        lines.append(f"  #{row.message_id} {row.state.value}  {row.routing_key}  {row.preview}")
        with suppress(RefusedError):  # forgotten meanwhile
            lines += [f"      {line}".rstrip() for line in await _life(client, wanted, row, tell)]
    return lines


async def _life(client: Client, wanted: Expected, row: MessageRow, tell: Tell | None) -> list[str]:
    """What happened to a message, line by line."""
    if tell is not None:
        return tell(await client.lifecycle(row.message_id)).split("\n")
    detail = await client.message(row.queue, row.message_id, vhost=wanted.vhost, body_limit=0)
    return [_step(step, detail.life[0].at_us) for step in detail.life]


def _step(step: LifeStep, began_at_us: int) -> str:
    """A step and when it was, in ms from the first."""
    words = [step.what.replace("_", " "), step.queue, step.detail]
    return f"{(step.at_us - began_at_us) / 1000:10.3f} ms  {'  '.join(word for word in words if word)}"
