"""Gone: as a dead letter it went round in circles."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.dead import queue_of
from mqstudio.why.facts import MessageFacts
from mqstudio.why.lives import ended


def look(facts: MessageFacts) -> Said | None:
    """The circle."""
    step = ended(facts, "cycle")
    if step is None:
        return None
    says = text(
        "As a dead letter it came back to queue '{queue}', where it had died before: the broker ends "
        "such circles.",
        queue=step.queue,
    )
    proofs = [Proof(text("It was dropped."), step.at_us)]
    deaths = facts.past.deaths if facts.past is not None else ()
    if deaths:
        way = " → ".join(f"'{each.queue}' ({each.reason})" for each in reversed(deaths))
        proofs.append(Proof(text("It went {way} → '{queue}'.", way=way, queue=step.queue)))
    then = text(
        "Have the dead letters of one of these queues go elsewhere. Only a consumer's rejection lets "
        "one go round again."
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
    explains=("dropped:cycle",),
)
