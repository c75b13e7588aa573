"""Looking at the live messages of a queue without touching them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from heapq import merge, nlargest, nsmallest
from itertools import islice
from typing import TYPE_CHECKING

from mqstudio.engine.channel import Delivery
from mqstudio.engine.queue import Queue
from mqstudio.engine.ready import by_id
from mqstudio.model.message import Message

if TYPE_CHECKING:
    from mqstudio.engine.engine import Engine


def open_deliveries(engine: "Engine", queue: Queue) -> list[Delivery]:
    """What is in flight from a queue, found at its holders, and what it has lent.

    None of a log: its messages stay in it, whoever reads them.
    """
    if not queue.in_flight or queue.is_log:
        return []
    held = [
        delivery for each in engine.channels.values() for delivery in each.held() if delivery.queue is queue
    ]
    return held + list(queue.loans.values())


def count_live(queue: Queue) -> int:
    """How many messages a queue has, ready or in flight."""
    return queue.ready_count if queue.is_log else queue.ready_count + queue.in_flight


def page_in_flight(
    engine: "Engine", queue: Queue, after_id: int | None, limit: int, *, is_oldest_first: bool
) -> list[Delivery]:
    """The first `limit` open deliveries in the order asked for, behind `after_id`."""
    found = (d for d in open_deliveries(engine, queue) if _is_behind(d, after_id, is_oldest_first))
    pick = nsmallest if is_oldest_first else nlargest
    return pick(limit, found, key=lambda d: d.event.message.id)


def _is_behind(delivery: Delivery, after_id: int | None, is_oldest_first: bool) -> bool:
    if after_id is None:
        return True
    message_id = delivery.event.message.id
    return message_id > after_id if is_oldest_first else message_id < after_id


def page_ready(queue: Queue, after_id: int | None, limit: int, *, is_oldest_first: bool) -> list[Message]:
    """The first `limit` ready messages in the order asked for, behind `after_id`."""
    return list(islice(walk_ready(queue, after_id, is_oldest_first=is_oldest_first), limit))


def walk_ready(queue: Queue, after_id: int | None, *, is_oldest_first: bool) -> Iterator[Message]:
    """All ready messages in the order asked for, behind `after_id`; to be begun anew when the queue changes.

    Raises, from `next`: RuntimeError when messages came or went since it was begun, where that is noticed.
    """
    runs = [_run_from(run, after_id, is_oldest_first=is_oldest_first) for run in queue.ready.runs()]
    return merge(*runs, key=by_id, reverse=not is_oldest_first)


def _run_from(ready: Sequence[Message], after_id: int | None, *, is_oldest_first: bool) -> Iterator[Message]:
    if is_oldest_first:
        start = 0 if after_id is None else bisect_right(ready, after_id, key=by_id)
        return islice(ready, start, None)
    skip = 0 if after_id is None else len(ready) - bisect_left(ready, after_id, key=by_id)
    return islice(reversed(ready), skip, None)


def find_ready(queue: Queue, message_id: int) -> Message | None:
    """A ready message by id."""
    for run in queue.ready.runs():
        index = bisect_left(run, message_id, key=by_id)
        if index < len(run) and run[index].id == message_id:
            return run[index]
    return None
