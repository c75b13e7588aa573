"""How deliveries end."""

import pytest

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.delivery import DropReason, Outcome
from mqstudio.model.errors import Refusal, RefusedError
from tests.support.driver import Driver


@pytest.fixture
def driver() -> Driver:
    """Three messages, all held by one channel, whose subscription has been cancelled."""
    driver = Driver()
    driver.held_by = channel = driver.channel()  # type: ignore[attr-defined]
    driver.queue(channel)
    driver.subscribe(channel)
    for _ in range(3):
        driver.publish(channel)
    driver.do(c.CancelSubscription(channel, "t"))
    return driver


def held_by(driver: Driver) -> int:
    return driver.held_by  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
def test_released_messages_return_to_their_places_in_whatever_order(
    driver: Driver, order: tuple[int, ...]
) -> None:
    driver.publish(held_by(driver))
    for tag in order:
        driver.settle(held_by(driver), tag, Outcome.RELEASED)
    assert driver.ready() == [1, 2, 3, 4]
    driver.subscribe(driver.channel())
    assert [d.is_redelivered for d in driver.delivered()] == [True, True, True, False]


def test_rejected_messages_are_dropped(driver: Driver) -> None:
    driver.settle(held_by(driver), 2, Outcome.REJECTED)
    assert [(d.message.id, d.reason) for d in driver.of(e.MessageDropped)] == [(2, DropReason.REJECTED)]
    assert driver.ready() == []


def test_multiple_settles_all_up_to_a_tag_in_order(driver: Driver) -> None:
    driver.accept(held_by(driver), 2, is_multiple=True)
    assert [s.delivery_tag for s in driver.of(e.MessageSettled)] == [1, 2]
    driver.accept(held_by(driver), 0, is_multiple=True)
    assert [s.delivery_tag for s in driver.of(e.MessageSettled)] == [3]
    driver.accept(held_by(driver), 0, is_multiple=True)
    assert driver.events == []


@pytest.mark.parametrize(("tag", "is_multiple"), [(1, False), (4, False), (0, False), (1, True), (99, True)])
def test_an_unknown_tag_is_refused_and_changes_nothing(driver: Driver, tag: int, is_multiple: bool) -> None:
    driver.accept(held_by(driver), 1)
    with pytest.raises(RefusedError) as refused:
        driver.accept(held_by(driver), tag, is_multiple=is_multiple)
    assert refused.value.why is Refusal.NO_SUCH_DELIVERY
    assert sorted(driver.engine.channels[held_by(driver)].deliveries) == [2, 3]


def test_a_closing_channel_returns_what_it_held(driver: Driver) -> None:
    driver.do(c.CloseChannel(held_by(driver)))
    assert driver.ready() == [1, 2, 3]
    assert {s.outcome for s in driver.of(e.MessageSettled)} == {Outcome.RELEASED}


def test_a_lost_connection_returns_what_its_channels_held(driver: Driver) -> None:
    driver.do(c.CloseConnection(driver.engine.channels[held_by(driver)].connection.info.id, "gone"))
    assert driver.ready() == [1, 2, 3]
    assert driver.of(e.ConnectionClosed)


def test_recover_gives_everything_again(driver: Driver) -> None:
    driver.subscribe(held_by(driver), tag="again")
    driver.do(c.RecoverDeliveries(held_by(driver)))
    assert [(d.message.id, d.is_redelivered) for d in driver.delivered()] == [(1, True), (2, True), (3, True)]
