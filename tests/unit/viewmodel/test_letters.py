"""What dead letters have in common."""

from typing import Any

import pytest

from mqstudio.model.message import Header, Properties
from mqstudio.model.rows import MessageDetail, MessageRow, MessageState
from mqstudio.viewmodel.letters import By, exception_of, group_row, groups_of, header_of, key_of, path_of
from tests.support.list_broker import START_US

MINUTE_US = 60_000_000


def letter(message_id: int = 1, **fields: Any) -> MessageRow:
    known = {"died_of": "rejected", "died_in": "orders", "deaths": 1, "died_first_us": START_US, **fields}
    return MessageRow(message_id, "dead", MessageState.READY, "dlx", "new", 5, "hello", START_US, **known)


def detail(body: bytes = b"{}", **headers: Any) -> MessageDetail:
    said = [Header(name.replace("__", "-"), "string", value) for name, value in headers.items()]
    return MessageDetail(letter(), Properties(headers=said), body, 0, "hub", "", [])


@pytest.mark.parametrize(
    ("headers", "exception"),
    [
        ({}, ""),
        ({"error": "total < 0"}, "total < 0"),
        (
            {"x__exception__type": "ValidationError", "x__exception__message": "total<0"},
            "ValidationError: total<0",
        ),
        ({"x__exception__message": "boom"}, "boom"),
        ({"exception": "Boom\n  at Shop.java:12"}, "Boom"),
        ({"error": b"\xff bytes"}, "\ufffd bytes"),
        ({"error": "order 88120 of 3f2504e0-4f89-11d3-9a0c-0305e82c3301 failed"}, "order … of … failed"),
    ],
)
def test_the_exception_is_told_without_what_differs_each_time(
    headers: dict[str, Any], exception: str
) -> None:
    assert exception_of(detail(**headers)) == exception


def test_headers_and_paths_are_read_as_keys() -> None:
    assert header_of("tenant")(detail(tenant="acme")) == "acme"
    assert header_of("tenant")(detail()) == "(none)"
    body = detail(b'{"error":{"code":7},"ok":true,"list":[1]}')
    assert path_of(("error", "code"))(body) == "7"
    assert path_of(("ok",))(body) == "true"
    assert path_of(("list",))(body) == "[1]"
    assert path_of(("gone",))(body) == "(none)"
    assert path_of(("x",))(detail(b"no")) == "(no JSON)"


@pytest.mark.parametrize(
    ("by", "row", "read", "key"),
    [
        (By.REASON, letter(), {}, "rejected"),
        (By.REASON, letter(), {1: "boom"}, "rejected: boom"),
        (By.REASON, letter(died_of="maxlen"), {}, "did not fit"),
        (By.REASON, letter(died_of=""), {}, "never died"),
        (By.SOURCE, letter(), {}, "orders"),
        (By.SOURCE, letter(died_in=""), {}, "(published here)"),
        (By.KEY, letter(), {}, "new"),
        (By.EXCEPTION, letter(), {}, "(not read yet)"),
        (By.EXCEPTION, letter(), {1: ""}, "(none)"),
        (By.HEADER, letter(), {1: "acme"}, "acme"),
    ],
)
def test_which_group_a_letter_is_in(by: By, row: MessageRow, read: dict[int, str], key: str) -> None:
    assert key_of(by, row, read) == key


def test_groups_are_ordered_by_size_and_times_newest_first() -> None:
    rows = [letter(1, died_in="a"), letter(2, died_in="b"), letter(3, died_in="b"), letter(4, died_in="c")]
    assert list(groups_of(By.SOURCE, rows, {})) == ["b", "a", "c"]
    later = [letter(5, died_first_us=START_US + n * MINUTE_US) for n in (0, 2, 1)]
    keys = list(groups_of(By.FIRST_SEEN, later, {}))
    assert keys == sorted(keys, reverse=True) and len(keys) == 3


def test_a_group_knows_its_oldest_and_newest() -> None:
    rows = [letter(1), letter(2, died_first_us=START_US + 5), letter(3, died_first_us=None)]
    group = group_row("bad\x00", rows)
    assert (group.count, group.first_us, group.last_us) == (3, START_US, START_US + 5)
    assert group.title == "bad\\x00"
