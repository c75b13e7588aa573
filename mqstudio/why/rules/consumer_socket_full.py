"""A consumer that gets nothing: its client does not read."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.facts import ConsumerFacts


def look(facts: ConsumerFacts) -> Said | None:
    """Its socket is full."""
    consumer = facts.consumer
    if not consumer.is_slow:
        return None
    says = text("'{who}' gets no more: it does not read what it was sent.", who=consumer.title)
    proofs = (Proof(text("Its socket is full: the broker sends no more before it has read.")),)
    then = text(
        "That program is stuck, stopped in a debugger, or too slow for its network: look at it, or kick it."
    )
    return Said(says=says, proofs=proofs, then=then, verb="kick")


RULE = Rule(
    asks="Why does it get nothing?",
    about=About.CONSUMER,
    look=look,
    link=links.CONNECTIONS,
    severity=Severity.WARN,
    hides=("consumer_queue_empty", "consumer_credit_spent"),
)
