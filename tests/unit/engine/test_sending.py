"""Sending to a queue by its name: once, and later."""

import pytest

from mqstudio.engine.sending import held_back
from mqstudio.model import lending as lend
from mqstudio.model import lending_limits as limits
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.lending import SendReply
from mqstudio.model.message import Traits
from tests.support.driver import Driver

S = 1_000_000


@pytest.fixture
def driver() -> Driver:
    return Driver()


@pytest.fixture
def root(driver: Driver) -> int:
    """A channel, a queue `q`, and `once`, which knows repeats for 5 s."""
    root = driver.channel()
    driver.queue(root)
    driver.queue(root, "once", arguments={"mq-once": 5_000})
    driver.queue(root, "later", arguments={"mq-delay": 2_000})
    return root


def send(
    driver: Driver, root: int, queue: str = "q", key: str | None = None, delay_us: int | None = None
) -> SendReply:
    command = lend.SendMessage(root, queue, b"p", b"body", "hub", Traits(once_key=key), delay_us)
    reply = driver.do(command)
    assert isinstance(reply, SendReply)
    return reply


def test_what_is_sent_is_in_the_queue_under_the_id_that_is_told(driver: Driver, root: int) -> None:
    reply = send(driver, root)
    assert driver.ready() == [reply.message_id]


def test_there_must_be_a_queue(driver: Driver, root: int) -> None:
    with pytest.raises(RefusedError) as refused:
        send(driver, root, "none")
    assert refused.value.why is Refusal.NO_SUCH_QUEUE


def test_a_repeat_is_told_as_such_for_a_while(driver: Driver, root: int) -> None:
    first = send(driver, root, "once", "k")
    again = send(driver, root, "once", "k")
    assert (again.is_repeat, again.message_id, again.properties) == (True, first.message_id, b"p")
    assert not send(driver, root, "once", "other").is_repeat
    assert len(driver.ready("once")) == 2
    driver.wait(5_000)
    assert not send(driver, root, "once", "k").is_repeat


def test_without_a_window_nothing_is_a_repeat(driver: Driver, root: int) -> None:
    assert not any(send(driver, root, "q", "k").is_repeat for _ in range(2))


def test_so_many_keys_are_remembered(driver: Driver, root: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mqstudio.engine.sending.ONCE_KEYS_MAX", 2)
    assert limits.ONCE_KEYS_MAX > 2
    for key in "abc":
        send(driver, root, "once", key)
    assert [send(driver, root, "once", key).is_repeat for key in "cba"] == [True, True, False]


def test_later_is_as_the_message_says_or_else_the_queue(driver: Driver, root: int) -> None:
    queue = driver.engine.vhosts["/"].queues["later"]
    send(driver, root, "later")
    send(driver, root, "later", delay_us=1 * S)
    send(driver, root, "later", delay_us=0)
    counts = []
    for _ in range(3):
        counts.append((len(driver.ready("later")), len(held_back(driver.engine, queue))))
        driver.wait(1_000)
    assert counts == [(1, 2), (2, 1), (3, 0)]
