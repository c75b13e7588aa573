"""Dead-lettered: it came back too often."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.dead import proofs_of, queue_row
from mqstudio.why.facts import MessageFacts
from mqstudio.why.lives import death


def look(facts: MessageFacts) -> Said | None:
    """How often it came back, and how often it may."""
    died = death(facts, "delivery_limit")
    if died is None:
        return None
    queue, at_us, _ = died
    row = queue_row(facts, queue)
    limit = row.rules.delivery_limit if row is not None else None
    says = text(
        "It came back to queue '{queue}' more often than it may: no consumer could use it.", queue=queue
    )
    proofs = proofs_of(facts, queue, at_us)
    if limit is not None:
        proofs = (Proof(text("The queue's delivery limit is {limit}.", limit=limit)), *proofs)
    then = text("Look what in it the consumer stumbles over; when that is mended, redrive it.")
    return Said(says=says, proofs=proofs, then=then, verb="requeue")


RULE = Rule(
    asks="Why is it a dead letter?",
    about=About.MESSAGE,
    look=look,
    link=links.POISON,
    severity=Severity.WARN,
    explains=("dead_lettered:delivery_limit",),
)
