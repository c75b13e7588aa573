"""A consumer that gets nothing: another one is the active one."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.facts import ConsumerFacts


def look(facts: ConsumerFacts) -> Said | None:
    """Who is."""
    consumer, queue = facts.consumer, facts.queue
    if not queue.row.rules.is_single_active or consumer.row.is_active:
        return None
    active = next((each for each in queue.consumers if each.row.is_active), None)
    says = text(
        "'{who}' gets nothing: queue '{queue}' is for one consumer at a time.",
        who=consumer.title,
        queue=queue.name,
    )
    if active is not None:
        proof = Proof(text("'{active}' is the active one.", active=active.title))
    else:
        proof = Proof(text("The queue has x-single-active-consumer, and this is not the active one."))
    then = text(
        "It takes over when that one leaves. To share the work declare the queue without "
        "x-single-active-consumer."
    )
    return Said(says=says, proofs=(proof,), then=then)


RULE = Rule(
    asks="Why does it get nothing?",
    about=About.CONSUMER,
    look=look,
    link=links.SINGLE_ACTIVE,
    severity=Severity.INFO,
    hides=("consumer_queue_empty", "consumer_low_priority"),
)
