"""What is offered while one types."""

import pytest

from mqstudio.model.filters.completion import complete
from mqstudio.model.filters.seen import NAMES_MAX, VALUES_MAX, Seen
from mqstudio.model.message import Header, Properties


@pytest.fixture
def seen() -> Seen:
    found = Seen()
    found.note_body(
        b'{"total": 129.9, "customer": {"name": "Ada", "town": "Bonn"}, "lines": [{"sku": "A7"}]}'
    )
    found.note_body(b'{"total": "many", "odd name": true}')
    found.note_properties(Properties(headers=[Header("tenant", "string", "acme")], type="order.created"))
    found.note_field("key", "eu.new")
    return found


def offered(text: str, seen: Seen) -> list[str]:
    """`|` is the cursor. What the text is with each candidate, beginning with the likeliest."""
    cursor = text.index("|")
    text = text.replace("|", "")
    return [text[: c.start] + c.text + text[c.end :] for c in complete(text, cursor, seen)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("st|", "state"),
        ("sta| == ready", "state == ready"),
        ("body.to|", "body.total"),
        ("body.cust|", "body.customer"),
        ("body.customer.|", "body.customer.name"),
        ("town|", "body.customer.town"),
        ("headers.|", "headers.tenant"),
        ("state |", "state =="),
        ("state == |", "state == ready"),
        ("state == in|", "state == in_flight"),
        ("state in (ready, d|", "state in (ready, done"),
        ("key == |", 'key == "eu.new"'),
        ('key == "e|', 'key == "eu.new"'),
        ('key == "e|"', 'key == "eu.new"'),
        ("key == e|", 'key == "eu.new"'),
        ("headers.tenant == |", 'headers.tenant == "acme"'),
        ("body.total > |", "body.total > 129.9"),
        ("body.total between 1 and |", "body.total between 1 and 129.9"),
        ("redelivered == |", "redelivered == true"),
        ("age > |", "age > 30s"),
        ("key == a a|", "key == a and"),
        ("key == a and typ|", "key == a and type"),
        ("(pri|", "(priority"),
    ],
)
def test_the_first_thing_offered(text: str, first: str, seen: Seen) -> None:
    """Fields, headers and paths that were seen, operators a field knows, values that were seen."""
    assert offered(text, seen)[0] == first


def test_odd_names_are_offered_as_they_must_be_written(seen: Seen) -> None:
    """So that what is chosen can be read."""
    assert 'body["odd name"]' in offered("odd|", seen)


def test_candidates_say_what_was_seen(seen: Seen) -> None:
    """Types, and an example."""
    (total,) = [c for c in complete("body.total", 9, seen) if c.text == "body.total"]
    assert total.says == "number or text, such as 129.9"


def test_a_field_offers_only_operators_it_knows(seen: Seen) -> None:
    """A state is neither more nor less than another."""
    words = offered("state |", seen)
    assert "state in" in words
    assert "state >" not in words


def test_what_is_whole_is_not_offered_again(seen: Seen) -> None:
    """Enter then runs the filter."""
    assert "state" not in offered("state|", seen)


def test_what_is_seen_is_bounded() -> None:
    """However many names and values messages have."""
    seen = Seen()
    for number in range(2 * NAMES_MAX):
        seen.note_document({f"name{number}": number, "same": number})
    assert len(seen.paths) == NAMES_MAX
    assert len(seen.paths[".same"].values) == VALUES_MAX
    deep: object = 1
    for _ in range(100):
        deep = {"a": [deep] * 100}
    seen.note_document(deep)
    assert len(seen.paths) == NAMES_MAX
    seen.note_body(b"[" * 100_000)
