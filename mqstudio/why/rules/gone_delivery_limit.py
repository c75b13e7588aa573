"""Gone: it came back too often, and nothing was to become of it."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.dead import lost, queue_of, queue_row
from mqstudio.why.facts import MessageFacts
from mqstudio.why.lives import ended
from mqstudio.why.words import counted


def look(facts: MessageFacts) -> Said | None:
    """How often."""
    step = ended(facts, "delivery_limit")
    if step is None:
        return None
    row = queue_row(facts, step.queue)
    times = sum(each.what == "delivered" for each in facts.own)
    says = text(
        "It came back to queue '{queue}' more often than it may, so the broker dropped it.", queue=step.queue
    )
    proofs = [Proof(text("It was handed over {times}.", times=counted(times, "time")), step.at_us)]
    if row is not None and row.rules.delivery_limit is not None:
        proofs.append(Proof(text("The queue's delivery limit is {limit}.", limit=row.rules.delivery_limit)))
    proofs += lost(row)
    then = text(
        "Look what in it the consumer stumbles over, and give the queue a dead-letter exchange to "
        "keep such messages."
    )
    return Said(
        says=says, proofs=tuple(proofs), then=then, verb="edit_settings", at=queue_of(facts, step.queue)
    )


RULE = Rule(
    asks="Where has it gone?",
    about=About.MESSAGE,
    look=look,
    link=links.POISON,
    severity=Severity.BAD,
    explains=("dropped:delivery_limit",),
)
