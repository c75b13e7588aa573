"""Patterns are previewed with a bound."""

from mqstudio.model.policies import Policy
from mqstudio.viewmodel.matching import (
    LINES_MAX,
    match_preview,
    name_preview,
    pattern_problem,
    policy_matches,
)
from tests.unit.viewmodel.conftest import Shop


def test_a_pattern_that_is_none(shop: Shop) -> None:
    """Says why, and finds nothing."""
    assert "no pattern" in pattern_problem("((")
    assert policy_matches(shop.site.structure, Policy("/", "p", "((", {})) == []
    assert name_preview("Read", "((", ["a"]).title == "Read: no pattern yet"


def test_an_empty_permission_allows_nothing() -> None:
    """As RabbitMQ has it."""
    assert name_preview("Read", "", ["a"]).title == "Read: 0 names"
    assert name_preview("Read", ".*", ["a"]).lines == (("good", "a"),)


def test_many_names_are_counted(shop: Shop) -> None:
    """Only the first are listed."""
    for number in range(LINES_MAX + 5):
        shop.broker.add_queue(f"q{number:03}")
    shop.look()
    preview = match_preview(policy_matches(shop.site.structure, Policy("/", "p", "^q", {})))
    assert preview.title == f"Applies to {LINES_MAX + 5} names"
    assert len(preview.lines) == LINES_MAX + 1
    assert preview.lines[-1] == ("quiet", "and 5 more")
