"""Gone: its queue was deleted."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.facts import MessageFacts
from mqstudio.why.lives import ended


def look(facts: MessageFacts) -> Said | None:
    """Why the queue was."""
    step = ended(facts, "queue_deleted")
    if step is None:
        return None
    says = text("Queue '{queue}' was deleted, and all that was in it.", queue=step.queue)
    proofs = [Proof(text("The queue was deleted."), step.at_us)]
    for each in facts.happenings:
        if each.what == "queue_deleted" and (each.vhost, each.queue, each.at_us) == (
            facts.vhost,
            step.queue,
            step.at_us,
        ):
            proofs = [Proof(text("The queue was deleted: {why}.", why=each.reason), each.at_us)]
    then = text(
        "If it is to outlive its clients, declare the queue without auto-delete, exclusive and x-expires."
    )
    return Said(says=says, proofs=tuple(proofs), then=then, verb="declare")


RULE = Rule(
    asks="Where has it gone?",
    about=About.MESSAGE,
    look=look,
    link=links.TEMPORARY,
    severity=Severity.WARN,
    explains=("dropped:queue_deleted",),
)
