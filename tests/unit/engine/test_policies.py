"""Policies: which one counts, and for what."""

from typing import Any

import pytest

from mqstudio.model import commands as c
from mqstudio.model import events as e
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import POLICIES_MAX
from mqstudio.model.policies import AppliesTo, Policy
from mqstudio.model.rules import QueueRules
from tests.support.driver import Driver


@pytest.fixture
def driver() -> Driver:
    driver = Driver()
    driver.queue(driver.channel(), "orders")
    return driver


def put(driver: Driver, name: str = "p", pattern: str = "", **options: Any) -> None:
    definition = options.pop("definition", {"max-length": 5})
    driver.do(c.PutPolicy(Policy("/", name, pattern, definition, **options)))


def rules(driver: Driver, name: str = "orders") -> QueueRules:
    return driver.engine.vhosts["/"].queues[name].rules


def test_the_highest_priority_that_matches_counts(driver: Driver) -> None:
    put(driver, "low", "ord", definition={"max-length": 1})
    put(driver, "high", "^orders$", definition={"message-ttl": 7}, priority=1)
    put(driver, "other", "^x", definition={"max-length": 3}, priority=9)
    assert (rules(driver).max_messages, rules(driver).ttl_us) == (None, 7_000)
    driver.do(c.DeletePolicy("/", "high"))
    assert rules(driver).max_messages == 1


def test_it_applies_to_queues_that_come_later(driver: Driver) -> None:
    put(driver)
    driver.queue(driver.channel(), "late")
    assert rules(driver, "late").max_messages == 5


def test_of_numbers_the_lowest_counts(driver: Driver) -> None:
    driver.queue(driver.channel(), "own", arguments={"x-max-length": 4})
    put(driver, definition={"max-length": 9})
    put(driver, "limit", definition={"max-length": 6}, is_operator=True)
    assert (rules(driver, "own").max_messages, rules(driver).max_messages) == (4, 6)
    put(driver, "limit", definition={"max-length": 2}, is_operator=True)
    assert (rules(driver, "own").max_messages, rules(driver).max_messages) == (2, 2)


def test_of_words_the_arguments_count_first(driver: Driver) -> None:
    driver.queue(driver.channel(), "own", arguments={"x-overflow": "reject-publish"})
    put(driver, definition={"overflow": "drop-head", "dead-letter-exchange": "dlx"})
    assert (rules(driver, "own").overflow, rules(driver, "own").dead_letter_exchange) == (
        "reject-publish",
        "dlx",
    )


@pytest.mark.parametrize(
    ("applies_to", "matching"),
    [
        (AppliesTo.ALL, {"c", "q", "s"}),
        (AppliesTo.QUEUES, {"c", "q", "s"}),
        (AppliesTo.CLASSIC_QUEUES, {"c"}),
        (AppliesTo.QUORUM_QUEUES, {"q"}),
        (AppliesTo.STREAMS, {"s"}),
        (AppliesTo.EXCHANGES, set()),
    ],
)
def test_what_it_applies_to(driver: Driver, applies_to: AppliesTo, matching: set[str]) -> None:
    channel = driver.channel()
    for name, kind in (("c", "classic"), ("q", "quorum"), ("s", "stream")):
        driver.queue(channel, name, is_durable=True, arguments={"x-queue-type": kind})
    put(driver, definition={"max-length-bytes": 5}, applies_to=applies_to)
    assert {name for name in "cqs" if rules(driver, name).max_bytes == 5} == matching


def test_what_a_kind_of_queue_does_not_take_has_no_effect_on_it(driver: Driver) -> None:
    channel = driver.channel()
    driver.queue(channel, "log", is_durable=True, arguments={"x-queue-type": "stream"})
    put(driver, definition={"message-ttl": 0, "delivery-limit": 1, "max-length": 0, "max-age": "1D"})
    assert (rules(driver, "log").ttl_us, rules(driver, "log").max_messages) == (None, None)
    assert rules(driver, "log").max_age_us == 86_400_000_000
    assert (rules(driver).delivery_limit, rules(driver).max_age_us) == (None, None)
    driver.publish(channel, "log")
    driver.wait(10)
    assert len(driver.ready("log")) == 1


def test_an_alternate_exchange_by_policy_and_its_end(driver: Driver) -> None:
    channel = driver.channel()
    for name in ("main", "rest"):
        driver.do(c.DeclareExchange(channel, name, "fanout"))
    driver.do(c.Bind(channel, "rest", "orders"))
    put(driver, pattern="main", definition={"alternate-exchange": "rest"})
    driver.publish(channel, "", exchange="main")
    assert len(driver.ready("orders")) == 1
    driver.do(c.DeletePolicy("/", "p"))
    driver.publish(channel, "", exchange="main")
    assert len(driver.ready("orders")) == 1


@pytest.mark.parametrize(
    "options",
    [
        {"name": ""},
        {"definition": {}},
        {"definition": {"max-size": 1}},
        {"definition": {"max-length": -1}},
        {"definition": {"overflow": "explode"}},
        {"pattern": "("},
        {"pattern": "x" * 1000},
    ],
)
def test_nonsense_is_refused_and_changes_nothing(driver: Driver, options: dict[str, Any]) -> None:
    with pytest.raises(RefusedError) as refused:
        put(driver, **options)
    assert refused.value.why is Refusal.INVALID_ARGUMENT
    assert not driver.engine.vhosts["/"].policies


def test_at_the_most_policies_one_may_still_be_changed(driver: Driver) -> None:
    for number in range(POLICIES_MAX):
        put(driver, f"p{number}", "^nobody$")
    put(driver, "p0", "^orders$")
    assert rules(driver).max_messages == 5
    with pytest.raises(RefusedError) as refused:
        put(driver, "one more")
    assert refused.value.why is Refusal.TOO_MANY


def test_deleting_what_is_not_there_is_refused(driver: Driver) -> None:
    put(driver)
    with pytest.raises(RefusedError) as refused:
        driver.do(c.DeletePolicy("/", "p", is_operator=True))
    assert refused.value.why is Refusal.NO_SUCH_POLICY


def test_every_change_is_told(driver: Driver) -> None:
    put(driver)
    assert len(driver.of(e.PolicyPut)) == 1
    driver.do(c.DeletePolicy("/", "p"))
    assert len(driver.of(e.PolicyDeleted)) == 1
