"""Refused: a full queue did not take it, and its publisher was told so."""

from mqstudio.model.rules import Overflow
from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.dead import queue_of
from mqstudio.why.facts import MessageFacts
from mqstudio.why.limits import limit_of


def look(facts: MessageFacts) -> Said | None:
    """The queue that was full."""
    step = next((each for each in reversed(facts.life) if each.what == "refused"), None)
    if step is None or step.message_id not in {0, facts.row.message_id}:
        return None
    says = text(
        "Queue '{queue}' was full and refused it; a publisher that waits for confirms got a nack.",
        queue=step.queue,
    )
    proofs = [Proof(text("The queue refused it."), step.at_us)]
    for row in facts.topology.queues:
        if (row.vhost, row.spec.name) == (step.vhost, step.queue):
            proofs.append(Proof(limit_of(row)))
            if row.rules.overflow is Overflow.REFUSE_AND_DEAD_LETTER:
                proofs.append(
                    Proof(text("It went to the queue's dead letters instead (reject-publish-dlx)."))
                )
    then = text(
        "Publish again when there is room: consume faster, raise the limit, or let the oldest go (drop-head)."
    )
    return Said(
        says=says, proofs=tuple(proofs), then=then, verb="edit_settings", at=queue_of(facts, step.queue)
    )


RULE = Rule(
    asks="Why was the publish not confirmed?",
    about=About.MESSAGE,
    look=look,
    link=links.OVERFLOW,
    severity=Severity.WARN,
    explains=("refused",),
)
