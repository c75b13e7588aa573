"""A queue that somebody has paused."""

from mqstudio.why import links
from mqstudio.why.base import About, Rule, Said, Severity, text
from mqstudio.why.facts import QueueFacts
from mqstudio.why.waiting import paused


def look(facts: QueueFacts) -> Said | None:
    """Who paused it."""
    if not facts.sample.is_paused:
        return None
    says = text("It waits: queue '{queue}' is paused.", queue=facts.name)
    if facts.message is None:
        says = text("Queue '{queue}' is paused: nothing is handed over.", queue=facts.name)
    then = text(
        "Resume the queue when you have seen enough. All else goes on meanwhile: it takes messages in."
    )
    return Said(says=says, proofs=paused(facts), then=then, verb="pause_queue")


RULE = Rule(
    asks="Why is nothing handed over?",
    about=About.QUEUE,
    look=look,
    link=links.CONSUMERS,
    severity=Severity.WARN,
    hides=(
        "queue_grows",
        "queue_no_consumer",
        "queue_nobody_reads",
        "credit_spent",
        "active_consumer_busy",
        "consumers_paused",
        "consumer_does_not_read",
        "behind_others",
        "behind_priority",
        "consumer_queue_empty",
        "consumer_credit_spent",
        "consumer_low_priority",
        "consumer_not_active",
        "consumer_paused",
        "dead_letters_wait",
    ),
    patience_us=0,
    holds_up=True,
)
