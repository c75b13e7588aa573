"""Filters as people write them, and what is said of those that are none."""

import pytest

from mqstudio.model.filters.problems import FilterError
from mqstudio.model.filters.syntax import parse
from mqstudio.model.filters.tree import EVERYTHING, fields_of, write
from mqstudio.model.limits import FILTER_CHARACTERS, FILTER_DEPTH


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("body.total > 100 and state == ready", "body.total > 100 and state == ready"),
        ("body.total>100 && state=ready", "body.total > 100 and state == ready"),
        ("ready acme", "ready and acme"),
        ("a or b c", "a or (b and c)"),
        ("a and (b or not c)", "a and (b or not c)"),
        ("!a || !!b", "not a or not not b"),
        ("routing_key != 'eu.new'", 'key != "eu.new"'),
        ("key not in (a, 'b c')", 'key not in (a, "b c")'),
        ("size between 1KB and 2 MB and x", "size between 1KB and 2mb and x"),
        ("last 5m", "time last 5m"),
        ("time in last 5 m", "time last 5m"),
        ("time >= 2026-01-31 10:30", "time >= 2026-01-31 10:30"),
        ("headers.x", "headers.x exists"),
        ("body.a not exists", "not body.a exists"),
        ("redelivered", "redelivered == true"),
        ('"redelivered"', '"redelivered"'),
        ("last", "last"),
        ("acme last 5m", "acme and time last 5m"),
        ("last week", "last and week"),
        ("time not last 1h", "time not last 1h"),
        ('body["unit price"].x', 'body["unit price"].x exists'),
        ('body."a b" == 1', 'body["a b"] == 1'),
        ("body[0][-1].x == null", "body[0][-1].x == null"),
        ('key contains "a \\"b\\" \\\\ c"', 'key contains "a \\"b\\" \\\\ c"'),
        ("don't panic", "don't and panic"),
        ("STATE == READY AND NOT x", "state == READY and not x"),
    ],
)
def test_what_is_meant(text: str, canonical: str) -> None:
    """Each is read, and written as we would write it."""
    assert write(parse(text)) == canonical


def test_nothing_is_a_filter_that_lets_all_pass() -> None:
    """Also if it is only spaces."""
    assert parse("") == parse("  ") == EVERYTHING


@pytest.mark.parametrize(
    ("text", "wrong", "says"),
    [
        ("stat == ready", "stat", "There is no field 'stat'. Did you mean state?"),
        (
            "total > 100",
            "total",
            "There is no field 'total'. Values in bodies are body.total, headers are headers.total;"
            " words to look for need quotes.",
        ),
        ("100 < body.total", "100", "There is no field '100'. A field comes first: body.total > 100."),
        ("state == redy", "redy", "'redy' is no state. States are ready, in_flight, done,"),
        ("size > abc", "abc", "'abc' is no size. Write a size, such as 500, 1KB or 2MB."),
        ("age > 5", "5", "'5' is no duration. Write a number with a unit"),
        ("priority > 5s", "5s", "'5s' is no number. Write a number, such as 5."),
        ("time > tomorrow", "tomorrow", "'tomorrow' is no time. Write 10:30,"),
        ("time > 25:00", "25:00", "'25:00' is no time."),
        ("redelivered == 1", "1", "'redelivered' is true or false. Write true or false."),
        ("state > ready", ">", "'state' is a state, which has no >. It knows: ==, exists, in."),
        ("size contains 5", "contains", "'size' is a size, which has no contains."),
        ("body > x", ">", "'body' is a text, which has no >."),
        ("key.x == 1", ".x", "'key' has no parts. Write key alone; only headers and body have parts."),
        ("body. == 1", ".", "This path cannot be read here."),
        ("body.x > 5s", "5s", "What a message says has no unit of time."),
        ("body.x > true", "true", "Nothing is more or less than true. Ask with == or !=."),
        ("key ==", "==", "A value is missing after ==."),
        ("key == and x", "==", "A value is missing after ==."),
        ("a and", "and", "Something is missing after and."),
        ("and a", "and", "Something is missing before and."),
        ("(a or b", "(", "There is no ) for this one. Close it."),
        ("a)", ")", "Nothing can stand here. There is no ( for it."),
        ("key in a", "in", "'in' needs a list in parentheses."),
        ("key in (a", "(", "This list has no ) at its end."),
        ("size between 1 or 2", "between", "'between' needs two values."),
        ('key == "abc', '"abc', 'This text has no closing quote. Write " where it ends.'),
        ("contains x", "contains", "'contains' needs a field before it. Put quotes around it"),
        ('"a b" == key', '"a b"', "What is compared comes first: a field."),
        ('key matches "("', '"("', "'(' is no pattern we can use"),
        ("x " * FILTER_CHARACTERS, "x " * (FILTER_CHARACTERS // 2), "This filter has 8,000 characters;"),
        ("(" * (FILTER_DEPTH + 1), "(", "Nobody understands what is nested so deeply."),
        (" ".join(["key matches a"] * 9), "key", "A filter has at most 8 patterns."),
    ],
)
def test_what_is_wrong_and_what_would_work(text: str, wrong: str, says: str) -> None:
    """The error marks what is wrong, and says what would work."""
    with pytest.raises(FilterError) as caught:
        parse(text)
    error = caught.value
    assert text[error.position : error.position + error.length] == wrong
    assert error.says.startswith(says)


def test_the_fields_that_a_filter_asks_about() -> None:
    """Through all that it is made of; a text that may be anywhere names none."""
    asked = fields_of(parse('body.total > 100 and not (state == ready or key == "a") and shop'))
    assert asked == {"body", "state", "key"}
    assert fields_of(parse("")) == frozenset()
