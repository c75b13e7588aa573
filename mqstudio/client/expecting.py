"""Waits until a queue has seen the messages that somebody expects, and tells what it saw instead.

What counts are messages that have been in the queue, wherever they are now: what a program has consumed by
the time we look was there all the same.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from msgspec import Struct

from mqstudio.client.client import Client
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.queries import WatchEvents
from mqstudio.model.rows import LifeStep, MessageRow
from mqstudio.model.topology import DEFAULT_VHOST

PAGE_ROWS: Final = 200
LOOK_EVERY_S: Final = 0.1
"""How long to wait for a sign that something has happened: a queue that is not there yet gives none."""

TOLD_MAX: Final = 5
"""Messages whose lives are told when it was not as expected."""


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
    async with client.watch(WatchEvents(expected.queue, expected.vhost)) as events:
        while True:
            found = await _look(client, expected)
            left = deadline - asyncio.get_running_loop().time()
            if (found is not None and _is_decided(expected, len(found))) or left <= 0:
                return await _seen(client, expected, found)
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, LOOK_EVERY_S)):
                    await anext(events)


def _is_decided(expected: Expected, found: int) -> bool:
    """Whether waiting longer would change nothing."""
    if expected.is_exact or expected.count == 0:
        return found > expected.count
    return found >= expected.count


async def _look(client: Client, expected: Expected) -> list[MessageRow] | None:
    """The messages that are meant, None while there is no such queue."""
    try:
        rows, after_id = list[MessageRow](), None
        while True:
            page = await client.page(
                expected.queue,
                vhost=expected.vhost,
                limit=PAGE_ROWS,
                after_id=after_id,
                is_oldest_first=True,
                where=expected.where,
            )
            rows += [row for row in page.rows if row.published_at_us >= expected.since_us]
            after_id = page.next_id
            if after_id is None or len(rows) > expected.count:
                return rows
    except RefusedError as error:
        if error.why is Refusal.NO_SUCH_QUEUE:
            return None
        raise


async def _seen(client: Client, expected: Expected, found: list[MessageRow] | None) -> Seen:
    if found is None:
        return Seen(expected, has_queue=False)
    page = await client.page(expected.queue, vhost=expected.vhost, limit=PAGE_ROWS)
    ids = {row.message_id for row in found}
    others = [
        row for row in page.rows if row.message_id not in ids and row.published_at_us >= expected.since_us
    ]
    return Seen(expected, tuple(found), tuple(others[:TOLD_MAX]))


async def report(client: Client, seen: Seen) -> str:
    """What was expected and what was seen, with the lives of the messages that tell why."""
    wanted = seen.expected
    such = f" where {wanted.where}" if wanted.where else ""
    number = f"exactly {wanted.count}" if wanted.is_exact or wanted.count == 0 else f"{wanted.count}"
    lines = [
        f"Expected {number} in {wanted.queue}{such} within {wanted.within_s:g} s; saw {len(seen.found)}."
    ]
    if not seen.has_queue:
        lines.append("There is no such queue. Is its name right, and its virtual host?")
    lines += await _lives(client, wanted, "These were found", seen.found[:TOLD_MAX], len(seen.found))
    lines += await _lives(client, wanted, "The newest others", seen.others, len(seen.others))
    return "\n".join(lines)


async def _lives(
    client: Client, wanted: Expected, title: str, rows: Sequence[MessageRow], count: int
) -> list[str]:
    if not rows:
        return []
    lines = [f"{title}{f' (the first {len(rows)} of {count})' if count > len(rows) else ''}:"]
    for row in rows:
        lines.append(f"  #{row.message_id} {row.state.value}  {row.routing_key}  {row.preview}")
        try:
            detail = await client.message(row.queue, row.message_id, vhost=wanted.vhost, body_limit=0)
        except RefusedError:
            continue  # forgotten meanwhile
        lines += [f"      {_step(step, detail.life[0].at_us)}" for step in detail.life]
    return lines


def _step(step: LifeStep, began_at_us: int) -> str:
    """A step and when it was, in ms from the first."""
    words = [step.what.replace("_", " "), step.queue, step.detail]
    return f"{(step.at_us - began_at_us) / 1000:10.3f} ms  {'  '.join(word for word in words if word)}"
