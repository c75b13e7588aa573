"""What a slow watcher gets: everything, or an honest gap; samples merged into one."""

import asyncio
from typing import Any

import pytest

from mqstudio.client.watching import WatchStream, merge_samples
from mqstudio.model.samples import (
    ConnectionSample,
    Counters,
    ExchangeSample,
    QueueSample,
    Sample,
    Totals,
)
from mqstudio.protocols.native.messages import Gap


class Wire:
    """Counts starts and stops of a stream."""

    def __init__(self) -> None:
        self.log: list[str] = []

    async def start(self) -> None:
        self.log.append("start")

    async def stop(self) -> None:
        self.log.append("stop")


def stream(wire: Wire | None = None, **options: Any) -> WatchStream[Any]:
    wire = wire or Wire()
    return WatchStream(9, wire.start, wire.stop, **options)


async def take(items: WatchStream[Any], count: int) -> list[Any]:
    return [await anext(items) for _ in range(count)]


async def test_items_come_in_order() -> None:
    items = stream()
    for number in range(3):
        items.put(number)
    assert await take(items, 3) == [0, 1, 2]


async def test_a_reader_wakes_when_an_item_comes() -> None:
    async with stream() as items, asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(take(items, 1))
        await asyncio.sleep(0)
        assert not reading.done()
        items.put("news")
        assert await reading == ["news"]


async def test_beyond_the_bound_items_are_counted_and_told_where_they_were() -> None:
    items = stream(limit=2)
    for number in range(5):
        items.put(number)
    assert await take(items, 1) == [0]
    items.put(5)
    assert await take(items, 3) == [1, Gap(9, 3), 5]


async def test_a_gap_at_the_end_is_told_without_waiting_for_more() -> None:
    items = stream(limit=1)
    items.put(0)
    items.put(1)
    assert await take(items, 2) == [0, Gap(9, 1)]


async def test_gaps_of_the_broker_add_up_with_our_own() -> None:
    items = stream(limit=1)
    items.put(0)
    items.put(Gap(9, 10))
    items.put(1)
    assert await take(items, 2) == [0, Gap(9, 11)]


async def test_unread_samples_become_one() -> None:
    items = stream(merge=lambda older, newer: older + newer)
    items.put("a")
    items.put("b")
    items.put("c")
    assert await take(items, 1) == ["abc"]
    items.put("d")
    assert await take(items, 1) == ["d"]


async def test_the_end_is_told_after_what_was_there() -> None:
    items = stream()
    items.put(1)
    items.end(ConnectionError("gone"))
    assert await take(items, 1) == [1]
    with pytest.raises(ConnectionError, match="gone"):
        await anext(items)


async def test_a_wanted_end_ends_the_loop() -> None:
    items = stream()
    items.put(1)
    items.end(None)
    assert [item async for item in items] == [1]


async def test_it_starts_once_and_stops_once() -> None:
    wire = Wire()
    async with stream(wire) as items:
        items.put(1)
        await take(items, 1)
        await items.aclose()
    assert wire.log == ["start", "stop"]
    assert [item async for item in items] == []


async def test_the_first_step_of_a_loop_starts_it() -> None:
    wire = Wire()
    items = stream(wire)
    items.put(1)
    assert wire.log == []
    async for _ in items:
        break
    assert wire.log == ["start"]


# ---- merging samples


def queue(id: int, ready: int) -> QueueSample:
    return QueueSample(id, "/", f"q{id}", ready, 0, 0, False, Counters())


def exchange(name: str, published: int) -> ExchangeSample:
    return ExchangeSample("/", name, "direct", 0, published)


def connection(id: int, unacked: int) -> ConnectionSample:
    return ConnectionSample(id, "amqp091", "c", "a", "u", "p", "v", "l", 0, 1, 1, unacked, 0, 0)


def test_two_samples_become_what_one_would_have_said() -> None:
    older = Sample(
        1,
        Totals(ready=1),
        queues=[queue(1, 1), queue(2, 1), queue(3, 1)],
        queues_gone=[9],
        exchanges=[exchange("a", 1), exchange("b", 1)],
        exchanges_gone=[("/", "back")],
        connections=[connection(5, 1), connection(6, 1)],
    )
    newer = Sample(
        2,
        Totals(ready=2),
        queues=[queue(2, 2), queue(4, 2)],
        queues_gone=[3],
        exchanges=[exchange("b", 2), exchange("back", 2)],
        exchanges_gone=[("/", "a")],
        connections=[connection(6, 2)],
        connections_gone=[5],
    )
    assert merge_samples(older, newer) == Sample(
        2,
        Totals(ready=2),
        queues=[queue(1, 1), queue(2, 2), queue(4, 2)],
        queues_gone=[9, 3],
        exchanges=[exchange("b", 2), exchange("back", 2)],
        exchanges_gone=[("/", "a")],
        connections=[connection(6, 2)],
        connections_gone=[5],
    )
