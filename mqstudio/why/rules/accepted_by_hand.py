"""Done: somebody accepted it by hand."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, text
from mqstudio.why.facts import MessageFacts
from mqstudio.why.lives import holder


def look(facts: MessageFacts) -> Said | None:
    """From whom it was taken."""
    step = facts.last("settled")
    if step is None or step.outcome != "accepted" or step.forced_by is None:
        return None
    says = text("Somebody accepted it by hand while '{who}' held it: it counts as done.", who=holder(step))
    proofs = (Proof(text("It was accepted."), step.at_us),)
    return Said(says=says, proofs=proofs, then=text("To have it worked on, resend it."), verb="resend")


RULE = Rule(
    asks="Where has it gone?",
    about=About.MESSAGE,
    look=look,
    link=links.ACKS,
    explains=("forced:accepted",),
)
