"""Dead letters that wait for somebody to look at them."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.circles import has_dead_letters
from mqstudio.why.facts import QueueFacts
from mqstudio.why.waiting import first_waits, since, waiting


def look(facts: QueueFacts) -> Said | None:
    """How many, and why they died."""
    if not facts.sample.ready or facts.consumers or not has_dead_letters(facts):
        return None
    first = facts.first
    if facts.message is not None:
        says = text("It waits: it is a dead letter, and nobody consumes queue '{queue}'.", queue=facts.name)
    else:
        says = waiting(facts, "dead letters, and nobody consumes them")
    proofs = [*first_waits(facts)]
    if first is not None and first.died_of:
        died = text("The first died in '{queue}': {why}.", queue=first.died_in, why=first.died_of)
        proofs.insert(0, Proof(died, first.died_first_us or 0))
    then = text("Look through them in triage; when their cause is mended, redrive them.")
    return Said(says=says, proofs=tuple(proofs), then=then, since_us=since(facts), verb="requeue")


RULE = Rule(
    asks="What lies in it?",
    about=About.QUEUE,
    look=look,
    link=links.DEAD_LETTERS,
    severity=Severity.WARN,
    hides=("queue_nobody_reads", "queue_no_consumer", "behind_others", "behind_priority", "queue_grows"),
    patience_us=0,
    holds_up=True,
)
