"""What values of a patch come to."""

from typing import Any

import pytest

from mqstudio.model.filters.paths import MISSING
from mqstudio.model.patching.evaluating import evaluate
from mqstudio.model.patching.syntax import parse_patch
from mqstudio.model.patching.tree import PatchError, Ref

BODY = {"n": -3, "f": 1.25, "t": " Ab ", "none": None, "list": [1, 2], "yes": True, "huge": 10**300}


def find(ref: Ref) -> Any:
    return BODY.get(str(ref.steps[0]), MISSING)


def value(text: str) -> Any:
    expression = parse_patch(f"$.x = {text}").changes[0].value
    assert expression is not None
    return evaluate(expression, find)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("abs($.n)", 3),
        ("-$.n * 2 + 1", 7),
        ("7 / 2", 3.5),
        ("7 % 4", 3),
        ("round($.f, 1)", 1.2),
        ("round($.f)", 1),
        ("min($.n, 0)", -3),
        ("max($.n, 0, 5)", 5),
        ("upper(trim($.t))", "AB"),
        ("lower($.t) + '!'", " ab !"),
        ("replace($.t, 'b', 'c')", " Ac "),
        ("len($.list)", 2),
        ("number('12')", 12),
        ("number(' -1.5 ')", -1.5),
        ("text($.n) + text($.yes) + text(null)", "-3truenull"),
        ("default($.missing, 1)", 1),
        ("default($.none, 1)", 1),
        ("default($.n, $.missing)", -3),
        ("$.list", [1, 2]),
    ],
)
def test_results(text: str, result: Any) -> None:
    found = value(text)
    assert (found, type(found)) == (result, type(result))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("$.missing", "There is no $.missing. Write default($.missing, …)"),
        ("$.t + 1", "' Ab ' is no number"),
        ("abs($.yes)", "true or false is no number"),
        ("upper($.n)", "-3 is no text"),
        ("1 / 0", "divided by 0"),
        ("1 % 0", "divided by 0"),
        ("1e300 * 1e300", "too large a number"),
        ("number('x')", "'x' is no number"),
        ("number('nan')", "'nan' is no number"),
        (f"number('{'9' * 400}')", "is no number"),
        ("*".join(["$.huge"] * 40), "too large a number"),
        ("round(1, 99)", "places from -15 to 15"),
        ("replace('a', '', 'b')", "needs a text to look for"),
        ("len($.n)", "-3 has no length"),
    ],
)
def test_what_does_not_fit(text: str, says: str) -> None:
    with pytest.raises(PatchError) as error:
        value(text)
    assert says in error.value.says


def test_no_text_grows_without_end() -> None:
    long = "x" * 1_000_000
    expression = parse_patch("$.x = replace($.t, 'x', 'yyyyyyyyyy')").changes[0].value
    assert expression is not None
    with pytest.raises(PatchError, match="too long"):
        evaluate(expression, lambda _: long)
    twice = parse_patch("$.x = $.t + $.t").changes[0].value
    assert twice is not None
    with pytest.raises(PatchError, match="too long"):
        evaluate(twice, lambda _: long)
