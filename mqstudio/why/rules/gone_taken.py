"""Gone: somebody took it out by basic.get, without acknowledging."""

from mqstudio.model.rows import MessageState
from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, text
from mqstudio.why.facts import MessageFacts
from mqstudio.why.lives import holder


def look(facts: MessageFacts) -> Said | None:
    """Who took it."""
    step = facts.last("delivered")
    if step is None or not step.is_auto_settled or step.tag or facts.row.state is not MessageState.DONE:
        return None
    says = text("'{who}' took it out by basic.get, without acknowledging it.", who=holder(step))
    proofs = (Proof(text("It was handed over, and counted as done at once."), step.at_us),)
    then = text(
        "Looking at messages that way takes them: peek in the window, or `mqstudio peek`, leaves "
        "them where they are."
    )
    return Said(says=says, proofs=proofs, then=then, verb="resend")


RULE = Rule(
    asks="Where has it gone?",
    about=About.MESSAGE,
    look=look,
    link=links.FETCHING,
    explains=("auto_settled:take",),
)
