"""Bindings that nearly matched, and how they differ."""

from typing import Any

import pytest

from mqstudio.model.rows import ExchangeRow
from mqstudio.model.topology import BindingSpec, ExchangeSpec
from mqstudio.why.nearly import near_bindings, near_names
from tests.support.why_facts import exchange


def _headers(**wanted: Any) -> ExchangeRow:  # Any: what headers hold
    arguments = {name.replace("_", "-"): value for name, value in wanted.items()}
    return ExchangeRow(ExchangeSpec("h", "headers"), "/", [BindingSpec("h", "orders", "", arguments)])


@pytest.mark.parametrize(
    ("kind", "has", "key", "says"),
    [
        ("direct", "orders", "ORDERS", "only in upper and lower case"),
        ("direct", "orders", "orders\t", "only in spaces at an end"),
        ("direct", "eu.orders", "eu/orders", "only in what stands between the words"),
        ("direct", "orders", "orderz", "one character off"),
        ("direct", "invoices", "invioceS", "two characters off"),
        ("direct", "eu.#", "eu.new", "if this were a topic exchange"),
        ("topic", "eu.*", "EU.new", "only in upper and lower case"),
        ("topic", "eu.*", "eu.new.paid", "is for 2 words, and the key has 3"),
        ("topic", "eu.*.paid", "eu.new", "wants 3 words, and the key has 2"),
        ("topic", "eu.*", "eu-new", "parted by dots"),
        ("topic", "orders.*", "ordres.new", "has the word 'orders' where the key has 'ordres'"),
        ("topic", "orders", "ordres", "one character off"),
    ],
)
def test_keys_that_nearly_match(kind: str, has: str, key: str, says: str) -> None:
    """The one difference is told."""
    (near,) = near_bindings(exchange("ex", kind, has), key, {})
    assert says in str(near.says)
    assert f"'{has}'" in str(near.says)


@pytest.mark.parametrize(
    ("kind", "has", "key"),
    [
        ("direct", "orders", "payments"), ("direct", "ab", "ac"), ("topic", "eu.*", "us.new"),
        ("topic", "eu.*.paid", "us.new"), ("fanout", "", "orders"), ("x-random", "a", "b"),
    ],
)  # fmt: skip
def test_keys_that_are_something_else(kind: str, has: str, key: str) -> None:
    """What differs in more than one thing, or is too short to tell, is not told of."""
    assert near_bindings(exchange("ex", kind, has), key, {}) == []


def test_the_nearest_come_first() -> None:
    """And only a few."""
    row = exchange("ex", "direct", "orderss", "Orders", "ordexx", "orders ", "other")
    found = near_bindings(row, "orders", {})
    assert [each.key for each in found] == ["Orders", "orders ", "orderss"]


@pytest.mark.parametrize(
    ("wanted", "has", "says"),
    [
        ({"year": 2026}, {"year": "2026"}, 'wants header year = 2026, and the message has "2026"'),
        ({"paid": True}, {"paid": 1}, "wants header paid = true, and the message has 1"),
        ({"x_match": "all", "a": 1, "b": 2}, {"a": 1}, "wants header b = 2 as well (x-match: all)"),
        ({"x_match": "any", "a": 1, "b": 2}, {"a": 3}, "wants header a = 1, and the message has 3"),
        ({"tenant": "acme"}, {"Tenant": "acme"}, "the message calls it Tenant"),
    ],
)
def test_headers_that_nearly_match(wanted: dict[str, Any], has: dict[str, Any], says: str) -> None:
    """Of a binding that wants headers, the one that differs."""
    (near,) = near_bindings(_headers(**wanted), "", has)
    assert says in str(near.says)


def test_headers_that_have_nothing_in_common() -> None:
    """Are not told of."""
    assert near_bindings(_headers(x_match="all", a=1, b=2), "", {"c": 3}) == []
    assert near_bindings(_headers(x_match="any", a=1), "", {"c": 3}) == []
    assert near_bindings(_headers(a=1), "", {"a": 1}) == []


def test_names_that_were_perhaps_meant() -> None:
    """The nearest first; nothing that is another word."""
    assert near_names(["orders", "Order", "mail", "orderz"], "order") == ["Order", "orders", "orderz"]
    assert near_names(["mail"], "order") == []
