"""What is asked, what is hidden, what has lasted long enough, and in which order it is told."""

from msgspec.structs import replace

from mqstudio.model.samples import Totals
from mqstudio.why.answering import find_rules, problems, why
from mqstudio.why.base import Severity, text
from mqstudio.why.facts import BrokerFacts
from tests.support import why_facts as m
from tests.support.why_facts import NOW, READY, SECOND

RULES, _ = find_rules()


def _names(findings: object) -> list[str]:
    return [each.rule for each in findings]  # type: ignore[attr-defined]  # a list of findings


def test_a_message_that_waits_is_told_what_holds_its_queue_up() -> None:
    """In words about the message."""
    facts = m.message(READY, queue=m.queue(3, 2, m.consumer(2, 2), message=m.row()), ahead=2, first=m.row())
    (finding,) = why(RULES, facts)
    assert finding.rule == "credit_spent"
    assert str(finding.says).startswith("It waits: its consumer holds")


def test_causes_hide_their_symptoms() -> None:
    """A queue that is paused has no other problem, though nobody consumes from it either."""
    assert _names(why(RULES, m.queue(3, happenings=()))) == ["queue_no_consumer"]
    paused = m.queue(3, sample={"is_paused": True})
    assert _names(why(RULES, paused)) == ["queue_paused"]


def test_what_the_broker_causes_is_hidden_everywhere() -> None:
    """Everything is paused: that is the one problem."""
    facts = [m.queue(3), BrokerFacts(now_us=NOW, totals=Totals(is_paused=True))]
    assert _names(problems(RULES, facts, NOW + 100 * SECOND)) == ["everything_paused"]


def test_a_cause_in_one_queue_hides_nothing_in_another() -> None:
    """Each queue has its own reasons."""
    other = replace(m.queue(3), row=m.queue_row("other"))
    found = problems(RULES, [m.queue(3, sample={"is_paused": True}), other], NOW + 100 * SECOND)
    assert sorted((each.rule, each.subject.name) for each in found) == [
        ("queue_no_consumer", "other"), ("queue_paused", "orders"),
    ]  # fmt: skip


def test_a_problem_has_to_last() -> None:
    """What is so for a moment only is no problem; who asks is told at once."""
    fresh = m.queue(3, first=m.row(published_at_us=NOW - SECOND))
    assert _names(why(RULES, fresh)) == ["queue_no_consumer"]
    assert problems(RULES, [fresh], NOW) == []
    assert _names(problems(RULES, [fresh], NOW + 29 * SECOND)) == ["queue_no_consumer"]
    assert problems(RULES, [fresh], NOW + 28 * SECOND) == []


def test_what_only_answers_is_no_problem() -> None:
    """A consumer that gets nothing because there is nothing is all right."""
    asked = m.one_of(m.consumer(), m.queue())
    assert _names(why(RULES, asked)) == ["consumer_queue_empty"]
    assert problems(RULES, [asked], NOW) == []


def test_the_worst_comes_first() -> None:
    """Then by name."""
    facts = [m.queue(2, first=m.row(delivery_count=30)), m.attempt("no handshake within 10 s")]
    found = problems(RULES, facts, NOW + 100 * SECOND)
    assert [each.severity for each in found] == sorted((each.severity for each in found), reverse=True)
    assert found[0].severity is Severity.BAD


def test_a_finding_is_known_by_its_rule_and_what_it_is_about() -> None:
    """Not by figures that change."""
    one, later = (why(RULES, m.queue(n))[0] for n in (3, 4))
    assert one.says != later.says
    assert one.key == later.key


def test_names_are_values_of_a_sentence() -> None:
    """Whatever is in them: braces are letters there."""
    said = text("Queue '{queue}'", queue="{0} {evil} <b>")
    assert str(said) == "Queue '{0} {evil} <b>'"
