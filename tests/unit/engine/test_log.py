"""Logs: messages stay, readers have positions."""

from typing import Any

import pytest

from mqstudio.engine import browse
from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.commands import LogStart
from mqstudio.model.delivery import DropReason, Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.message import Message, traits
from mqstudio.model.policies import Policy
from tests.support.driver import Driver


@pytest.fixture
def driver() -> Driver:
    return Driver()


def log(driver: Driver, **arguments: Any) -> int:
    """A channel with a log of these arguments; underscores stand for hyphens."""
    channel = driver.channel()
    named = {f"x-{name.replace('_', '-')}": value for name, value in arguments.items()}
    driver.queue(channel, "log", is_durable=True, arguments={"x-queue-type": "stream", **named})
    return channel


def read(driver: Driver, start: LogStart | None = None, credit: int = 100) -> tuple[int, list[int]]:
    """A new reader's channel, and the offsets it got at once."""
    channel = driver.channel()
    driver.subscribe(channel, "log", credit=credit, start=start)
    return channel, offsets(driver)


def offsets(driver: Driver) -> list[int]:
    return [event.notes.offset for event in driver.delivered() if event.notes]  # type: ignore[misc]  # of a log


def test_every_reader_gets_all_of_it(driver: Driver) -> None:
    channel = log(driver)
    for _ in range(3):
        driver.publish(channel, "log")
    for _ in range(2):
        assert read(driver, LogStart(offset=0))[1] == [0, 1, 2]
    driver.publish(channel, "log")
    assert offsets(driver) == [3, 3]
    assert len(driver.ready("log")) == 4


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (None, []),
        (LogStart(), []),
        (LogStart(offset=0), [2, 3, 4]),
        (LogStart(offset=3), [3, 4]),
        (LogStart(offset=99), []),
        (LogStart(is_last=True), [4]),
        (LogStart(at_us=0), [2, 3, 4]),
        (LogStart(at_us=10**9), []),
    ],
)
def test_where_to_begin(driver: Driver, start: LogStart | None, expected: list[int]) -> None:
    channel = log(driver, max_length_bytes=3)
    for _ in range(5):
        driver.publish(channel, "log", b"x")
    assert read(driver, start)[1] == expected
    driver.publish(channel, "log", b"x")
    assert offsets(driver) == [5]


def test_beginning_at_a_time(driver: Driver) -> None:
    channel = log(driver)
    for _ in range(3):
        driver.wait(10)
        driver.publish(channel, "log")
    second = list(driver.engine.vhosts["/"].queues["log"].ready)[1]
    assert read(driver, LogStart(at_us=second.published_at_us))[1] == [1, 2]
    assert read(driver, LogStart(at_us=second.published_at_us + 1))[1] == [2]


def test_the_last_of_an_empty_log_is_the_next(driver: Driver) -> None:
    channel = log(driver)
    assert read(driver, LogStart(is_last=True))[1] == []
    driver.publish(channel, "log")
    assert offsets(driver) == [0]


@pytest.mark.parametrize("is_recovered", [False, True])
def test_settling_gives_credit_back_and_nothing_else(driver: Driver, is_recovered: bool) -> None:
    channel = log(driver)
    for _ in range(4):
        driver.publish(channel, "log")
    reader, got = read(driver, LogStart(offset=0), credit=2)
    assert got == [0, 1]
    if is_recovered:
        driver.do(c.RecoverDeliveries(reader))
    else:
        driver.accept(reader, 2, is_multiple=True)
    assert offsets(driver) == [2, 3]
    assert [event.stays for event in driver.of(e.MessageSettled)] == [True, True]
    assert not driver.of(e.MessageRequeued)
    assert not driver.of(e.MessageDropped)
    assert len(driver.ready("log")) == 4
    assert not any(
        event.is_redelivered for event in driver.all_events if isinstance(event, e.MessageDelivered)
    )


def test_the_oldest_go_when_it_is_too_large_but_never_the_last(driver: Driver) -> None:
    channel = log(driver, max_length_bytes=10)
    for size in (4, 4, 4):
        driver.publish(channel, "log", b"x" * size)
    assert [event.reason for event in driver.of(e.MessageDropped)] == [DropReason.RETENTION]
    last = driver.publish(channel, "log", b"x" * 50)
    assert driver.ready("log") == [last]


def test_readers_with_room_see_a_message_before_it_goes(driver: Driver) -> None:
    channel = log(driver, max_length_bytes=1)
    read(driver)
    driver.do(c.DeclareExchange(channel, "x", "fanout"))
    batch = e.EventBatch()
    for _ in range(5):
        driver.engine.apply(c.PublishMessage(channel, "", "log", b"", b"xx"), driver.now_us, batch)
    driver.engine.advance(driver.now_us, batch)
    assert len([event for event in batch if isinstance(event, e.MessageDelivered)]) == 5


def test_what_is_too_old_goes(driver: Driver) -> None:
    channel = log(driver, max_age="1s")
    driver.publish(channel, "log")
    driver.wait(600)
    second = driver.publish(channel, "log")
    driver.wait(500)
    assert driver.ready("log") == [second]
    driver.wait(600)
    assert driver.ready("log") == []
    assert driver.engine.next_deadline() is None


def test_a_slow_reader_goes_on_with_the_oldest_there_is(driver: Driver) -> None:
    channel = log(driver, max_length_bytes=2)
    reader, _ = read(driver, credit=1)
    for _ in range(6):
        driver.publish(channel, "log", b"x")
    driver.accept(reader, 1)
    assert offsets(driver) == [4]


def test_what_a_reader_holds_may_be_dropped_meanwhile(driver: Driver) -> None:
    channel = log(driver, max_length_bytes=1)
    reader, _ = read(driver, credit=1)
    for _ in range(3):
        driver.publish(channel, "log", b"x")
    queue = driver.engine.vhosts["/"].queues["log"]
    assert (len(queue.ready), queue.in_flight) == (1, 1)
    driver.accept(reader, 1)
    assert (len(queue.ready), queue.in_flight) == (1, 1)
    assert queue.bytes_held == next(iter(queue.ready)).held_bytes


def test_a_log_counts_what_it_keeps(driver: Driver) -> None:
    channel = log(driver)
    for _ in range(3):
        driver.publish(channel, "log")
    for _ in range(2):
        read(driver, LogStart(offset=0))
    queue = driver.engine.vhosts["/"].queues["log"]
    assert (len(queue.ready), queue.in_flight, queue.delivered, queue.published) == (3, 6, 6, 3)
    assert browse.count_live(queue) == 3
    assert browse.open_deliveries(driver.engine, queue) == []


def test_pages_of_a_log(driver: Driver) -> None:
    channel = log(driver, max_length_bytes=5)
    ids = [driver.publish(channel, "log", b"x") for _ in range(9)][4:]
    queue = driver.engine.vhosts["/"].queues["log"]

    def page(after_id: int | None, *, is_oldest_first: bool) -> list[int]:
        found: list[Message] = browse.page_ready(queue, after_id, 2, is_oldest_first=is_oldest_first)
        return [message.id for message in found]

    assert page(None, is_oldest_first=True) == ids[:2]
    assert page(ids[1], is_oldest_first=True) == ids[2:4]
    assert page(ids[1], is_oldest_first=False) == [ids[0]]
    assert browse.find_ready(queue, ids[2]) is not None
    assert browse.find_ready(queue, ids[0] - 1) is None
    assert page(None, is_oldest_first=False) == ids[:-3:-1]


@pytest.mark.parametrize(
    ("command", "attempted"),
    [
        (lambda ch: c.TakeMessage(ch, "log"), "take"),
        (lambda ch: c.PurgeQueue(ch, "log"), "purge"),
        (lambda ch: c.RestoreMessages(ch, "log", 1, []), "restore"),
        (lambda ch: c.Subscribe(ch, "log", "t", True, credit=1), "auto_settle"),
    ],
)
def test_what_a_log_does_not_do(driver: Driver, command: Any, attempted: str) -> None:
    channel = log(driver)
    driver.publish(channel, "log")
    with pytest.raises(RefusedError) as refused:
        driver.do(command(channel))
    assert (refused.value.why, refused.value.facts["attempted"]) == (Refusal.NOT_SUPPORTED, attempted)
    assert len(driver.ready("log")) == 1


def test_a_reader_needs_a_limit_of_its_own(driver: Driver) -> None:
    channel = log(driver)
    driver.do(c.SetChannelCredit(channel, 2))
    with pytest.raises(RefusedError) as refused:
        driver.subscribe(channel, "log")
    assert (refused.value.why, refused.value.facts["missing"]) == (Refusal.INVALID_ARGUMENT, "credit")


def test_its_channels_limit_counts_as_well(driver: Driver) -> None:
    channel = log(driver)
    driver.do(c.SetChannelCredit(channel, 2))
    driver.subscribe(channel, "log", credit=10, start=LogStart(offset=0))
    for _ in range(3):
        driver.publish(channel, "log")
    assert driver.engine.vhosts["/"].queues["log"].in_flight == 2


@pytest.mark.parametrize("outcome", [Outcome.RELEASED, Outcome.REJECTED])
@pytest.mark.parametrize("is_multiple", [False, True])
def test_what_was_read_cannot_be_given_back(driver: Driver, outcome: Outcome, is_multiple: bool) -> None:
    """As RabbitMQ 3.10.8 has it."""
    channel = log(driver)
    driver.publish(channel, "log")
    reader, _ = read(driver, LogStart(offset=0))
    with pytest.raises(RefusedError) as refused:
        driver.settle(reader, 1, outcome, is_multiple=is_multiple)
    assert (refused.value.why, refused.value.facts["attempted"]) == (Refusal.NOT_SUPPORTED, "give_back")
    driver.accept(reader, 1)
    assert driver.engine.vhosts["/"].queues["log"].in_flight == 0


def test_a_message_with_a_time_to_live_stays_like_the_others(driver: Driver) -> None:
    channel = log(driver)
    driver.publish(channel, "log", traits=traits(ttl_us=1_000))
    driver.wait(100)
    assert len(driver.ready("log")) == 1


def test_a_policy_limits_it(driver: Driver) -> None:
    channel = log(driver)
    ids = [driver.publish(channel, "log", b"x") for _ in range(4)]
    driver.do(c.PutPolicy(Policy("/", "p", "log", {"max-length-bytes": 2})))
    assert driver.ready("log") == ids[2:]


def test_deleting_a_log_drops_what_it_keeps_once(driver: Driver) -> None:
    channel = log(driver)
    for _ in range(2):
        driver.publish(channel, "log")
    reader, _ = read(driver, LogStart(offset=0))
    driver.do(c.DeleteQueue(channel, "log"))
    assert len(driver.of(e.MessageDropped)) == 2
    driver.accept(reader, 2, is_multiple=True)
    assert driver.events == []
    assert driver.engine.channels[reader].open_deliveries == 0
    assert (driver.engine.retired.published, driver.engine.retired.dropped) == (2, 2)


def test_the_place_of_a_message_in_a_log_is_its_offset() -> None:
    driver = Driver()
    channel = driver.channel()
    driver.queue(channel, "log", is_durable=True, arguments={"x-queue-type": "stream"})
    for _ in range(5):
        driver.publish(channel, "elsewhere")
        driver.publish(channel, "log")
    queue = driver.engine.vhosts["/"].queues["log"]
    for _ in range(2):
        queue.ready.popleft()
    assert [queue.position(each) for each in queue.ready] == [2, 3, 4]
