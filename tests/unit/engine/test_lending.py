"""Lending: messages that come back by themselves, whoever asked for them."""

import pytest

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model import lending as lend
from mqstudio.model.delivery import DropReason, Outcome, ReleaseCause
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.lending import LoansReply
from mqstudio.model.verbs import ForceOutcome
from tests.support.driver import Driver

S = 1_000_000


@pytest.fixture
def driver() -> Driver:
    return Driver()


@pytest.fixture
def root(driver: Driver) -> int:
    """A channel, and a queue `q`."""
    root = driver.channel()
    driver.queue(root)
    return root


def borrow(
    driver: Driver, channel: int, most: int = 1, *, lease_s: int = 30, queue: str = "q"
) -> list[lend.Loan]:
    reply = driver.do(lend.BorrowMessages(channel, queue, most, lease_s * S))
    assert isinstance(reply, LoansReply)
    return list(reply.loans)


def wait_for(driver: Driver, channel: int, tag: str, *, most: int = 1, seconds: int = 20) -> None:
    assert driver.do(lend.BorrowMessages(channel, "q", most, 30 * S, seconds * S, tag)) is None


def give_back(driver: Driver, channel: int, loan: lend.Loan, *, is_strict: bool = False) -> None:
    driver.do(lend.ReturnLoan(channel, "q", loan.message.id, loan.count, is_strict))


def lent(driver: Driver) -> list[tuple[str, list[int]]]:
    """What those who waited got since this was last asked."""
    return [
        (letter.tag, [loan.message.id for loan in letter.loans])
        for _, mail in driver.engine.take_mail()
        for letter in mail
        if isinstance(letter, lend.MessagesLent)
    ]


def in_flight(driver: Driver) -> int:
    return driver.engine.vhosts["/"].queues["q"].in_flight


def test_a_loan_comes_back_when_it_is_due_and_says_why(driver: Driver, root: int) -> None:
    message_id = driver.publish(root)
    borrow(driver, root, lease_s=5)
    driver.wait(4_999)
    assert (driver.ready(), in_flight(driver)) == ([], 1)
    driver.wait(1)
    assert (driver.ready(), in_flight(driver)) == ([message_id], 0)
    (settled,) = driver.of(e.MessageSettled)
    assert (settled.outcome, settled.cause) == (Outcome.RELEASED, ReleaseCause.LEASE_ENDED)


def test_each_time_it_is_lent_is_counted_and_the_first_remembered(driver: Driver, root: int) -> None:
    driver.publish(root)
    (first,) = borrow(driver, root, lease_s=5)
    driver.wait(6_000)
    (again,) = borrow(driver, root)
    assert (first.count, again.count, again.first_at_us) == (1, 2, first.first_at_us)


def test_a_loan_outlives_the_connection_it_was_made_to(driver: Driver, root: int) -> None:
    driver.publish(root)
    channel = driver.channel()
    (loan,) = borrow(driver, channel)
    driver.do(c.CloseChannel(channel))
    assert (driver.ready(), in_flight(driver)) == ([], 1)
    give_back(driver, root, loan)
    assert (driver.ready(), in_flight(driver)) == ([], 0)


def test_an_older_receipt_will_do_unless_it_must_be_the_latest(driver: Driver, root: int) -> None:
    for _ in range(2):
        driver.publish(root)
    old, other = borrow(driver, root, 2, lease_s=5)
    driver.wait(6_000)
    with pytest.raises(RefusedError) as refused:
        give_back(driver, root, old, is_strict=True)
    assert refused.value.why is Refusal.NO_SUCH_DELIVERY
    give_back(driver, root, old)
    borrow(driver, root)
    with pytest.raises(RefusedError):
        give_back(driver, root, other, is_strict=True)
    give_back(driver, root, other)
    give_back(driver, root, other, is_strict=True)  # it is gone: there is nothing left to do
    assert (driver.ready(), in_flight(driver)) == ([], 0)
    assert driver.engine.vhosts["/"].queues["q"].bytes_held == 0


def test_a_lease_is_set_anew_and_can_be_ended(driver: Driver, root: int) -> None:
    message_id = driver.publish(root)
    (loan,) = borrow(driver, root, lease_s=5)
    driver.do(lend.ExtendLoan(root, "q", message_id, loan.count, 10 * S, 100 * S))
    driver.wait(9_000)
    assert not driver.ready()
    driver.do(lend.ExtendLoan(root, "q", message_id, loan.count, 0, 100 * S))
    assert driver.ready() == [message_id]
    with pytest.raises(RefusedError) as refused:
        driver.do(lend.ExtendLoan(root, "q", message_id, loan.count, 5 * S, 100 * S))
    assert refused.value.facts == {"is_there": True}
    (loan,) = borrow(driver, root)
    with pytest.raises(RefusedError, match="more than 3 s"):
        driver.do(lend.ExtendLoan(root, "q", message_id, loan.count, 4 * S, 3 * S))


def test_those_who_wait_are_served_in_turn_once_each(driver: Driver, root: int) -> None:
    wait_for(driver, root, "a")
    wait_for(driver, root, "b", most=10)
    first = driver.publish(root)
    assert lent(driver) == [("a", [first])]
    second = driver.publish(root)
    third = driver.publish(root)
    assert lent(driver) == [("b", [second])]
    assert driver.ready() == [third]


def test_who_waits_in_vain_is_told(driver: Driver, root: int) -> None:
    wait_for(driver, root, "a", seconds=2)
    driver.wait(1_999)
    assert not lent(driver)
    driver.wait(1)
    assert lent(driver) == [("a", [])]
    message_id = driver.publish(root)
    assert driver.ready() == [message_id]


def test_who_left_gets_nothing(driver: Driver, root: int) -> None:
    channel = driver.channel()
    wait_for(driver, root, "a")
    wait_for(driver, channel, "b")
    driver.do(lend.AbandonWait(root, "a"))
    driver.do(c.CloseChannel(channel))
    message_id = driver.publish(root)
    assert (lent(driver), driver.ready()) == ([], [message_id])


def test_waiting_ends_with_the_queue(driver: Driver, root: int) -> None:
    driver.publish(root)
    borrow(driver, root, lease_s=1)
    wait_for(driver, root, "a")
    driver.do(c.DeleteQueue(root, "q"))
    assert lent(driver) == [("a", [])]
    assert [event.reason for event in driver.of(e.MessageDropped)] == [DropReason.QUEUE_DELETED]
    driver.wait(5_000)
    assert not driver.events


def test_a_message_lent_too_often_goes_to_the_dead_letters(driver: Driver, root: int) -> None:
    driver.queue(root, "dead")
    driver.queue(
        root,
        "limited",
        arguments={"mq-take-limit": 2, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"},
    )
    driver.publish(root, "limited")
    for count in (1, 2):
        (loan,) = borrow(driver, root, lease_s=1, queue="limited")
        assert loan.count == count
        driver.wait(1_000)
    assert borrow(driver, root, queue="limited") == []
    assert len(driver.ready("dead")) == 1


def test_what_expires_is_not_lent_nor_comes_back(driver: Driver, root: int) -> None:
    driver.queue(
        root,
        "short",
        arguments={
            "x-message-ttl": 3_000,
            "mq-dead-letter-expired": False,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": "q",
        },
    )
    driver.publish(root, "short")
    borrow(driver, root, lease_s=30, queue="short")
    driver.wait(3_000)
    assert [event.reason for event in driver.of(e.MessageDropped)] == [DropReason.EXPIRED]
    assert (driver.ready("short"), driver.ready()) == ([], [])


def test_a_paused_queue_lends_nothing(driver: Driver, root: int) -> None:
    from mqstudio.model.verbs import PauseQueue

    driver.publish(root)
    driver.do(PauseQueue(root, "q", True))
    assert borrow(driver, root) == []
    wait_for(driver, root, "a")
    driver.do(PauseQueue(root, "q", False))
    assert [tag for tag, _ in lent(driver)] == ["a"]


def test_no_more_than_so_many_in_flight(driver: Driver, root: int) -> None:
    for _ in range(2):
        driver.publish(root)
    borrow(driver, root)
    with pytest.raises(RefusedError) as refused:
        driver.do(lend.BorrowMessages(root, "q", 1, S, most_in_flight=1))
    assert refused.value.why is Refusal.TOO_MANY


def test_by_hand_a_loan_is_ended_like_any_delivery(driver: Driver, root: int) -> None:
    first, second = driver.publish(root), driver.publish(root)
    borrow(driver, root, 2)
    reply = driver.do(ForceOutcome(root, "q", (first,), Outcome.RELEASED))
    assert (reply.count, driver.ready()) == (1, [first])
    driver.do(ForceOutcome(root, "q", (second,), Outcome.ACCEPTED))
    assert in_flight(driver) == 0


def test_everything_is_gathered(driver: Driver, root: int) -> None:
    ids = [driver.publish(root) for _ in range(3)]
    borrow(driver, root, 2)
    driver.do(lend.SendMessage(root, "q", b"", b"later", delay_us=900 * S))
    assert driver.do(lend.GatherQueue(root, "q")).count == 3
    assert driver.ready()[:3] == ids
    assert len(driver.ready()) == 4
