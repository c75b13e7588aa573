"""Whether a message is one that is searched for."""

from typing import Any

import pytest

from mqstudio.model.message import HUB_FORMAT, Header, Message, Properties, encode_properties
from mqstudio.model.queries import Search
from mqstudio.store.matching import Matcher

BODY = b'{"id": 17, "who": {"name": "Ada"}, "lines": [{"sku": "A1"}, 2.5], "paid": true, "note": null}'
HEADERS = [
    Header("tenant", "string", "acme"),
    Header("n", "int32", 5),
    Header("raw", "bytes", b"xy"),
    Header("yes", "bool", True),
    Header("ratio", "double", 0.5),
]
MESSAGE = Message(
    7, BODY, encode_properties(Properties(headers=HEADERS)), "shop", "eu.orders", 1_000, HUB_FORMAT, 1
)


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ({}, True),
        ({"text": "Ada"}, True),
        ({"text": "ada"}, False),
        ({"exchange": "shop"}, True),
        ({"exchange": ""}, False),
        ({"key_part": "orders"}, True),
        ({"key_part": "order."}, False),
        ({"since_us": 1_000, "until_us": 1_000}, True),
        ({"since_us": 1_001}, False),
        ({"until_us": 999}, False),
        ({"headers": {"tenant": "acme", "n": "5"}}, True),
        ({"headers": {"tenant": "acme", "n": "6"}}, False),
        ({"headers": {"none": "acme"}}, False),
        ({"headers": {"raw": "xy", "yes": "true", "ratio": "0.5"}}, True),
        ({"headers": {"ratio": "half"}}, False),
        ({"json": {"id": "17", "who.name": "Ada", "lines.0.sku": "A1"}}, True),
        ({"json": {"who.name": '"Ada"', "paid": "true", "note": "null", "lines.1": "2.5"}}, True),
        ({"json": {"lines.7": "1"}}, False),
        ({"json": {"lines.x": "1"}}, False),
        ({"json": {"who": "Ada"}}, False),
        ({"json": {"id.deeper": "17"}}, False),
        ({"text": "Ada", "json": {"id": "18"}}, False),
    ],
)
def test_all_that_is_given_must_be_so(wanted: dict[str, Any], fits: bool) -> None:
    assert Matcher(Search(**wanted)).fits(MESSAGE) is fits


@pytest.mark.parametrize("body", [b"", b"no json", b"\xff\xfe", b"[" * 100_000, b'{"id"'])
def test_a_body_that_is_no_json_has_no_values(body: bytes) -> None:
    message = Message(7, body, b"\xff", "", "", 1, HUB_FORMAT, 1)
    assert not Matcher(Search(json={"id": "17"})).fits(message)
    assert not Matcher(Search(headers={"a": "b"})).fits(message)
