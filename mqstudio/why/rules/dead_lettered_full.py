"""Dead-lettered: its queue was full."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.dead import proofs_of, queue_of, queue_row
from mqstudio.why.facts import MessageFacts
from mqstudio.why.limits import limit_of
from mqstudio.why.lives import death


def look(facts: MessageFacts) -> Said | None:
    """Which limit it was."""
    died = death(facts, "maxlen")
    if died is None:
        return None
    queue, at_us, _ = died
    row = queue_row(facts, queue)
    says = text("Queue '{queue}' was full, and it had to make room.", queue=queue)
    proofs = proofs_of(facts, queue, at_us)
    if row is not None:
        proofs = (Proof(limit_of(row)), *proofs)
    then = text("Consume faster, raise the limit, or have publishers told instead (reject-publish).")
    return Said(says=says, proofs=proofs, then=then, verb="edit_settings", at=queue_of(facts, queue))


RULE = Rule(
    asks="Why is it a dead letter?",
    about=About.MESSAGE,
    look=look,
    link=links.MAX_LENGTH,
    severity=Severity.WARN,
    explains=("dead_lettered:maxlen",),
)
