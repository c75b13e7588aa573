"""A consumer that gets nothing: it holds as much as it may."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.facts import ConsumerFacts
from mqstudio.why.waiting import what_it_holds


def look(facts: ConsumerFacts) -> Said | None:
    """What it holds."""
    consumer = facts.consumer
    if not consumer.is_full or not facts.queue.sample.ready:
        return None
    says = text("'{who}' gets no more: it holds as many messages as its prefetch allows.", who=consumer.title)
    shared = consumer.channel
    proofs = [what_it_holds(facts.queue, consumer)]
    if shared is not None and shared.credit and shared.unacked >= shared.credit:
        all_of = text(
            "All consumers of its channel together hold {n} of {most}.", n=shared.unacked, most=shared.credit
        )
        proofs.append(Proof(all_of))
    then = text("It gets more as soon as it acknowledges.")
    return Said(says=says, proofs=tuple(proofs), then=then)


RULE = Rule(
    asks="Why does it get nothing?",
    about=About.CONSUMER,
    look=look,
    link=links.PREFETCH,
    severity=Severity.WARN,
)
