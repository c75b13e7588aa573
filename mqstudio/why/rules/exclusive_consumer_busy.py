"""A consumer that wants the queue alone, and is busy: no other can help."""

from mqstudio.why import links
from mqstudio.why.base import About, Rule, Said, Severity, text
from mqstudio.why.facts import QueueFacts
from mqstudio.why.waiting import oldest_held, waiting, what_it_holds


def look(facts: QueueFacts) -> Said | None:
    """Who has it alone."""
    alone = next((each for each in facts.consumers if each.row.is_exclusive), None)
    if alone is None or not facts.sample.ready or not alone.is_full:
        return None
    says = waiting(
        facts,
        "'{who}' has the queue alone (exclusive), and holds as many messages as it may",
        who=alone.title,
    )
    then = text("Wait for it to acknowledge, or subscribe without exclusive so that others can help.")
    return Said(says=says, proofs=(what_it_holds(facts, alone),), then=then, since_us=oldest_held(facts))


RULE = Rule(
    asks="Why is nothing handed over?",
    about=About.QUEUE,
    look=look,
    link=links.EXCLUSIVE,
    severity=Severity.WARN,
    hides=("credit_spent", "queue_grows", "behind_others", "unacked_grow"),
    patience_us=30_000_000,
    holds_up=True,
)
