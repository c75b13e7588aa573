"""A queue for one consumer at a time, which is busy; the others may not help."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.facts import QueueFacts
from mqstudio.why.waiting import oldest_held, readers, waiting, what_it_holds
from mqstudio.why.words import counted


def look(facts: QueueFacts) -> Said | None:
    """Who is the active one."""
    if not facts.row.rules.is_single_active or not facts.sample.ready or len(facts.consumers) < 2:
        return None
    active = readers(facts)
    if not active or not active[0].is_full:
        return None
    idle = len(facts.consumers) - 1
    says = waiting(
        facts,
        "only '{who}' gets messages (single active consumer), and it holds as many as it may",
        who=active[0].title,
    )
    proofs = (
        what_it_holds(facts, active[0]),
        Proof(text("Behind it, and getting nothing: {n}.", n=counted(idle, "consumer"))),
    )
    then = text("Wait for it to acknowledge, or cancel it: then the next one is active.")
    return Said(says=says, proofs=proofs, then=then, since_us=oldest_held(facts))


RULE = Rule(
    asks="Why is nothing handed over?",
    about=About.QUEUE,
    look=look,
    link=links.SINGLE_ACTIVE,
    severity=Severity.WARN,
    hides=("queue_grows", "behind_others", "unacked_grow"),
    patience_us=30_000_000,
    holds_up=True,
)
