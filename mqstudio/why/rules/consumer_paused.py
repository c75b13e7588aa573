"""A consumer that gets nothing: somebody paused it."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.facts import ConsumerFacts


def look(facts: ConsumerFacts) -> Said | None:
    """Who, and when."""
    consumer = facts.consumer
    if not consumer.row.is_paused:
        return None
    says = text("'{who}' gets nothing: it is paused.", who=consumer.title)
    by = [e for e in facts.queue.happenings if e.what == "intervened" and e.tag == str(consumer.row.id)]
    if by:
        proof = Proof(text("'{by}' paused it.", by=by[-1].client or "Somebody"), by[-1].at_us)
    else:
        proof = Proof(text("It is paused; who did it is not remembered."))
    return Said(
        says=says, proofs=(proof,), then=text("Resume it when you have seen enough."), verb="pause_consumer"
    )


RULE = Rule(
    asks="Why does it get nothing?",
    about=About.CONSUMER,
    look=look,
    link=links.CONSUMERS,
    severity=Severity.WARN,
    hides=(
        "consumer_queue_empty",
        "consumer_credit_spent",
        "consumer_low_priority",
        "consumer_not_active",
        "consumer_socket_full",
    ),
)
