"""A message as a program: literals in every language mean exactly what they say."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mqstudio.model.message import Header, Properties
from mqstudio.viewmodel.code import csharp, go, java, javascript, python, shell
from mqstudio.viewmodel.code.languages import LANGUAGES
from mqstudio.viewmodel.code.letter import Letter

EVERY_BYTE = bytes(range(256))
NASTY = "a'b\"c\\d`e`$HOME $(id) !\n\t\r é € 😀 \u2028 {x} %s\\n"
TYPED = [
    Header("text'\"\\", "string", NASTY),
    Header("count", "int64", 2**40),
    Header("small", "int32", -5),
    Header("half", "double", 0.5),
    Header("yes", "bool", True),
    Header("none", "null", None),
    Header("raw", "bytes", EVERY_BYTE),
    Header("at", "timestamp", 1_700_000_000),
    Header("price", "decimal", "12.50"),
    Header("inner", "table", [Header("a", "string", "b")]),
    Header("list", "list", [Header("", "string", "x"), Header("", "int64", 2**33)]),
]
FULL = Properties(
    content_type="application/json", headers=TYPED, delivery_mode=2, priority=4, correlation_id=NASTY,
    reply_to="replies", expiration="60000", message_id="m-1", timestamp_s=1_700_000_001, type="order",
    app_id="shop",
)  # fmt: skip


def test_a_shell_comment_ends_where_it_should() -> None:
    """A header's name with a line feed runs nothing."""
    evil = Properties(headers=[Header("x\nrm -rf ~", "int64", 1)])
    lines = shell.write(Letter("", "q", b"", evil)).splitlines()
    assert [line[:1] for line in lines] == ["#", "p"]


def test_what_a_shell_cannot_say_is_left_out_and_said() -> None:
    """An argument has no NUL; the command has one virtual host."""
    said = Properties(headers=[Header("nul", "string", "a\0b")])
    line = shell.write(Letter("", "q", b"", said, vhost="shop"))
    assert "\0" not in line
    assert line.startswith('# It goes to the virtual host /, and not to "shop".\n# Left out: "nul"')


def unescaped(literal: str) -> str:
    """What a literal of C's family means."""
    meanings = {"n": "\n", "r": "\r", "t": "\t"}

    def meaning(match: re.Match[str]) -> str:
        code = match[2] or match[3]
        return chr(int(code, 16)) if code else meanings.get(match[1], match[1])

    assert literal[0] == literal[-1] == '"'
    assert not re.search(r'(?<!\\)(?:\\\\)*"', literal[1:-1])
    plain = re.sub(r"\\(u([0-9a-f]{4})|U([0-9a-f]{8})|.)", meaning, literal[1:-1])
    return plain.encode("utf-16", "surrogatepass").decode("utf-16")


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize("write", [javascript.text, java.text, csharp.text, go.text])
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=TEXTS)
def test_literals_mean_what_they_say(write: Callable[[str], str], text: str) -> None:
    """In every language, for every text; only printable ASCII is in them."""
    literal = write(text)
    assert literal.isascii() and literal.isprintable()
    assert unescaped(literal) == text


@given(text=TEXTS)
def test_javascript_literals_are_json(text: str) -> None:
    """Which Node reads."""
    assert json.loads(javascript.text(text)) == text


def test_java_has_no_escape_that_ends_a_literal_early() -> None:
    r"""A compiler turns \u000a into a line feed before it looks for literals."""
    literal = java.text("".join(map(chr, range(0x100))))
    assert not re.search(r"\\u00(0a|0d|22|5c)", literal)


@given(body=st.binary())
def test_go_writes_bytes_as_bytes(body: bytes) -> None:
    """Each of them, so that none becomes a letter of two."""
    inner = go.raw(body).removeprefix('[]byte("').removesuffix('")')
    shorts = {r"\n": b"\n", r"\r": b"\r", r"\t": b"\t", r"\"": b'"', r"\\": b"\\"}
    found = b"".join(
        shorts.get(each) or (bytes([int(each[2:], 16)]) if each.startswith("\\x") else each.encode())
        for each in re.findall(r"\\x..|\\.|.", inner)
    )
    assert found == body


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda each: each.name)
def test_every_language_has_all_of_it(language: Any) -> None:
    """Where to, and each property; what is no text goes as Base64 or in escapes."""
    written = language.write(Letter("shop.ex", "eu.new", EVERY_BYTE, FULL))
    for wanted in ("shop.ex", "eu.new", "m-1", "60000", "order", "replies"):
        assert wanted in written
    assert written.endswith("\n")
    bare = language.write(Letter("", "q", b"hello", Properties()))
    assert "hello" in bare


def test_java_joins_what_is_too_long_for_a_constant() -> None:
    """65,535 bytes are the most."""
    written = java.write(Letter("", "q", "é".encode() * 40_000, Properties()))
    assert max(map(len, re.findall(r'"[^"]*"', written))) < 65_535 * 2
    assert 'String.join("", "' in written


def test_odd_numbers_are_written_so_that_they_compile() -> None:
    """Infinity has no literal; a whole number beyond 53 bits is no float."""
    said = Properties(headers=[Header("x", "double", float("inf")), Header("y", "int64", 2**60)])
    sent = Letter("", "q", b"", said)
    assert "'x': 'inf'" in python.write(sent)
    assert python.write(sent).startswith('# Header "x" is a double: pika has none, it goes as text.')
    assert f"{2**60}n" in javascript.write(sent) and "Infinity" in javascript.write(sent)
    assert "Double.POSITIVE_INFINITY" in java.write(sent)
    assert "double.PositiveInfinity" in csharp.write(sent)
    assert "math.Inf(1)" in go.write(sent) and '"math"' in go.write(sent)
