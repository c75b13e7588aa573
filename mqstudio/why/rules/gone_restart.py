"""Gone: the broker was restarted, and it was not to survive that."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.dead import queue_row
from mqstudio.why.facts import MessageFacts

LOST = "broker_stopped"
PERSISTENT = 2


def look(facts: MessageFacts) -> Said | None:
    """What of it does not last: the message, or its queue."""
    if facts.row.ended_because != LOST:
        return None
    says = text("The broker was stopped, and the message was not to survive that.")
    proofs = []
    if facts.broker is not None:
        proofs.append(Proof(text("The broker started again."), facts.broker.started_at_us))
    row = queue_row(facts, facts.row.queue)
    if facts.properties.delivery_mode != PERSISTENT:
        proofs.append(Proof(text("It was published as transient (delivery mode 1, or none).")))
    if row is None:
        proofs.append(Proof(text("Queue '{queue}' is gone: it was not durable.", queue=facts.row.queue)))
    elif not row.spec.is_durable:
        proofs.append(Proof(text("Queue '{queue}' is not durable.", queue=facts.row.queue)))
    then = text("To survive a restart a message has to be persistent (delivery mode 2), in a durable queue.")
    return Said(says=says, proofs=tuple(proofs), then=then, verb="resend")


RULE = Rule(
    asks="Where has it gone?",
    about=About.MESSAGE,
    look=look,
    link=links.DURABILITY,
    severity=Severity.WARN,
    explains=("restarted:lost", "dropped:broker_stopped"),
)
