"""Bindings: what they lead to, and what goes with the last of them."""

from typing import Any

import pytest

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.topology import DestinationKind
from tests.support.driver import Driver

TO_EXCHANGE: dict[str, Any] = {"destination_kind": DestinationKind.EXCHANGE}


@pytest.fixture
def driver() -> Driver:
    return Driver()


@pytest.fixture
def channel(driver: Driver) -> int:
    channel = driver.channel()
    driver.queue(channel)
    driver.do(c.DeclareExchange(channel, "x", "fanout"))
    return channel


def exchanges(driver: Driver) -> set[str]:
    return set(driver.engine.vhosts["/"].exchanges)


def test_binding_twice_is_one_binding(driver: Driver, channel: int) -> None:
    for _ in range(2):
        driver.do(c.Bind(channel, "x", "q"))
    assert driver.of(e.BindingAdded) == []
    driver.publish(channel, "", exchange="x")
    assert len(driver.ready()) == 1


def test_arguments_make_bindings_differ_whatever_their_order(driver: Driver, channel: int) -> None:
    driver.do(c.Bind(channel, "x", "q", arguments={"a": 1, "b": 2}))
    driver.do(c.Bind(channel, "x", "q", arguments={"b": 2, "a": 1}))
    driver.do(c.Bind(channel, "x", "q", arguments={"a": True, "b": 2}))
    assert len(driver.engine.vhosts["/"].exchanges["x"].outgoing) == 2


def test_unbinding_what_is_not_bound_is_fine(driver: Driver, channel: int) -> None:
    for exchange, queue in (("x", "q"), ("x", "none"), ("none", "q")):
        driver.do(c.Unbind(channel, exchange, queue))
        assert driver.events == []


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (c.Bind(0, "none", "q"), Refusal.NO_SUCH_EXCHANGE),
        (c.Bind(0, "x", "none"), Refusal.NO_SUCH_QUEUE),
        (c.Bind(0, "x", "none", **TO_EXCHANGE), Refusal.NO_SUCH_EXCHANGE),
        (c.Bind(0, "", "q"), Refusal.DEFAULT_EXCHANGE),
        (c.Bind(0, "x", "", **TO_EXCHANGE), Refusal.DEFAULT_EXCHANGE),
        (c.Unbind(0, "", "q"), Refusal.DEFAULT_EXCHANGE),
    ],
)
def test_refusals(driver: Driver, channel: int, command: c.Bind, why: Refusal) -> None:
    with pytest.raises(RefusedError) as refused:
        driver.do(type(command)(channel, *[getattr(command, name) for name in command.__struct_fields__[1:]]))
    assert refused.value.why is why


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("headers", {"arguments": {"x-match": "some"}}),
        ("headers", {"arguments": {"x-match": 5}}),
        ("x-consistent-hash", {"routing_key": "heavy"}),
        ("x-consistent-hash", {"routing_key": "0"}),
        ("x-local-random", {"routing_key": "key"}),
    ],
)
@pytest.mark.parametrize("is_delayed", [False, True])
def test_what_a_kind_cannot_use_is_refused_and_changes_nothing(
    driver: Driver, channel: int, kind: str, options: dict[str, Any], is_delayed: bool
) -> None:
    arguments = {"x-delayed-type": kind} if is_delayed else {}
    made = "x-delayed-message" if is_delayed else kind
    driver.do(c.DeclareExchange(channel, "picky", made, arguments=arguments))
    with pytest.raises(RefusedError) as refused:
        driver.do(c.Bind(channel, "picky", "q", **options))
    assert refused.value.why is Refusal.INVALID_ARGUMENT
    assert not driver.engine.vhosts["/"].exchanges["picky"].outgoing
    driver.do(c.DeleteQueue(channel, "q"))


def test_an_auto_delete_exchange_goes_with_its_last_binding(driver: Driver, channel: int) -> None:
    driver.do(c.DeclareExchange(channel, "auto", "fanout", is_auto_delete=True))
    driver.do(c.Bind(channel, "auto", "q"))
    driver.do(c.Bind(channel, "auto", "q", "other"))
    driver.do(c.Unbind(channel, "auto", "q"))
    assert "auto" in exchanges(driver)
    driver.do(c.DeleteQueue(channel, "q"))
    assert "auto" not in exchanges(driver)


def test_auto_delete_exchanges_go_one_after_the_other(driver: Driver, channel: int) -> None:
    for name in ("one", "two", "three"):
        driver.do(c.DeclareExchange(channel, name, "fanout", is_auto_delete=True))
    driver.do(c.Bind(channel, "one", "two", **TO_EXCHANGE))
    driver.do(c.Bind(channel, "two", "three", **TO_EXCHANGE))
    driver.do(c.Bind(channel, "three", "q"))
    driver.do(c.DeleteQueue(channel, "q"))
    assert exchanges(driver) & {"one", "two", "three"} == set()
    assert len(driver.of(e.ExchangeDeleted)) == 3


def test_exchanges_bound_in_a_circle_can_go(driver: Driver, channel: int) -> None:
    for name in ("one", "two"):
        driver.do(c.DeclareExchange(channel, name, "fanout", is_auto_delete=True))
    driver.do(c.Bind(channel, "one", "two", **TO_EXCHANGE))
    driver.do(c.Bind(channel, "two", "one", **TO_EXCHANGE))
    driver.do(c.Bind(channel, "one", "one", **TO_EXCHANGE))
    driver.do(c.DeleteExchange(channel, "one"))
    assert exchanges(driver) & {"one", "two"} == set()
    assert len(driver.of(e.BindingRemoved)) == 3


def test_what_is_not_bound_may_be_unbound_by_anybody(driver: Driver, channel: int) -> None:
    """Whose queue it is matters only if something would change."""
    driver.queue(channel, "own", is_exclusive=True)
    stranger = driver.channel()
    driver.do(c.Unbind(stranger, "x", "own"))
    driver.do(c.Bind(channel, "x", "own"))
    with pytest.raises(RefusedError) as caught:
        driver.do(c.Unbind(stranger, "x", "own"))
    assert caught.value.why is Refusal.LOCKED_BY_OTHER_CONNECTION
