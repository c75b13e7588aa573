"""Rows are coloured by rules that ask in the language of filters."""

from typing import Any

import pytest

from mqstudio.model import limits
from mqstudio.model.rows import MessageRow, MessageState
from mqstudio.viewmodel.colour_rules import (
    FIRST_RULES,
    SLOW_AT_LEAST,
    ColourRule,
    ColourRules,
    RowRules,
)
from mqstudio.viewmodel.message_values import ValueCache
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import START_US, Clock, ListBroker, run_now

QUEUE = "/\norders"
PAID = ColourRule("unpaid", "body.paid == false", "purged", "warning")


def row(state: MessageState = MessageState.READY, **fields: Any) -> MessageRow:
    return MessageRow(
        fields.pop("message_id", 1), "orders", state, "ex", "eu.new", 5, "hello", START_US, **fields
    )


@pytest.fixture
def rules() -> ColourRules:
    return ColourRules()


@pytest.fixture
def row_rules(rules: ColourRules, workspace: Workspace, clock: Clock) -> RowRules:
    return RowRules(rules, QUEUE, ValueCache(workspace, "/", "orders"), clock)


def name_of(row_rules: RowRules, message: MessageRow) -> str:
    rule = row_rules.rule_of(message)
    return "" if rule is None else rule.name


def test_the_first_rules(row_rules: RowRules) -> None:
    """Dead is red, redelivered amber; what is well has no colour."""
    assert name_of(row_rules, row()) == ""
    assert name_of(row_rules, row(MessageState.DEAD_LETTERED)) == "dead"
    assert name_of(row_rules, row(MessageState.DROPPED)) == "dead"
    assert name_of(row_rules, row(is_redelivered=True)) == "again"
    assert name_of(row_rules, row(MessageState.DONE)) == ""


def test_slow_is_what_is_slower_than_most(row_rules: RowRules) -> None:
    """Of so few that nobody can tell, none is."""

    def held(ms: int) -> MessageRow:
        ended_at_us = START_US + ms * 1_000
        return row(MessageState.DONE, delivered_at_us=START_US, ended_at_us=ended_at_us)

    row_rules.note_rows([held(ms) for ms in range(SLOW_AT_LEAST - 1)])
    assert name_of(row_rules, held(500)) == ""
    row_rules.note_rows([held(ms) for ms in range(1, 101)])
    assert [ms for ms in range(1, 101) if name_of(row_rules, held(ms))] == [97, 98, 99, 100]


def test_the_first_rule_that_fits_counts(rules: ColourRules, row_rules: RowRules) -> None:
    """A queue's own come before those for all; what is off does not count, nor what is another queue's."""
    own = ColourRule("mine", 'key startswith "eu"', "done", "info", queue=QUEUE)
    other = ColourRule("other", "size >= 0", "done", "info", queue="/\nother")
    assert rules.replace([other, *FIRST_RULES, own]) == ""
    assert name_of(row_rules, row(MessageState.DEAD_LETTERED)) == "mine"
    rules.replace([ColourRule("off", "size >= 0", "done", "info", is_on=False)])
    assert name_of(row_rules, row()) == ""


def test_what_rows_do_not_tell_is_asked_of_the_broker(
    rules: ColourRules, workspace: Workspace, broker: ListBroker, clock: Clock
) -> None:
    """Until the answer is there the row has no colour; the state is asked here, and may change."""
    values = ValueCache(workspace, "/", "orders")
    row_rules = RowRules(rules, QUEUE, values, clock)
    rules.replace([PAID, ColourRule("big", "state == ready and body.total > 9", "done", "info")])
    one = broker.add_message("orders", b'{"paid": true, "total": 10}')
    two = broker.add_message("orders", b'{"paid": false}')
    values.need([], row_rules.wheres)
    assert name_of(row_rules, row(message_id=one)) == ""
    name_of(row_rules, row(message_id=two))
    run_now(values.fetch())
    assert name_of(row_rules, row(message_id=one)) == "big"
    assert name_of(row_rules, row(MessageState.DONE, message_id=one)) == ""
    assert name_of(row_rules, row(message_id=two)) == "unpaid"


@pytest.mark.parametrize(
    "rule",
    [
        ColourRule("", "size > 5", "done", "info"),
        ColourRule("a", "size >", "done", "info"),
        ColourRule("a", "", "done", "info"),
        ColourRule("a", "size > 5", "mauve", "info"),
        ColourRule("a", "size > 5", "done", "../secret"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rules: ColourRules, rule: ColourRule) -> None:
    """With a reason, and nothing changes."""
    assert rules.replace([rule])
    assert rules.rules == list(FIRST_RULES)


def test_there_are_only_so_many(rules: ColourRules) -> None:
    assert rules.replace([PAID] * (limits.COLOUR_RULES_MAX + 1))


def test_they_are_there_the_next_time(rules: ColourRules) -> None:
    """What was kept badly is nothing; a rule that no longer makes sense is left out."""
    rules.replace([PAID])
    again = ColourRules()
    again.restore(rules.to_text())
    assert again.rules == [PAID]
    again.restore("{")
    assert again.rules == [PAID]
    again.restore('[{"name": "a", "where": "size >", "colour": "done", "icon": "info"}]')
    assert again.rules == []
    again.reset()
    assert again.rules == list(FIRST_RULES)
