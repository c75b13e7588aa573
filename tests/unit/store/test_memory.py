"""The ledger in memory."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.delivery import Outcome
from mqstudio.model.limits import LEDGER_NOTABLE_BYTES, MESSAGE_OVERHEAD_BYTES
from mqstudio.store.memory import MemoryStore
from tests.support.driver import Driver


def _store(driver: Driver, **limits: int) -> MemoryStore:
    store = MemoryStore(**limits)
    for batch in driver.batches:
        store.append(batch)
    return store


def _ids(store: MemoryStore, queue_ids: list[int], **options: object) -> list[int]:
    options = {"after_id": None, "limit": 10, "is_oldest_first": False, **options}
    return [life.message_id for life in store.page(queue_ids, **options).lives]  # type: ignore[arg-type]


def _two_queues() -> tuple[Driver, int]:
    driver = Driver()
    channel = driver.channel()
    driver.queue(channel, "a")
    driver.queue(channel, "b")
    return driver, channel


def end_all(driver: Driver, channel: int) -> None:
    """Have every waiting message accepted, the oldest first."""
    for name in "ab":
        while driver.do(c.TakeMessage(channel, name, True)).message:
            pass


def test_a_page_has_the_newest_messages_of_its_queue_first() -> None:
    driver, channel = _two_queues()
    for number in range(20):
        driver.publish(channel, "ab"[number % 2])
    end_all(driver, channel)
    store = _store(driver, segment_events=7)
    (queue_a,) = store.queue_ids("/", "a")
    assert _ids(store, [queue_a]) == [19, 17, 15, 13, 11, 9, 7, 5, 3, 1]
    assert _ids(store, [queue_a], limit=3, after_id=15) == [13, 11, 9]
    assert _ids(store, [queue_a], limit=3, after_id=15, is_oldest_first=True) == [17, 19]


def test_a_message_settled_late_still_has_its_place() -> None:
    driver, channel = _two_queues()
    first = driver.publish(channel, "a")
    driver.subscribe(channel, "a", credit=1)
    for _ in range(30):
        driver.publish(channel, "a")
    driver.do(c.CancelSubscription(channel, "t"))
    end_all(driver, channel)
    driver.settle(channel, 1, Outcome.REJECTED)
    store = _store(driver, segment_events=5)
    assert _ids(store, store.queue_ids("/", "a"), limit=100) == list(range(31, 0, -1))
    kinds = [type(event) for event in store.life(first).events]
    assert kinds == [
        e.MessagePublished,
        e.MessageRouted,
        e.MessageEnqueued,
        e.MessageDelivered,
        e.MessageSettled,
        e.MessageDropped,
    ]


def test_the_ring_forgets_the_oldest_by_count() -> None:
    driver, channel = _two_queues()
    for _ in range(100):
        driver.publish(channel, "a")
        end_all(driver, channel)
    store = _store(driver, max_events=100, segment_events=10)
    kept = _ids(store, store.queue_ids("/", "a"), limit=500)
    assert kept[0] == 100
    assert 15 <= len(kept) <= 30
    assert not store.life(1).events


def test_the_ring_forgets_the_oldest_by_bytes() -> None:
    driver, channel = _two_queues()
    for _ in range(100):
        driver.publish(channel, "a", b"x" * (1_000 - MESSAGE_OVERHEAD_BYTES))
        end_all(driver, channel)
    store = _store(driver, max_bytes=32_000)
    kept = _ids(store, store.queue_ids("/", "a"), limit=500)
    assert kept[0] == 100
    assert 16 <= len(kept) <= 34


def test_a_page_says_when_it_could_not_read_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    driver, channel = _two_queues()
    driver.publish(channel, "a")
    end_all(driver, channel)
    for _ in range(300):
        driver.publish(channel, "b")
    store = _store(driver, segment_events=4)
    page = store.page(store.queue_ids("/", "a"), None, 10, is_oldest_first=False)
    assert (page.lives, page.is_whole) == ([], False)
    while not page.is_whole:  # each further look reads on from where the last one gave up
        page = store.page(store.queue_ids("/", "a"), None, 10, is_oldest_first=False)
    assert [life.message_id for life in page.lives] == [1]


def test_a_purge_fills_a_bin_and_its_undo_empties_it() -> None:
    driver, channel = _two_queues()
    for _ in range(3):
        driver.publish(channel, "a", b"body")
    reply = driver.do(c.PurgeQueue(channel, "a"))
    store = _store(driver)
    (contents,) = store.bins()
    assert (contents.id, contents.queue.name, contents.size_bytes) == (
        reply.bin_id,
        "a",
        3 * (4 + MESSAGE_OVERHEAD_BYTES),
    )
    driver.do(c.RestoreMessages(channel, "a", contents.id, contents.messages))
    store.append(driver.batches[-1])
    assert (store.bins(), store.bin(contents.id)) == ([], None)
    assert driver.ready("a") == [1, 2, 3]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=60),
    st.integers(1, 9),
    st.integers(1, 7),
)
def test_pages_are_what_a_full_scan_would_find(
    publishes: list[tuple[str, bool]], segment_events: int, limit: int
) -> None:
    driver, channel = _two_queues()
    for queue, takes in publishes:
        driver.publish(channel, queue)
        if takes:
            driver.do(c.TakeMessage(channel, queue, True))
    store = _store(driver, segment_events=segment_events)
    (queue_a,) = store.queue_ids("/", "a")
    expected = {
        ev.message.id
        for ev in driver.all_events
        if isinstance(ev, e.MessageSettled) and ev.queue.id == queue_a
    }
    for is_oldest_first in (False, True):
        found: list[int] = []
        while page := _ids(
            store,
            [queue_a],
            limit=limit,
            after_id=found[-1] if found else None,
            is_oldest_first=is_oldest_first,
        ):
            found += page
        assert found == sorted(expected, reverse=not is_oldest_first)


def test_clients_that_come_and_go_are_forgotten_too() -> None:
    """What is told of them takes memory as messages do, though they never send one."""
    driver = Driver()
    for _ in range(2_000):
        driver.do(c.CloseConnection(driver.connect()))
    store = _store(driver, max_bytes=400_000, segment_events=100)
    kept = [event for segment in store._segments for event in segment.events]
    assert 400_000 // LEDGER_NOTABLE_BYTES - 100 <= len(kept) <= 400_000 // LEDGER_NOTABLE_BYTES + 100
    assert kept[-1] == driver.all_events[-1]
