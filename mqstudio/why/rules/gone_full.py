"""Gone: its queue was full and let the oldest go."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.dead import lost, queue_of, queue_row
from mqstudio.why.facts import MessageFacts
from mqstudio.why.limits import limit_of
from mqstudio.why.lives import ended


def look(facts: MessageFacts) -> Said | None:
    """Which limit."""
    step = ended(facts, "maxlen")
    if step is None:
        return None
    row = queue_row(facts, step.queue)
    says = text(
        "Queue '{queue}' was full and let its oldest message go, which was this one.", queue=step.queue
    )
    proofs = [Proof(text("It was dropped."), step.at_us)]
    if row is not None:
        proofs.append(Proof(limit_of(row)))
    proofs += lost(row)
    then = text(
        "Consume faster, raise the limit, or have publishers told instead (overflow: reject-publish)."
    )
    return Said(
        says=says, proofs=tuple(proofs), then=then, verb="edit_settings", at=queue_of(facts, step.queue)
    )


RULE = Rule(
    asks="Where has it gone?",
    about=About.MESSAGE,
    look=look,
    link=links.OVERFLOW,
    severity=Severity.WARN,
    explains=("dropped:maxlen",),
)
