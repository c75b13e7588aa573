"""Gone: its stream keeps only so much."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, text
from mqstudio.why.dead import queue_of, queue_row
from mqstudio.why.facts import MessageFacts
from mqstudio.why.limits import bounds_of, limit_of
from mqstudio.why.lives import ended
from mqstudio.why.words import duration


def look(facts: MessageFacts) -> Said | None:
    """How much it keeps."""
    step = ended(facts, "retention")
    if step is None:
        return None
    says = text("Stream '{queue}' keeps only so much, and this was the oldest.", queue=step.queue)
    proofs = [Proof(text("It was let go of."), step.at_us)]
    row = queue_row(facts, step.queue)
    if row is not None and bounds_of(row.rules):
        proofs.append(Proof(limit_of(row)))
    if row is not None and row.rules.max_age_us is not None:
        proofs.append(
            Proof(text("It keeps messages for {age} (x-max-age).", age=duration(row.rules.max_age_us)))
        )
    then = text("Let the stream keep more: x-max-length-bytes, x-max-age.")
    return Said(
        says=says, proofs=tuple(proofs), then=then, verb="edit_settings", at=queue_of(facts, step.queue)
    )


RULE = Rule(
    asks="Where has it gone?",
    about=About.MESSAGE,
    look=look,
    link=links.STREAMS,
    explains=("dropped:retention",),
)
