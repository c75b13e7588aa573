"""Changing a queue: the difference before, a policy where that gives the rule, else a new queue."""

from typing import Any

import pytest

from mqstudio.model.policies import AppliesTo, Policy
from mqstudio.model.topology import BindingSpec
from mqstudio.viewmodel.queue_change import ANEW, POLICY, QueueChange
from tests.support.list_broker import run_now
from tests.unit.viewmodel.conftest import Shop


def change(shop: Shop, name: str = "orders") -> QueueChange:
    shop.look()
    row = shop.site.structure.queue("/", name)
    assert row is not None
    return QueueChange(shop.site, row)


def lines(form: QueueChange) -> list[str]:
    return [words for preview in form.previews() for _, words in preview.lines]


def entry(form: QueueChange, name: str) -> Any:
    return next((each for each in form.entries() if each.name == name), None)


@pytest.fixture
def ruled(shop: Shop) -> Shop:
    """With a queue that has rules of its own."""
    arguments = {"x-message-ttl": 60_000, "x-odd": 1, "x-single-active-consumer": False}
    run_now(shop.broker.declare_queue("mail", is_durable=True, arguments=arguments))
    return shop


def test_it_begins_with_what_the_queue_is(ruled: Shop) -> None:
    form = change(ruled, "mail")
    assert (form.value("x-message-ttl"), form.value("others"), form.is_set("is_durable")) == (
        "60000",
        "x-odd = 1",
        True,
    )
    assert (form.changes(), form.missing(), form.problems()) == ([], True, {})
    assert lines(form) == ["Nothing yet."]
    assert form.summary() == "Messages that wait longer than 60 s are dropped."
    assert entry(form, "how") is None
    assert entry(form, "name").is_fixed


def test_a_rule_that_is_not_set_comes_by_a_policy(shop: Shop) -> None:
    form = change(shop)
    form.edit("x-message-ttl", "30000")
    form.edit("x-dead-letter-exchange", "(default)")
    form.edit("x-dead-letter-routing-key", "orders.dlq")
    assert form.how == POLICY
    assert (
        form.summary()
        == "Messages that wait longer than 30 s go to queue orders.dlq. Rejected ones go to queue orders.dlq."
    )
    assert lines(form)[:2] == ["Message TTL: not set → 30 s", "Dead-letter exchange: not set → (default)"]
    assert "A policy “only orders” is made" in lines(form)[-1]
    assert run_now(form.submit())
    policy = shop.broker.policies[False, "only orders"]
    assert (policy.pattern, policy.priority, policy.applies_to) == ("^orders$", 0, AppliesTo.QUEUES)
    assert policy.definition == {
        "message-ttl": 30_000, "dead-letter-exchange": "", "dead-letter-routing-key": "orders.dlq",
    }  # fmt: skip
    shop.undo()
    assert shop.broker.policies == {}


def test_the_rules_of_its_policy_of_now_are_kept(shop: Shop) -> None:
    old = Policy("/", "all", ".*", {"max-length": 10, "overflow": "reject-publish"}, 4, AppliesTo.QUEUES)
    run_now(shop.broker.put_policy(old))
    form = change(shop)
    assert entry(form, "x-max-length").placeholder == "10, by policy all"
    form.edit("x-max-length", "5")
    assert any("Policy all no longer applies to it" in line for line in lines(form))
    assert form.policy().definition == {"max-length": 5, "overflow": "reject-publish"}
    assert form.policy().priority == 5
    run_now(form.submit())
    shop.look()
    again = change(shop)
    again.edit("x-max-length", "4")
    run_now(again.submit())
    assert shop.broker.policies[False, "only orders"].definition["max-length"] == 4
    shop.undo()
    assert shop.broker.policies[False, "only orders"].definition["max-length"] == 5


def test_an_argument_can_be_lowered_by_a_policy_and_nothing_else(ruled: Shop) -> None:
    form = change(ruled, "mail")
    form.edit("x-message-ttl", "5000")
    assert form.how == POLICY
    form.edit("x-message-ttl", "90000")
    assert form.how == ANEW
    assert [value for value, _ in entry(form, "how").choices] == [ANEW]
    form.edit("x-message-ttl", "")
    assert (form.how, lines(form)[0]) == (ANEW, "Message TTL: 60 s → not set")
    form.edit("x-message-ttl", "60000")
    form.edit("is_durable", "")
    assert (form.how, lines(form)[0]) == (ANEW, "Durable: yes → no")


def test_what_a_policy_cannot_give_moves_the_messages_to_a_new_queue(shop: Shop) -> None:
    for body in (b"1", b"2", b"3"):
        shop.broker.add_message("orders", body)
    form = change(shop)
    form.edit("x-max-priority", "5")
    assert (form.how, form.value("new_name")) == (ANEW, "orders-2")
    assert "3 ready messages move to the new queue." in lines(form)
    assert run_now(form.submit())
    bodies = [shop.broker.bodies[row.message_id] for row in shop.broker.queues["orders-2"]]
    assert (bodies, shop.broker.queues["orders"]) == ([b"1", b"2", b"3"], [])
    assert shop.broker.specs["orders-2"].arguments == {"x-max-priority": 5}
    assert shop.broker.bound == [BindingSpec("shop", "orders-2", "order.*")]
    assert shop.words() == ["Queue orders-2 is there, with 3 messages of orders."]
    shop.undo()
    assert shop.broker.bound == [BindingSpec("shop", "orders", "order.*")]
    assert (len(shop.broker.queues["orders"]), shop.broker.queues["orders-2"]) == (3, [])


def test_a_new_queue_can_be_chosen_where_a_policy_would_do(shop: Shop) -> None:
    form = change(shop)
    form.edit("x-max-length", "9")
    form.edit("how", ANEW)
    assert entry(form, "new_name") is not None
    form.edit("new_name", "orders")
    assert "There is a queue orders already" in form.problems()["new_name"]
    form.edit("new_name", "x" * 300)
    assert "Shorten it" in form.problems()["new_name"]
    form.edit("new_name", "")
    assert form.missing()
    form.edit("new_name", "fresh")
    assert run_now(form.submit())
    assert shop.broker.specs["fresh"].arguments == {"x-max-length": 9}


def test_what_it_costs_those_who_use_it(shop: Shop) -> None:
    shop.broker.consumers["orders"] = 2
    form = change(shop)
    form.edit("x-queue-type", "quorum")
    assert "2 consumers must consume from the new one." in lines(form)
    form.edit("x-max-priority", "300")
    assert form.problems() == {}


def test_mistakes_stand_by_their_field(shop: Shop) -> None:
    form = change(shop)
    form.edit("x-message-ttl", "soon")
    assert "must be a whole number" in form.problems()["x-message-ttl"]
    form.edit("x-message-ttl", "")
    form.edit("x-dead-letter-routing-key", "k")
    assert "needs 'x-dead-letter-exchange'" in form.problems()["x-dead-letter-routing-key"]
    form.edit("x-dead-letter-routing-key", "")
    form.edit("others", "nothing")
    assert "not of the form" in form.problems()["others"]
    assert not run_now(form.submit())
