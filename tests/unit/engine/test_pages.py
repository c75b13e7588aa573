"""Pages: what stays in memory, what is asked for when, and what a page that comes changes."""

import pytest

from mqstudio.engine import log_pages
from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model import limits
from mqstudio.model.errors import RefusedError
from mqstudio.model.limits import HEAD_MESSAGES, LOG_PAGES, WINDOW_MESSAGES
from mqstudio.model.message import traits
from mqstudio.model.policies import Policy
from tests.support.paging import PagedDriver

LOG = {"x-queue-type": "stream"}


@pytest.fixture
def driver() -> PagedDriver:
    return PagedDriver()


@pytest.fixture
def channel(driver: PagedDriver) -> int:
    channel = driver.channel()
    driver.queue(channel)
    return channel


def queue_of(driver: PagedDriver, name: str = "q") -> object:
    return driver.engine.vhosts["/"].queues[name]


def fill(driver: PagedDriver, channel: int, count: int, name: str = "q", size: int = 1) -> None:
    for _ in range(count):
        driver.publish(channel, name, b"." * size)


def answer(driver: PagedDriver) -> None:
    driver.ask()
    driver.read(0)
    page = driver.next_answer(0)
    if page is not None:
        driver.do(page)


def test_of_a_long_queue_the_first_messages_stay_and_the_counts_tell_of_all(
    driver: PagedDriver, channel: int
) -> None:
    fill(driver, channel, 10)
    assert driver.do(c.PageOut(0, 4)).count == 6
    queue = queue_of(driver)
    assert [message.id for message in queue.ready] == [1, 2, 3, 4]
    assert (queue.ready_count, queue.on_disk, queue.on_disk_bytes) == (10, 6, 6)
    assert queue.bytes_held == 4 * (1 + limits.MESSAGE_OVERHEAD_BYTES)
    (paged,) = driver.of(e.MessagesPagedOut)
    assert [entry.position for entry in paged.entries] == [5, 6, 7, 8, 9, 10]
    assert driver.queue(channel).ready == 10


def test_nothing_is_given_up_while_memory_suffices(driver: PagedDriver, channel: int) -> None:
    fill(driver, channel, 10)
    assert driver.do(c.PageOut(10 * 257, 1)).count == 0
    assert queue_of(driver).is_plain


def test_the_largest_queue_goes_first_and_only_as_much_as_is_needed(
    driver: PagedDriver, channel: int
) -> None:
    driver.queue(channel, "small")
    fill(driver, channel, 5, "small")
    fill(driver, channel, 5, "q", 1000)
    assert driver.do(c.PageOut(5 * 1256 - 1, 1)).count == 4
    assert (queue_of(driver).on_disk, queue_of(driver, "small").on_disk) == (4, 0)


def test_what_is_in_flight_does_not_count_as_what_could_be_given_up(
    driver: PagedDriver, channel: int
) -> None:
    fill(driver, channel, 10)
    for _ in range(5):
        driver.do(c.TakeMessage(channel, "q"))
    assert driver.do(c.PageOut(5 * 257, 1)).count == 0


def test_large_messages_fill_the_window_sooner(
    driver: PagedDriver, channel: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mqstudio.engine.pages.WINDOW_BYTES", 25)
    fill(driver, channel, 5, size=10)
    driver.do(c.PageOut(0, 100))
    assert len(queue_of(driver).ready) == 2
    fill(driver, channel, 1, size=10)
    driver.queue(channel, "huge")
    fill(driver, channel, 2, "huge", 1000)
    driver.do(c.PageOut(0, 100))
    assert len(queue_of(driver, "huge").ready) == 1


def test_one_command_gives_up_a_bounded_number(
    driver: PagedDriver, channel: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mqstudio.engine.pages.PAGE_OUT_MESSAGES", 3)
    fill(driver, channel, 10)
    assert [driver.do(c.PageOut(0, 2)).count for _ in range(4)] == [3, 3, 2, 0]


def test_what_arrives_beyond_is_counted_and_says_so(driver: PagedDriver, channel: int) -> None:
    fill(driver, channel, 3)
    driver.do(c.PageOut(0, 1))
    fill(driver, channel, 1)
    assert [event.is_paged for event in driver.of(e.MessageEnqueued)] == [True]
    assert (len(queue_of(driver).ready), queue_of(driver).on_disk) == (1, 3)


def test_a_higher_priority_comes_in_hand(driver: PagedDriver, channel: int) -> None:
    driver.queue(channel, "p", arguments={"x-max-priority": 3})
    for priority in (1, 1, 1):
        driver.publish(channel, "p", traits=traits(priority=priority))
    driver.do(c.PageOut(0, 1))
    for priority, is_paged in ((2, False), (1, True), (0, True)):
        driver.publish(channel, "p", traits=traits(priority=priority))
        assert driver.of(e.MessageEnqueued)[0].is_paged is is_paged


def test_a_consumer_gets_everything_in_order(driver: PagedDriver, channel: int) -> None:
    fill(driver, channel, 10)
    driver.do(c.PageOut(0, 2))
    driver.subscribe(channel, is_auto_settled=True)
    while not driver.is_calm():
        answer(driver)
    assert [event.message.id for event in driver.all_events if isinstance(event, e.MessageDelivered)] == [
        *range(1, 11)
    ]
    assert queue_of(driver).is_plain
    assert (queue_of(driver).bytes_held, queue_of(driver).on_disk_bytes) == (0, 0)
    assert driver.disk.of(queue_of(driver).ref) == {}


def test_where_nobody_takes_only_the_head_is_asked_for_and_only_when_there_is_none(
    driver: PagedDriver, channel: int
) -> None:
    driver.queue(channel, "ttl", arguments={"x-message-ttl": 5})
    fill(driver, channel, 4, "ttl")
    driver.do(c.PageOut(0, 2))
    driver.engine.window = WINDOW_MESSAGES
    assert driver.engine.take_wanting() == []
    driver.wait(10)
    driver.note(driver.batches[-1])
    (wanted,) = driver.engine.take_wanting()
    assert (wanted.after, wanted.limit) == (2, HEAD_MESSAGES)
    driver.disk.of(queue_of(driver, "ttl").ref)
    driver.do(driver.disk.read(wanted))
    assert queue_of(driver, "ttl").ready_count == 0


def test_those_that_somebody_waits_for_are_asked_for_first(driver: PagedDriver, channel: int) -> None:
    driver.queue(channel, "idle", arguments={"x-message-ttl": 1})
    for name in ("idle", "q"):
        fill(driver, channel, 3, name)
    driver.do(c.PageOut(0, 1))
    driver.wait(5)
    driver.subscribe(channel, is_auto_settled=True)
    assert [wanted.queue.name for wanted in driver.engine.take_wanting(1)] == ["q"]
    assert [wanted.queue.name for wanted in driver.engine.take_wanting(1)] == ["idle"]
    assert driver.engine.take_wanting() == []


def test_a_take_from_an_empty_hand_is_told_to_ask_again(driver: PagedDriver, channel: int) -> None:
    fill(driver, channel, 3)
    driver.do(c.PageOut(0, 1))
    assert driver.do(c.TakeMessage(channel, "q")).ready == 2
    reply = driver.do(c.TakeMessage(channel, "q"))
    assert (reply.message, reply.ready, reply.is_on_its_way) == (None, 2, True)
    answer(driver)
    assert driver.do(c.TakeMessage(channel, "q")).message.id == 2


def test_a_page_of_a_queue_that_is_gone_or_another_one_now_is_nobodys(
    driver: PagedDriver, channel: int
) -> None:
    fill(driver, channel, 3)
    driver.do(c.PageOut(0, 1))
    driver.subscribe(channel, is_auto_settled=True)
    driver.ask()
    driver.read(0)
    driver.do(c.DeleteQueue(channel, "q"))
    (deleted,) = driver.of(e.QueueDeleted)
    assert (deleted.beyond, deleted.beyond_count) == (1, 2)
    page = driver.next_answer(0)
    driver.do(page)
    driver.queue(channel)
    driver.do(page)
    assert queue_of(driver).ready_count == 0
    assert driver.engine.retired.dropped == 2


def test_a_page_is_taken_once(driver: PagedDriver, channel: int) -> None:
    fill(driver, channel, 3)
    driver.do(c.PageOut(0, 1))
    driver.do(c.TakeMessage(channel, "q"))
    driver.ask()
    driver.read(0)
    page = driver.next_answer(0)
    driver.do(page)
    driver.do(page)
    assert driver.ready() == [2, 3]
    assert queue_of(driver).ready_count == 2


@pytest.mark.parametrize("missing", [1, -1])
def test_if_the_store_has_more_or_less_it_is_right_and_that_is_told(
    driver: PagedDriver, channel: int, missing: int
) -> None:
    fill(driver, channel, 4)
    driver.do(c.PageOut(0, 1))
    driver.engine.window = WINDOW_MESSAGES
    rows = driver.disk.of(queue_of(driver).ref)
    if missing > 0:
        del rows[3]
    else:
        driver.queue(channel, "other")
        fill(driver, channel, 1, "other")
        stranger = queue_of(driver, "other").ready[0]
        rows[stranger.id] = c.PageEntry(stranger.id, stranger)
    driver.do(c.TakeMessage(channel, "q", True))
    answer(driver)
    (told,) = driver.of(e.QueueMiscounted)
    assert told.missing == missing
    queue = queue_of(driver)
    assert queue.ready_count == len(queue.ready) == 3 - missing
    assert queue.published - queue.settled - queue.dropped == queue.ready_count


def test_a_purge_counts_all_makes_a_bin_and_spares_what_is_in_flight(
    driver: PagedDriver, channel: int
) -> None:
    fill(driver, channel, 6)
    for _ in range(4):
        driver.do(c.TakeMessage(channel, "q"))
    for tag in (1, 2):
        driver.do(c.SettleDelivery(channel, tag, False, c.Outcome.RELEASED))
    driver.do(c.PageOut(0, 1))
    reply = driver.do(c.PurgeQueue(channel, "q"))
    assert (reply.count, reply.bin_id) == (4, 1)
    (purged,) = driver.of(e.QueuePurged)
    assert (purged.beyond, purged.beyond_count, purged.spared) == (1, 3, (3, 4))
    assert len(purged.purged) == 1
    assert queue_of(driver).ready_count == 0
    assert driver.do(c.DeleteQueue(channel, "q", if_empty=True)).count == 0


def test_if_empty_looks_at_the_store_too(driver: PagedDriver, channel: int) -> None:
    fill(driver, channel, 2)
    driver.do(c.PageOut(0, 1))
    driver.do(c.TakeMessage(channel, "q", True))
    with pytest.raises(RefusedError, match="1 messages"):
        driver.do(c.DeleteQueue(channel, "q", if_empty=True))


def test_a_bin_of_the_store_comes_back_before_what_is_in_hand(driver: PagedDriver, channel: int) -> None:
    fill(driver, channel, 4)
    driver.do(c.PageOut(0, 1))
    driver.engine.window = WINDOW_MESSAGES
    driver.do(c.PurgeQueue(channel, "q"))
    fill(driver, channel, 2)
    assert driver.do(c.RestoreBin(channel, "q", 1, 1, 4, 4)).count == 4
    assert [event.is_on_disk for event in driver.of(e.BinEmptied)] == [True]
    assert queue_of(driver).ready_count == 6
    while not driver.is_calm():
        answer(driver)
    assert [message.id for message in queue_of(driver).ready] == [1, 2, 3, 4, 5, 6]


def test_pages_of_a_log_are_shared_bounded_and_forgotten(driver: PagedDriver) -> None:
    channel = driver.channel()
    driver.queue(channel, "log", is_durable=True, arguments=LOG)
    fill(driver, channel, 60, "log")
    driver.do(c.PageOut(0, 2))
    log = queue_of(driver, "log")
    for number in range(25):
        start = c.LogStart(offset=max(0, 2 * (number - 1)))
        driver.subscribe(channel, "log", f"t{number}", credit=1, start=start)
    driver.ask()
    assert len(driver.wanted) == LOG_PAGES
    assert len({wanted.after for wanted in driver.wanted}) == LOG_PAGES
    while not driver.is_calm():
        answer(driver)
        assert len(log.early.pages) + len(log.early.asked) <= LOG_PAGES
    offsets = sorted(e_.notes.offset for e_ in driver.all_events if isinstance(e_, e.MessageDelivered))
    assert offsets == sorted(max(0, 2 * (number - 1)) for number in range(25))
    driver.do(c.CloseChannel(channel))
    other = driver.channel()
    driver.subscribe(other, "log", credit=1, start=c.LogStart(offset=59))
    assert log.early.pages == []
    assert log.bytes_held == 2 * (1 + limits.MESSAGE_OVERHEAD_BYTES)


def test_a_time_in_the_early_part_of_a_log_is_found_in_the_store(driver: PagedDriver) -> None:
    """Not by reading everything before it: one page is asked for, which begins there."""
    channel = driver.channel()
    driver.queue(channel, "log", is_durable=True, arguments=LOG)
    fill(driver, channel, 60, "log")
    published = [event.message for event in driver.all_events if isinstance(event, e.MessagePublished)]
    driver.do(c.PageOut(0, 2))
    since_us = published[40].published_at_us
    for tag, credit in (("t", 5), ("other", 1)):
        driver.subscribe(channel, "log", tag, credit=credit, start=c.LogStart(at_us=since_us))
    driver.ask()
    assert [(wanted.after, wanted.since_us) for wanted in driver.wanted] == [(-1, since_us)]
    pages = 0
    while not driver.is_calm():
        answer(driver)
        pages += 1
    read = [event for event in driver.all_events if isinstance(event, e.MessageDelivered)]
    assert sorted(event.notes.offset for event in read if event.notes) == [40, 40, 41, 42, 43, 44]
    assert pages <= 3


def test_a_time_that_retention_has_passed_is_the_first_kept(driver: PagedDriver) -> None:
    channel = driver.channel()
    driver.queue(channel, "log", is_durable=True, arguments=LOG)
    fill(driver, channel, 20, "log")
    driver.do(c.PageOut(0, 2))
    driver.subscribe(channel, "log", "t", credit=5, start=c.LogStart(at_us=1))
    log_pages.close_early(queue_of(driver, "log"))
    log_pages.of(queue_of(driver, "log")).first_offset = 18
    fill(driver, channel, 1, "log")
    read = [event for event in driver.all_events if isinstance(event, e.MessageDelivered)]
    assert [event.notes.offset for event in read if event.notes] == [18, 19, 20]


def test_what_the_store_has_lost_of_a_log_is_passed_over(driver: PagedDriver) -> None:
    channel = driver.channel()
    driver.queue(channel, "log", is_durable=True, arguments=LOG)
    fill(driver, channel, 6, "log")
    driver.do(c.PageOut(0, 2))
    rows = driver.disk.of(queue_of(driver, "log").ref)
    for number in (1, 3):
        del rows[number]
    driver.subscribe(channel, "log", credit=9, start=c.LogStart(offset=0))
    while not driver.is_calm():
        answer(driver)
    delivered = [each for each in driver.all_events if isinstance(each, e.MessageDelivered)]
    assert [each.notes.offset for each in delivered] == [1, 3, 4, 5]


def test_what_a_quorum_queue_has_back_comes_first_and_once(driver: PagedDriver, channel: int) -> None:
    driver.queue(channel, "quorum", is_durable=True, arguments={"x-queue-type": "quorum"})
    for _ in range(2):
        fill(driver, channel, 2, "quorum")
        driver.do(c.PurgeQueue(channel, "quorum"))
    fill(driver, channel, 2, "quorum")
    driver.do(c.RestoreBin(channel, "quorum", 1, 1, 2, 2))
    back = [c.RestoredMessage(row.message, 0) for row in driver.disk.bins[2]]
    driver.do(c.RestoreMessages(channel, "quorum", 2, back))
    assert [event.is_paged for event in driver.of(e.MessageRestored)] == [False, False]
    driver.subscribe(channel, "quorum", credit=9)
    while not driver.is_calm():
        answer(driver)
    delivered = [each.message.id for each in driver.all_events if isinstance(each, e.MessageDelivered)]
    assert delivered == [3, 4, 1, 2, 5, 6]
    assert driver.miscounted == []


def test_a_limit_that_the_hand_could_not_meet_is_met_when_the_page_comes(
    driver: PagedDriver, channel: int
) -> None:
    fill(driver, channel, 6)
    driver.do(c.PageOut(0, 1))
    driver.engine.window = WINDOW_MESSAGES
    driver.do(c.PutPolicy(Policy("/", "p", "^q$", {"max-length": 2})))
    assert queue_of(driver).ready_count == 5
    answer(driver)
    assert [message.id for message in queue_of(driver).ready] == [5, 6]


def test_who_comes_to_wait_for_a_queue_is_served_before_the_heads(driver: PagedDriver, channel: int) -> None:
    for name in ("a", "b"):
        driver.queue(channel, name, arguments={"x-message-ttl": 1})
        fill(driver, channel, 3, name)
    driver.do(c.PageOut(0, 1))
    driver.wait(5)
    driver.subscribe(channel, "b")
    assert [wanted.queue.name for wanted in driver.engine.take_wanting(1)] == ["b"]


def test_of_a_log_only_what_is_too_old_goes_when_its_page_has_come(driver: PagedDriver) -> None:
    channel = driver.channel()
    driver.queue(channel, "log", is_durable=True, arguments={**LOG, "x-max-age": "10s"})
    fill(driver, channel, 3, "log")
    driver.wait(6_000)
    fill(driver, channel, 3, "log")
    driver.do(c.PageOut(0, 1))
    driver.engine.window = WINDOW_MESSAGES
    driver.wait(5_000)
    assert queue_of(driver, "log").ready_count == 6
    assert (driver.engine.next_deadline() or driver.now_us + 1) > driver.now_us
    answer(driver)
    assert [event.message.id for event in driver.of(e.MessageDropped)] == [1, 2, 3]
    assert queue_of(driver, "log").ready_count == 3
    driver.wait(6_000)
    answer(driver)
    assert queue_of(driver, "log").ready_count == 0


def test_retention_goes_on_in_pages_that_a_reader_has_and_over_what_was_lost(driver: PagedDriver) -> None:
    channel = driver.channel()
    driver.queue(channel, "log", is_durable=True, arguments={**LOG, "x-max-age": "1s"})
    fill(driver, channel, 8, "log")
    driver.do(c.PageOut(0, 1))
    driver.engine.window = 3
    driver.subscribe(channel, "log", credit=1, start=c.LogStart(offset=3))
    answer(driver)
    assert [page.start for page in queue_of(driver, "log").early.pages] == [3]
    del driver.disk.of(queue_of(driver, "log").ref)[6]
    driver.wait(5_000)
    while not driver.is_calm():
        answer(driver)
    queue = queue_of(driver, "log")
    assert (queue.ready_count, queue.dropped, queue.on_disk_bytes) == (0, 8, 0)
