"""The demo's orders are like life: all different, and some cannot be mailed."""

import msgspec
import pytest

from mqstudio.demo.orders import FAILS_EVERY, FIRST_NUMBER, can_be_mailed, make_order

NUMBERS = range(FIRST_NUMBER, FIRST_NUMBER + 10 * FAILS_EVERY)


def test_orders_are_made_of_their_number() -> None:
    """The same number gives the same order, another one another."""
    orders = [make_order(number, "web", 0) for number in NUMBERS]
    assert orders == [make_order(number, "web", 0) for number in NUMBERS]
    assert len({msgspec.json.encode(order) for order in orders}) == len(orders)
    assert orders[0]["placed_at"] == "1970-01-01T00:00:00.000+00:00"


def test_totals_are_right() -> None:
    """What is to be paid is the sum of the lines."""
    for order in (make_order(number, "app", 0) for number in NUMBERS):
        assert order["total"] == pytest.approx(sum(line["price"] * line["count"] for line in order["lines"]))


def test_every_so_many_cannot_be_mailed() -> None:
    """Neither can what is no order at all."""
    bodies = [msgspec.json.encode(make_order(number, "web", 0)) for number in NUMBERS]
    assert [can_be_mailed(body) for body in bodies].count(False) == 10
    assert not any(map(can_be_mailed, (b"", b"{}", b"[1]", b'{"customer": {"email": 3}}', b"\xff")))
