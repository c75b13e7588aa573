"""Done: a consumer acknowledged it."""

from mqstudio.model.rows import MessageState
from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, text
from mqstudio.why.facts import MessageFacts
from mqstudio.why.lives import delivery_before, holder
from mqstudio.why.words import duration


def look(facts: MessageFacts) -> Said | None:
    """Who, and how long it took."""
    step = facts.last("settled")
    if step is None or step.outcome != "accepted" or step.forced_by is not None:
        return None
    before = delivery_before(facts, step)
    if facts.row.state is not MessageState.DONE or before is None or before.is_auto_settled:
        return None
    took = duration(step.at_us - before.at_us)
    says = text("'{who}' acknowledged it after {took}: it is done.", who=holder(before), took=took)
    proofs = (
        Proof(text("It was handed over."), before.at_us),
        Proof(text("It was acknowledged."), step.at_us),
    )
    then = text("All is as it should be. To have it done once more, resend it.")
    return Said(says=says, proofs=proofs, then=then, verb="resend")


RULE = Rule(
    asks="Where has it gone?",
    about=About.MESSAGE,
    look=look,
    link=links.ACKS,
    explains=("settled:accepted",),
)
