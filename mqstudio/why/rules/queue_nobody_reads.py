"""A queue that nobody has ever read: what comes to it stays."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.circles import has_dead_letters
from mqstudio.why.facts import QueueFacts
from mqstudio.why.rules.queue_no_consumer import was_read
from mqstudio.why.waiting import first_waits, since, waiting
from mqstudio.why.words import counted


def look(facts: QueueFacts) -> Said | None:
    """How much there is, unless it is there for dead letters."""
    if facts.consumers or not facts.sample.ready or was_read(facts) or has_dead_letters(facts):
        return None
    says = waiting(facts, "nobody has ever consumed from it")
    came = text(
        "{count} came to it, none was ever handed over.",
        count=counted(facts.sample.counters.published, "message"),
    )
    then = text(
        "Start a consumer for it, or delete the queue, or its binding, if nobody needs what it collects."
    )
    return Said(
        says=says, proofs=(Proof(came), *first_waits(facts)), then=then, since_us=since(facts), verb="delete"
    )


RULE = Rule(
    asks="Why is nothing handed over?",
    about=About.QUEUE,
    look=look,
    link=links.CONSUMERS,
    severity=Severity.INFO,
    hides=("queue_grows", "behind_others", "behind_priority"),
    patience_us=60_000_000,
    holds_up=True,
)
