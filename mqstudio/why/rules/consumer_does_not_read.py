"""Consumers whose client does not read what it is sent."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.facts import QueueFacts
from mqstudio.why.waiting import first_waits, readers, since, waiting
from mqstudio.why.words import listed


def look(facts: QueueFacts) -> Said | None:
    """Whose sockets are full."""
    able = readers(facts)
    if not facts.sample.ready or not able or not all(each.is_slow for each in able):
        return None
    names = listed([f"'{each.title}'" for each in able])
    says = waiting(facts, "what was sent to {names} is not read", names=names)
    proofs = (
        Proof(text("Its socket is full: the broker sends no more before it has read.")),
        *first_waits(facts),
    )
    then = text(
        "That program is stuck, stopped in a debugger, or too slow for its network: look at it, or kick it."
    )
    return Said(says=says, proofs=proofs, then=then, verb="kick", since_us=since(facts))


RULE = Rule(
    asks="Why is nothing handed over?",
    about=About.QUEUE,
    look=look,
    link=links.CONNECTIONS,
    severity=Severity.WARN,
    hides=(
        "credit_spent",
        "queue_grows",
        "behind_others",
        "behind_priority",
        "unacked_grow",
        "consumers_without_prefetch",
    ),
    patience_us=10_000_000,
    holds_up=True,
)
