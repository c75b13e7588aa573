"""The form that makes an exchange."""

import pytest

from mqstudio.viewmodel.exchange_form import ExchangeForm
from tests.support.list_broker import run_now
from tests.unit.viewmodel.conftest import Shop


@pytest.fixture
def form(shop: Shop) -> ExchangeForm:
    return ExchangeForm(shop.site)


def test_making_one(form: ExchangeForm, shop: Shop) -> None:
    """Kind, flags and arguments reach the broker."""
    assert form.missing()
    form.edit("name", "logs")
    form.edit("kind", "fanout")
    form.edit("is_internal", "true")
    form.edit("alternate-exchange", "shop")
    assert form.summary() == (
        "A durable exchange that sends every message to all its bindings, whatever the key. "
        "Messages that match nothing go to exchange shop."
    )
    assert run_now(form.submit()) is True
    spec = shop.broker.exchanges["logs"]
    assert (spec.kind, spec.is_durable, spec.is_internal) == ("fanout", True, True)
    assert spec.arguments == {"alternate-exchange": "shop"}
    assert shop.words() == ["Exchange logs is there."]


def test_mistakes(form: ExchangeForm) -> None:
    """A name of the broker's own, no kind, a delay without a kind, an argument in the wrong place."""
    form.edit("name", "amq.mine")
    form.edit("kind", "")
    form.edit("others", "hash-header = x")
    assert set(form.problems()) == {"name", "kind", "others"}
    form.edit("kind", "x-delayed-message")
    assert form.problems()["x-delayed-type"] == "Say how it routes after the delay, such as direct."
    assert form.summary() == ""
