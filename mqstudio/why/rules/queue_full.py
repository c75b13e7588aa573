"""A queue that is full: the oldest go, or publishers are refused."""

from mqstudio.model.rules import Overflow, QueueKind
from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.facts import QueueFacts
from mqstudio.why.limits import limit_of
from mqstudio.why.words import counted


def look(facts: QueueFacts) -> Said | None:
    """Which limit, and what becomes of what is too much."""
    rules = facts.row.rules
    if rules.kind is QueueKind.LOG or rules.max_messages is None or facts.sample.ready < rules.max_messages:
        return None
    if not rules.max_messages:
        return None
    if rules.overflow is Overflow.DROP_HEAD:
        says = text(
            "Queue '{queue}' is full: each message that comes pushes out the oldest.", queue=facts.name
        )
        lost = facts.sample.counters.dropped + facts.sample.counters.dead_lettered
        gone = text("{n} left it without a consumer so far.", n=counted(lost, "message"))
    else:
        says = text("Queue '{queue}' is full: publishers are refused.", queue=facts.name)
        gone = text("Those that wait for confirms get a nack ({overflow}).", overflow=rules.overflow.value)
    then = text("Consume faster, or raise the limit.")
    return Said(says=says, proofs=(Proof(limit_of(facts.row)), Proof(gone)), then=then, verb="edit_settings")


RULE = Rule(
    asks="Why are messages lost or refused?",
    about=About.QUEUE,
    look=look,
    link=links.OVERFLOW,
    severity=Severity.WARN,
    hides=("queue_grows",),
    patience_us=0,
)
