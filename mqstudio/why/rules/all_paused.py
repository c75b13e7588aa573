"""A queue that hands nothing over, since everything is paused."""

from mqstudio.why import links
from mqstudio.why.base import About, Rule, Said, Severity, text
from mqstudio.why.facts import QueueFacts
from mqstudio.why.waiting import paused_all


def look(facts: QueueFacts) -> Said | None:
    """Who paused everything."""
    if not facts.is_all_paused or not facts.sample.ready:
        return None
    says = text("It waits: everything is paused.")
    if facts.message is None:
        says = text("Queue '{queue}' hands nothing over: everything is paused.", queue=facts.name)
    then = text("Resume everything when you have seen enough.")
    return Said(says=says, proofs=paused_all(facts.happenings), then=then, verb="pause_all")


RULE = Rule(
    asks="Why is nothing handed over?",
    about=About.QUEUE,
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
        "behind_others",
        "behind_priority",
        "dead_letters_wait",
    ),
    holds_up=True,
)
