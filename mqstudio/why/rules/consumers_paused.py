"""A queue whose consumers are all paused."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.facts import QueueFacts
from mqstudio.why.waiting import first_waits, waiting
from mqstudio.why.words import listed


def look(facts: QueueFacts) -> Said | None:
    """Which of them."""
    if (
        not facts.sample.ready
        or not facts.consumers
        or not all(each.row.is_paused for each in facts.consumers)
    ):
        return None
    says = waiting(facts, "all of its consumers are paused")
    names = listed([f"'{each.title}'" for each in facts.consumers])
    proofs = (Proof(text("Paused: {names}.", names=names)), *first_waits(facts))
    then = text("Resume the consumers when you have seen enough.")
    return Said(says=says, proofs=proofs, then=then, verb="pause_consumer")


RULE = Rule(
    asks="Why is nothing handed over?",
    about=About.QUEUE,
    look=look,
    link=links.CONSUMERS,
    severity=Severity.WARN,
    hides=("queue_grows", "behind_others", "behind_priority"),
    patience_us=0,
    holds_up=True,
)
