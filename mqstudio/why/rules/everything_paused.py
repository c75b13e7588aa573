"""Everything is paused: nobody is handed anything."""

from mqstudio.why import links
from mqstudio.why.base import About, Rule, Said, Severity, text
from mqstudio.why.facts import BrokerFacts
from mqstudio.why.waiting import paused_all


def look(facts: BrokerFacts) -> Said | None:
    """Who paused it."""
    if not facts.totals.is_paused:
        return None
    says = text("Everything is paused: no queue hands anything over.")
    proofs = paused_all(facts.happenings)
    then = text("Resume everything when you have seen enough.")
    return Said(says=says, proofs=proofs, then=then, verb="pause_all")


RULE = Rule(
    asks="Why is nothing handed over?",
    about=About.BROKER,
    look=look,
    link=links.CONSUMERS,
    severity=Severity.WARN,
    hides=(
        "queue_paused",
        "queue_no_consumer",
        "queue_nobody_reads",
        "queue_grows",
        "credit_spent",
        "active_consumer_busy",
        "exclusive_consumer_busy",
        "consumers_paused",
        "consumer_does_not_read",
        "dead_letters_wait",
    ),
    patience_us=0,
)
