"""Changing a binding."""

from mqstudio.model.topology import BindingSpec
from mqstudio.viewmodel.binding_change import BindingChange
from tests.support.list_broker import run_now
from tests.unit.viewmodel.conftest import Shop

OLD = BindingSpec("shop", "orders", "order.*")


def lines(form: BindingChange) -> list[str]:
    return [words for preview in form.previews() for _, words in preview.lines]


def test_another_key(shop: Shop) -> None:
    form = BindingChange(shop.site, "/", OLD)
    assert (form.value("routing_key"), form.missing(), lines(form)) == ("order.*", True, ["Nothing yet."])
    form.edit("routing_key", "order.#")
    assert lines(form)[0] == "Routing key: order.* → order.#"
    assert run_now(form.submit())
    assert shop.broker.bound == [BindingSpec("shop", "orders", "order.#")]
    shop.undo()
    assert shop.broker.bound == [OLD]


def test_other_headers(shop: Shop) -> None:
    run_now(shop.broker.declare_exchange("docs", "headers"))
    old = BindingSpec("docs", "orders", "", {"x-match": "any", "format": "pdf", "signed": None})
    run_now(shop.broker.bind("docs", "orders", "", arguments=old.arguments))
    shop.look()
    form = BindingChange(shop.site, "/", old)
    assert (form.value("x-match"), form.value("headers")) == ("any", "format = pdf\nsigned")
    assert form.missing()
    form.edit("headers", "format = png")
    assert lines(form)[0].startswith("Headers: x-match = any, format = pdf")
    assert run_now(form.submit())
    assert shop.broker.bound[-1].arguments == {"x-match": "any", "format": "png"}


def test_arguments_that_the_form_does_not_show_are_kept(shop: Shop) -> None:
    form = BindingChange(shop.site, "/", BindingSpec("shop", "orders", "order.*", {"n": 1}))
    form.edit("routing_key", "x")
    assert form.spec().arguments == {"n": 1}


def test_mistakes_change_nothing(shop: Shop) -> None:
    form = BindingChange(shop.site, "/", OLD)
    form.edit("routing_key", "x" * 300)
    assert "Shorten it" in form.problems()["routing_key"]
    assert lines(form) == ["Nothing yet."]
    assert not run_now(form.submit())
