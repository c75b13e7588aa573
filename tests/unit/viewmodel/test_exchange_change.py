"""Changing an exchange: by a policy, or made anew with its bindings."""

from typing import Any

import pytest

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.topology import BindingSpec, DestinationKind
from mqstudio.viewmodel.exchange_change import ANEW, POLICY, ExchangeChange
from tests.support.list_broker import run_now
from tests.unit.viewmodel.conftest import Shop


def change(shop: Shop) -> ExchangeChange:
    shop.look()
    row = shop.site.structure.exchange("/", "shop")
    assert row is not None
    return ExchangeChange(shop.site, row)


def lines(form: ExchangeChange) -> list[str]:
    return [words for preview in form.previews() for _, words in preview.lines]


def test_it_begins_with_what_the_exchange_is(shop: Shop) -> None:
    form = change(shop)
    assert (form.value("kind"), form.is_set("is_durable"), form.missing()) == ("topic", True, True)
    assert lines(form) == ["Nothing yet."]


def test_an_alternate_comes_by_a_policy(shop: Shop) -> None:
    form = change(shop)
    form.edit("alternate-exchange", "amq.direct")
    assert form.how == POLICY
    assert form.summary().endswith("Messages that match nothing go to exchange amq.direct.")
    assert run_now(form.submit())
    policy = shop.broker.policies[False, "only shop"]
    assert (policy.pattern, policy.definition) == ("^shop$", {"alternate-exchange": "amq.direct"})
    shop.undo()
    assert shop.broker.policies == {}


def test_anything_else_makes_it_anew_with_its_bindings(shop: Shop) -> None:
    run_now(shop.broker.bind("amq.direct", "shop", "k", destination_kind=DestinationKind.EXCHANGE))
    before = sorted(shop.broker.bound, key=str)
    form = change(shop)
    form.edit("kind", "fanout")
    assert form.how == ANEW
    assert lines(form) == [
        "Type: topic → fanout",
        "For a moment it is not there: channels that publish to it then are closed.",
        "2 bindings made anew with it.",
    ]
    assert run_now(form.submit())
    assert shop.broker.exchanges["shop"].kind == "fanout"
    assert sorted(shop.broker.bound, key=str) == before
    shop.look()
    shop.undo()
    assert shop.broker.exchanges["shop"].kind == "topic"
    assert sorted(shop.broker.bound, key=str) == before


def test_one_that_is_refused_is_there_as_it_was(shop: Shop, monkeypatch: Any) -> None:
    declare = shop.broker.declare_exchange

    async def refuse(name: str, kind: str, **fields: Any) -> Any:
        if kind == "odd":
            raise RefusedError(Refusal.UNKNOWN_EXCHANGE_KIND, "There is no kind odd.")
        return await declare(name, kind, **fields)

    monkeypatch.setattr(shop.broker, "declare_exchange", refuse)
    form = change(shop)
    form.edit("kind", "odd")
    assert not run_now(form.submit())
    assert form.refusal == "There is no kind odd."
    assert shop.broker.exchanges["shop"].kind == "topic"
    assert shop.broker.bound == [BindingSpec("shop", "orders", "order.*")]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("kind", "", "Choose how it is to route."),
        ("kind", "x-delayed-message", "Say how it routes after the delay"),
        ("others", "nothing", "not of the form"),
    ],
)
def test_mistakes_are_told(shop: Shop, name: str, text: str, says: str) -> None:
    form = change(shop)
    form.edit(name, text)
    assert any(says in problem for problem in form.problems().values())
    assert form.summary() == "" or name == "kind"
