"""What strangers named cannot disturb the terminal; tables line up."""

import pytest

from mqstudio.cli.output import as_text, counted, header_value, print_json, print_table, printable
from mqstudio.model.message import Header


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("orders.new", "orders.new"),
        ("grüße 注文", "grüße 注文"),
        ("a\x1b[31mred", r"a\x1b[31mred"),
        ("bell\x07", r"bell\x07"),
        ("two\nlines\t", r"two\nlines\t"),
        ("nul\x00", r"nul\x00"),
        ("\u202egnp.exe", r"\u202egnp.exe"),  # turns the writing round
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("c1\x9b", r"c1\x9b"),
        ("no\u00a0break", r"no\xa0break"),
    ],
)
def test_what_is_not_visible_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_layout_may_be_kept_where_text_is_shown_whole() -> None:
    assert printable("a\n\tb\x1b", keep=frozenset("\n\t")) == "a\n\tb\\x1b"


def test_columns_line_up_with_numbers_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("queue", "ready", ""), [("a", 5, "durable"), ("long\x1b", 1234, "")])
    assert capsys.readouterr().out.splitlines() == [
        "queue     ready",
        "a             5  durable",
        r"long\x1b   1234",
    ]


def test_wide_and_combining_characters_take_their_columns(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("q", "n"), [("注文", 1), ("e\u0301", 2)])
    assert capsys.readouterr().out.splitlines() == ["q     n", "注文  1", "e\u0301     2"]


def test_json_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": b"\xff", "b": "ü\n"})
    assert capsys.readouterr().out == '{"a":"/w==","b":"ü\\n"}\n'


def test_counts_agree_with_their_noun() -> None:
    assert [counted(n, "message") for n in (0, 1, 2)] == ["0 messages", "1 message", "2 messages"]


def test_bodies_that_are_not_utf8_are_no_text() -> None:
    assert as_text("ü".encode()) == "ü"
    assert as_text(b"\xff") is None


def test_nested_headers_are_shown_as_maps_and_lists() -> None:
    table = [Header("a", "int8", 1), Header("b", "list", [Header("", "string", "x"), Header("", "null")])]
    assert header_value(table) == {"a": 1, "b": ["x", None]}
    assert header_value([]) == []
