"""Gone: a consumer rejected it, and nothing was to become of it."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.dead import lost, queue_of, queue_row, rejection
from mqstudio.why.facts import MessageFacts
from mqstudio.why.lives import delivery_before, ended, holder


def look(facts: MessageFacts) -> Said | None:
    """Who rejected it."""
    step = ended(facts, "rejected")
    if step is None:
        return None
    rejected = rejection(facts, step.queue)
    by_hand = rejected is not None and rejected.forced_by is not None
    who = holder(delivery_before(facts, rejected) or rejected) if rejected is not None else "somebody"
    if by_hand:
        says = text("Somebody rejected it by hand while '{who}' held it.", who=who)
    else:
        says = text("'{who}' rejected it, without putting it back.", who=who)
    proofs = [Proof(text("It was rejected, and dropped."), step.at_us), *lost(queue_row(facts, step.queue))]
    then = text(
        "Give queue '{queue}' a dead-letter exchange to keep such messages; its program's log says why.",
        queue=step.queue,
    )
    return Said(
        says=says, proofs=tuple(proofs), then=then, verb="edit_settings", at=queue_of(facts, step.queue)
    )


RULE = Rule(
    asks="Where has it gone?",
    about=About.MESSAGE,
    look=look,
    link=links.DEAD_LETTERS,
    severity=Severity.BAD,
    explains=("dropped:rejected",),
)
