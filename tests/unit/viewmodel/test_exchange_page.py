"""The page of an exchange."""

from msgspec.structs import replace

from mqstudio.viewmodel.exchange_page import ExchangePage
from tests.support.list_broker import Clock
from tests.unit.viewmodel.conftest import Shop


def test_bindings_in_and_out(shop: Shop) -> None:
    """Both ends, kept up to date."""
    page = ExchangePage(shop.site.workspace, shop.site.structure, "/", "shop")
    assert [(line.is_in, line.spec.destination) for line in page.bindings.rows.rows] == [(False, "orders")]
    shop.broker.bound.clear()
    shop.look()
    assert len(page.bindings.rows) == 0


def test_its_rate_is_counted(shop: Shop, clock: Clock) -> None:
    """Messages a second, over at least one."""
    page = ExchangePage(shop.site.workspace, shop.site.structure, "/", "shop")
    clock.advance(2)
    sample = shop.broker.sample()
    busy = [replace(x, published=20) if x.name == "shop" else x for x in sample.exchanges]
    shop.site.workspace.take(replace(sample, exchanges=busy))
    assert page.figures() == "10/s in  ·  20 published  ·  no bindings"
    assert [chip.text for chip in page.chips()] == ["topic", "durable"]


def test_one_that_is_gone(shop: Shop) -> None:
    """Says so."""
    page = ExchangePage(shop.site.workspace, shop.site.structure, "/", "shop")
    assert not page.is_own
    del shop.broker.exchanges["shop"]
    shop.look()
    assert page.figures() == "This exchange no longer exists"
    assert page.chips() == []
