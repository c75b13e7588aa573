"""The form that binds."""

from typing import Any

import pytest

from mqstudio.model.topology import BindingSpec, DestinationKind
from mqstudio.viewmodel.binding_form import BindingForm
from tests.support.list_broker import run_now
from tests.unit.viewmodel.conftest import Shop


@pytest.fixture
def form(shop: Shop) -> BindingForm:
    return BindingForm(shop.site, "/", exchange="shop")


def test_from_an_exchange_to_a_queue(form: BindingForm, shop: Shop) -> None:
    """The exchange is given; the queue is chosen."""
    assert form.missing()
    form.edit("destination", "orders")
    form.edit("routing_key", "order.#")
    assert form.summary() == "Messages whose key matches “order.#” at shop go to queue orders."
    assert run_now(form.submit()) is True
    assert shop.broker.bound[-1] == BindingSpec("shop", "orders", "order.#")
    assert shop.words() == ["shop is bound to orders."]


def test_to_another_exchange(form: BindingForm, shop: Shop) -> None:
    """What is offered follows what it leads to."""
    form.edit("to", "exchange")
    offered = next(entry for entry in form.entries() if entry.name == "destination")
    assert [value for value, _ in offered.choices] == ["amq.direct", "shop"]
    form.edit("destination", "amq.direct")
    assert run_now(form.submit()) is True
    assert shop.broker.bound[-1].destination_kind is DestinationKind.EXCHANGE


@pytest.mark.parametrize(
    ("lines", "arguments"),
    [
        ("", {"x-match": "all"}),
        ("format = pdf\npages = 3", {"x-match": "all", "format": "pdf", "pages": 3}),
        ("urgent", {"x-match": "all", "urgent": None}),
    ],
)
def test_by_headers(shop: Shop, lines: str, arguments: dict[str, Any]) -> None:
    """Only where the exchange looks at them."""
    run_now(shop.broker.declare_exchange("papers", "headers"))
    shop.look()
    form = BindingForm(shop.site, "/", queue="orders")
    assert "headers" not in {entry.name for entry in form.entries()}
    form.edit("exchange", "papers")
    assert {"x-match", "headers"} <= {entry.name for entry in form.entries()}
    form.edit("headers", lines)
    assert form.spec().arguments == arguments
    assert form.summary() == "Messages with these headers at papers go to queue orders."


def test_mistakes(form: BindingForm, shop: Shop) -> None:
    """Ends that do not exist, keys too long, weights that are none, lines that are none."""
    form.edit("destination", "nowhere")
    form.edit("routing_key", "k" * 256)
    assert form.problems() == {
        "destination": "There is no queue nowhere. Make it first.",
        "routing_key": "A routing key has up to 255 bytes. Shorten it.",
    }
    run_now(shop.broker.declare_exchange("hash", "x-consistent-hash"))
    shop.look()
    other = BindingForm(shop.site, "/", exchange="hash", queue="orders")
    assert other.problems() == {"routing_key": "The weight is a whole number above 0."}
