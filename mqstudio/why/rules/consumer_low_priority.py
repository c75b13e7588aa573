"""A consumer that gets nothing: others go first."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.facts import ConsumerFacts
from mqstudio.why.words import listed


def look(facts: ConsumerFacts) -> Said | None:
    """Who is before it."""
    consumer, queue = facts.consumer, facts.queue
    if consumer.is_full or consumer.row.is_paused or queue.row.rules.is_single_active:
        return None
    before = [
        each for each in queue.consumers if each.row.priority > consumer.row.priority and not each.is_full
    ]
    before = [each for each in before if not (each.row.is_paused or each.is_slow)]
    if not before:
        return None
    says = text(
        "'{who}' gets nothing as long as consumers of a higher priority can take messages.",
        who=consumer.title,
    )
    names = listed([f"'{each.title}' ({each.row.priority})" for each in before])
    proofs = (
        Proof(text("Its priority is {mine}; before it: {names}.", mine=consumer.row.priority, names=names)),
    )
    then = text("Give it the same priority (x-priority), or the others a smaller prefetch.")
    return Said(says=says, proofs=proofs, then=then)


RULE = Rule(
    asks="Why does it get nothing?",
    about=About.CONSUMER,
    look=look,
    link=links.CONSUMER_PRIORITY,
    severity=Severity.INFO,
    hides=("consumer_queue_empty",),
)
