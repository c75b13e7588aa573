"""A consumer that gets nothing: its queue is empty."""

from mqstudio.model.rules import QueueKind
from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.facts import ConsumerFacts
from mqstudio.why.words import counted, listed


def look(facts: ConsumerFacts) -> Said | None:
    """When the queue was used, and what it is bound with."""
    queue = facts.queue
    if queue.sample.ready or facts.consumer.row.unacked or queue.row.rules.kind is QueueKind.LOG:
        return None
    says = text("'{who}' gets nothing: queue '{queue}' is empty.", who=facts.consumer.title, queue=queue.name)
    came = queue.sample.counters.published
    proofs = [Proof(text("{n} came to it so far.", n=counted(came, "message")))]
    keys = sorted({binding.routing_key for binding in queue.row.bindings if binding.exchange})
    if keys:
        shown = listed([f"'{key}'" for key in keys])
        proofs.append(Proof(text("Besides its name it is bound with {keys}.", keys=shown)))
    elif not came:
        proofs.append(Proof(text("No exchange is bound to it: only its name as the routing key leads here.")))
    then = text(
        "Does anybody publish? Look at the exchange: is the routing key the one that the queue is bound with?"
    )
    return Said(says=says, proofs=tuple(proofs), then=then)


RULE = Rule(
    asks="Why does it get nothing?",
    about=About.CONSUMER,
    look=look,
    link=links.CONSUMERS,
    severity=Severity.INFO,
)
