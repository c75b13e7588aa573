"""Colour rules are changed in peace: nothing counts until it is saved."""

import pytest

from mqstudio.viewmodel.colour_rule_form import ColourRuleForm
from mqstudio.viewmodel.colour_rules import FIRST_RULES, ColourRules

QUEUE = "/\norders"


@pytest.fixture
def rules() -> ColourRules:
    return ColourRules()


@pytest.fixture
def form(rules: ColourRules) -> ColourRuleForm:
    return ColourRuleForm(rules, QUEUE)


def test_a_rule_is_added_and_saved(rules: ColourRules, form: ColourRuleForm) -> None:
    """For this queue at first, in a colour that is free; until it is saved the old ones count."""
    form.add()
    form.edit(name="big", where="size > 1MB")
    assert rules.rules == list(FIRST_RULES)
    assert form.save()
    assert [rule.name for rule in rules.rules] == ["dead", "again", "slow", "big"]
    assert rules.rules[-1].queue == QUEUE
    assert rules.rules[-1].colour not in [rule.colour for rule in FIRST_RULES]


def test_the_order_is_what_counts(rules: ColourRules, form: ColourRuleForm) -> None:
    """A rule moves as far as there is room, and stays the one that is looked at."""
    form.move(-1)
    form.move(1)
    form.move(1)
    form.move(1)
    assert [rule.name for rule in form.rules] == ["again", "slow", "dead"]
    assert form.rule == FIRST_RULES[0]
    form.save()
    assert rules.rules[-1] == FIRST_RULES[0]


def test_a_mistake_is_shown_where_it_is(rules: ColourRules, form: ColourRuleForm) -> None:
    """Saving goes to the rule that cannot be used, and says why."""
    form.choose(1)
    form.edit(where="size >")
    assert form.problem
    form.choose(2)
    assert not form.save()
    assert form.place == 1
    assert "again" in form.problem
    assert rules.rules == list(FIRST_RULES)


def test_rules_go_and_come_back(form: ColourRuleForm) -> None:
    """Down to none, which is fine; starting over brings the first ones back."""
    for _ in range(4):
        form.remove()
    assert form.rules == []
    assert form.rule is None
    assert form.save()
    form.start_over()
    assert form.rules == list(FIRST_RULES)


def test_a_rule_can_be_switched_off(rules: ColourRules, form: ColourRuleForm) -> None:
    form.set_on(0, is_on=False)
    form.save()
    assert [rule.name for rule in rules.of(QUEUE)] == ["again", "slow"]
