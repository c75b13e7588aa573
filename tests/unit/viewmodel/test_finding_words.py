"""Findings for people: in their language, with names that do nothing."""

from mqstudio.viewmodel.finding_words import about, answer_of, answers_of, said
from mqstudio.why.base import About, Severity, Subject, text
from tests.support.list_broker import START_US
from tests.support.rules_at_hand import finding


def test_names_are_shown_as_they_are_and_do_nothing() -> None:
    """Neither braces nor what could turn the line round."""
    evil = "<b>{queue}\u202e\n"
    assert said(text("Queue '{queue}' waits.", queue=evil)) == "Queue '<b>{queue}\\u202e\\n' waits."
    assert about(Subject(About.QUEUE, "/", evil)) == "queue <b>{queue}\\u202e\\n"


def test_an_answer_tells_when_and_since_when() -> None:
    """A fact with a time has its clock, one without is so now."""
    found = finding(at_us=START_US, since_us=START_US)
    answer = answer_of(found, START_US + 65_000_000)
    assert answer.level == "warn"
    assert answer.proofs[0].at != ""
    assert answer.since == "1 m 05 s"
    assert answer.spoken.endswith("Start the program that consumes it")
    assert answer_of(finding(), START_US).proofs[0].at == ""


def test_everything_has_a_title() -> None:
    """Whatever a finding is about."""
    titles = [about(Subject(each, "/", "x", 7)) for each in About]
    assert all(titles)
    assert len(set(titles)) == len(About)
    assert about(Subject(About.EXCHANGE, "/", "")) == "exchange (default)"


def test_many_keep_their_order() -> None:
    """The rules have sorted them."""
    found = [finding("a", Severity.BAD), finding("b", Severity.INFO)]
    assert [each.level for each in answers_of(found, 0)] == ["bad", "info"]
