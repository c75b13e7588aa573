"""Transactions: held until the end, then done or forgotten."""

import pytest

from mqstudio.engine import browse, transaction
from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.delivery import Outcome
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import MESSAGE_OVERHEAD_BYTES
from mqstudio.model.message import traits
from tests.support.driver import Driver


@pytest.fixture
def driver() -> Driver:
    return Driver()


@pytest.fixture
def channel(driver: Driver) -> int:
    channel = driver.channel()
    driver.queue(channel)
    driver.do(c.SelectTransaction(channel))
    return channel


def test_publishes_wait_for_the_commit(driver: Driver, channel: int) -> None:
    driver.do(c.PublishMessage(channel, "", "q", b"", b"one"))
    assert (driver.events, driver.ready()) == ([], [])
    driver.do(c.PublishMessage(channel, "", "q", b"", b"two"))
    driver.do(c.CommitTransaction(channel))
    assert [event.message.body for event in driver.of(e.MessageEnqueued)] == [b"one", b"two"]
    driver.do(c.CommitTransaction(channel))
    assert len(driver.ready()) == 2


def test_what_is_rolled_back_never_happened(driver: Driver, channel: int) -> None:
    driver.do(c.PublishMessage(channel, "", "q", b"", b"one"))
    driver.do(c.RollbackTransaction(channel))
    driver.do(c.CommitTransaction(channel))
    assert (driver.events, driver.ready()) == ([], [])


def test_settlements_wait_and_hold_their_credit(driver: Driver, channel: int) -> None:
    other = driver.channel()
    for _ in range(2):
        driver.publish(other)
    driver.subscribe(channel, credit=1)
    driver.accept(channel, 1)
    assert driver.delivered() == []
    with pytest.raises(RefusedError) as refused:
        driver.accept(channel, 1)
    assert refused.value.why is Refusal.NO_SUCH_DELIVERY
    driver.do(c.CommitTransaction(channel))
    assert len(driver.of(e.MessageSettled)) == len(driver.delivered()) == 1


def test_rolled_back_settlements_are_open_again_in_order(driver: Driver, channel: int) -> None:
    other = driver.channel()
    for _ in range(3):
        driver.publish(other)
        driver.do(c.TakeMessage(channel, "q"))
    driver.settle(channel, 2, Outcome.REJECTED)
    driver.accept(channel, 3, is_multiple=True)
    driver.do(c.RollbackTransaction(channel))
    driver.accept(channel, 3, is_multiple=True)
    driver.do(c.CommitTransaction(channel))
    assert [event.delivery_tag for event in driver.of(e.MessageSettled)] == [1, 2, 3]


def test_a_channel_that_closes_rolls_back(driver: Driver, channel: int) -> None:
    other = driver.channel()
    message_id = driver.publish(other)
    driver.do(c.TakeMessage(channel, "q"))
    driver.accept(channel, 1)
    driver.do(c.PublishMessage(channel, "", "q", b"", b""))
    driver.do(c.CloseChannel(channel))
    assert driver.ready() == [message_id]


def test_what_is_settled_in_it_is_still_in_flight_to_who_looks(driver: Driver, channel: int) -> None:
    driver.publish(driver.channel())
    driver.do(c.TakeMessage(channel, "q"))
    driver.accept(channel, 1)
    queue = driver.engine.vhosts["/"].queues["q"]
    assert queue.in_flight == len(browse.open_deliveries(driver.engine, queue)) == 1


def test_mandatory_messages_come_back_at_the_commit(driver: Driver, channel: int) -> None:
    driver.do(c.PublishMessage(channel, "", "nowhere", b"", b"", is_mandatory=True))
    assert driver.engine.take_mail() == []
    driver.do(c.CommitTransaction(channel))
    ((_, mail),) = driver.engine.take_mail()
    assert [type(letter) for letter in mail] == [e.MessageReturned]


@pytest.mark.parametrize("kind", ["fanout", "headers"])
def test_the_route_is_the_one_of_the_publish(driver: Driver, channel: int, kind: str) -> None:
    """Exchange and binding may be gone by the commit; what is bound meanwhile comes too late."""
    driver.do(c.DeclareExchange(channel, "x", kind))
    driver.queue(channel, "late")
    driver.do(c.Bind(channel, "x", "q", ""))
    driver.do(c.PublishMessage(channel, "x", "", b"", b"one"))
    driver.do(c.Unbind(channel, "x", "q", ""))
    driver.do(c.Bind(channel, "x", "late", ""))
    driver.do(c.DeleteExchange(channel, "x"))
    driver.do(c.CommitTransaction(channel))
    assert (len(driver.ready()), driver.ready("late"), driver.engine.unroutable) == (1, [], 0)


def test_queues_of_a_route_that_are_gone_by_then_get_nothing(driver: Driver, channel: int) -> None:
    """One that is there again by its name does; without any the message comes back."""
    driver.do(c.DeclareExchange(channel, "x", "fanout"))
    for name in ("gone", "again"):
        driver.queue(channel, name)
        driver.do(c.Bind(channel, "x", name, ""))
    driver.do(c.PublishMessage(channel, "x", "", b"", b"one", is_mandatory=True))
    for name in ("gone", "again"):
        driver.do(c.DeleteQueue(channel, name))
    driver.queue(channel, "again")
    driver.do(c.CommitTransaction(channel))
    assert [event.queue.name for event in driver.of(e.MessageEnqueued)] == ["again"]
    assert driver.engine.take_mail() == []
    driver.do(c.Bind(channel, "x", "again", ""))
    driver.do(c.PublishMessage(channel, "x", "", b"", b"two", is_mandatory=True))
    driver.do(c.DeleteQueue(channel, "again"))
    driver.do(c.CommitTransaction(channel))
    ((_, mail),) = driver.engine.take_mail()
    assert [letter.message.body for letter in mail if isinstance(letter, e.MessageReturned)] == [b"two"]


def test_an_exchange_that_would_hold_it_takes_it_along(driver: Driver, channel: int) -> None:
    """What is held has no route before its time."""
    driver.do(c.DeclareExchange(channel, "x", "x-delayed-message", arguments={"x-delayed-type": "fanout"}))
    driver.do(c.Bind(channel, "x", "q", ""))
    driver.do(c.PublishMessage(channel, "x", "", b"", b"", traits=traits(delay_us=5_000)))
    driver.do(c.PublishMessage(channel, "", "q", b"", b""))
    driver.do(c.DeleteExchange(channel, "x"))
    driver.do(c.CommitTransaction(channel))
    assert (driver.engine.unroutable, len(driver.ready())) == (1, 1)


def test_it_may_not_grow_without_end(driver: Driver, channel: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction, "TRANSACTION_MAX_BYTES", 1_000)
    driver.do(c.PublishMessage(channel, "", "q", b"", b"x" * 500))
    with pytest.raises(RefusedError) as refused:
        driver.do(c.PublishMessage(channel, "", "q", b"", b"x" * 500))
    assert refused.value.why is Refusal.TOO_LARGE
    driver.do(c.CommitTransaction(channel))
    driver.do(c.PublishMessage(channel, "", "q", b"", b"x" * 500))
    driver.do(c.CommitTransaction(channel))
    assert len(driver.ready()) == 2


@pytest.mark.parametrize(
    "end", [c.CommitTransaction, c.RollbackTransaction, c.CloseChannel], ids=lambda each: each.__name__
)
def test_what_it_holds_is_counted_until_it_ends(driver: Driver, channel: int, end: type) -> None:
    """By connection; a transaction in which nothing was published holds nothing."""
    other = driver.channel()
    driver.do(c.SelectTransaction(other))
    assert transaction.held_bytes(driver.engine) == {}
    driver.do(c.PublishMessage(channel, "", "q", b"pp", b"x" * 500))
    driver.do(c.PublishMessage(channel, "", "q", b"", b"x" * 100))
    (connection_id,) = {driver.engine.channels[channel].connection.id}
    held = 602 + 2 * MESSAGE_OVERHEAD_BYTES
    assert transaction.held_bytes(driver.engine) == {connection_id: held}
    assert driver.engine.transaction_bytes == held
    driver.do(end(channel))
    assert transaction.held_bytes(driver.engine) == {}
    assert driver.engine.transaction_bytes == 0


@pytest.mark.parametrize("command", [c.CommitTransaction, c.RollbackTransaction])
def test_without_one_there_is_nothing_to_end(driver: Driver, command: type) -> None:
    with pytest.raises(RefusedError) as refused:
        driver.do(command(driver.channel()))
    assert refused.value.why is Refusal.NO_TRANSACTION


def test_beginning_twice_keeps_what_is_held(driver: Driver, channel: int) -> None:
    driver.do(c.PublishMessage(channel, "", "q", b"", b""))
    driver.do(c.SelectTransaction(channel))
    driver.do(c.CommitTransaction(channel))
    assert len(driver.ready()) == 1


def test_a_commit_tells_that_a_full_queue_refused(driver: Driver) -> None:
    channel = driver.channel()
    driver.queue(channel, "full", arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
    driver.do(c.SelectTransaction(channel))
    driver.publish(channel, "full")
    assert driver.do(c.CommitTransaction(channel)) is None
    driver.publish(channel, "full")
    driver.publish(channel, "nowhere")
    assert driver.do(c.CommitTransaction(channel)).is_refused
