"""Asks rules about facts: what they find, without the symptoms of what they find as well."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from mqstudio.model.rows import FailedHandshake, MessageState
from mqstudio.registry import Discovery, discover
from mqstudio.why import facts as f
from mqstudio.why.base import About, Finding, Rule, Said, Subject

PACKAGE: Final = "mqstudio.why.rules"

Facts = (
    f.MessageFacts
    | f.QueueFacts
    | f.ConsumerFacts
    | f.ExchangeFacts
    | f.ClientFacts
    | f.BrokerFacts
    | f.AttemptFacts
)
Rules = Mapping[str, Rule]


def find_rules() -> tuple[Rules, Discovery]:
    """All rules by name; and what failed to load, for whoever reports that."""
    found = discover(PACKAGE, "RULE")
    return dict(sorted(found.found.items())), found


def why(rules: Rules, facts: Facts) -> list[Finding]:
    """Everything that the rules say about facts, the worst first; of a message that waits also what holds its
    queue up."""
    findings = list(_ask(rules, facts, lambda rule: True))
    if isinstance(facts, f.MessageFacts) and facts.queue is not None and _waits(facts):
        findings += _ask(rules, facts.queue, lambda rule: rule.holds_up)
    return in_order(without_symptoms(rules, findings))


def _waits(facts: f.MessageFacts) -> bool:
    return facts.row.state is MessageState.READY


def problems(rules: Rules, all_facts: Iterable[Facts], now_us: int) -> list[Finding]:
    """What is wrong by now: what has lasted as long as its rule is patient, without symptoms."""
    findings: list[Finding] = []
    for facts in all_facts:
        findings += _ask(rules, facts, lambda rule: rule.patience_us is not None)
    lasting = [each for each in findings if _has_lasted(rules[each.rule], each, now_us)]
    return in_order(without_symptoms(rules, lasting))


def _has_lasted(rule: Rule, finding: Finding, now_us: int) -> bool:
    return not finding.since_us or now_us - finding.since_us >= (rule.patience_us or 0)


def without_symptoms(rules: Rules, findings: Sequence[Finding]) -> list[Finding]:
    """Leave out what another finding causes: of the same thing, or of anything if it is the broker's."""
    hidden: set[tuple[str, Subject | None]] = set()
    for each in findings:
        whose = None if each.subject.about is About.BROKER else _thing(each.subject)
        hidden.update((name, whose) for name in rules[each.rule].hides)
    return [
        each
        for each in findings
        if (each.rule, None) not in hidden and (each.rule, _thing(each.subject)) not in hidden
    ]


def _thing(subject: Subject) -> Subject:
    """What causes and symptoms have in common: a message, or a consumer, and its queue are one thing."""
    if subject.about in {About.MESSAGE, About.CONSUMER}:
        return Subject(About.QUEUE, subject.vhost, subject.name)
    return subject


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The worst first, then by what they are about."""
    return sorted(
        findings, key=lambda each: (-each.severity, each.subject.vhost, each.subject.name, each.rule)
    )


def _ask(rules: Rules, facts: Facts, is_meant: Callable[[Rule], bool]) -> Iterable[Finding]:
    about = ABOUT[type(facts)]
    for name, rule in rules.items():
        if rule.about is about and is_meant(rule):
            said = rule.look(facts)
            if said is not None:
                yield _finding(name, rule, facts, said)


def _finding(name: str, rule: Rule, facts: Facts, said: Said) -> Finding:
    severity = rule.severity if said.severity is None else said.severity
    return Finding(
        name,
        SUBJECTS[type(facts)](facts),
        severity,
        said.says,
        said.proofs,
        said.then,
        said.link or rule.link,
        said.since_us,
        said.verb,
        said.at,
    )


ABOUT: Final[dict[type, About]] = {
    f.MessageFacts: About.MESSAGE,
    f.QueueFacts: About.QUEUE,
    f.ConsumerFacts: About.CONSUMER,
    f.ExchangeFacts: About.EXCHANGE,
    f.ClientFacts: About.CLIENT,
    f.BrokerFacts: About.BROKER,
    f.AttemptFacts: About.ATTEMPT,
}

SUBJECTS: Final[dict[type, Callable[[Any], Subject]]] = {  # Any: each takes its own facts
    f.MessageFacts: lambda facts: Subject(About.MESSAGE, facts.vhost, facts.row.queue, facts.row.message_id),
    f.QueueFacts: lambda facts: Subject(About.QUEUE, facts.row.vhost, facts.name),
    f.ConsumerFacts: lambda facts: Subject(
        About.CONSUMER, facts.queue.row.vhost, facts.queue.name, facts.consumer.row.id
    ),
    f.ExchangeFacts: lambda facts: Subject(About.EXCHANGE, facts.row.vhost, facts.row.spec.name),
    f.ClientFacts: lambda facts: Subject(
        About.CLIENT, facts.sample.vhost, facts.sample.name, facts.sample.id
    ),
    f.BrokerFacts: lambda facts: Subject(About.BROKER),
    f.AttemptFacts: lambda facts: Subject(About.ATTEMPT, "", _who(facts.attempt)),
}


def _who(attempt: FailedHandshake) -> str:
    host = attempt.address.rpartition(":")[0] or attempt.address
    return f"{attempt.name or host} {attempt.why}"
