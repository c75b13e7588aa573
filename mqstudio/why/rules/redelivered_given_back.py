"""Redelivered: its consumer gave it back."""

from mqstudio.why import links
from mqstudio.why.base import About, Rule, Said, text
from mqstudio.why.facts import MessageFacts
from mqstudio.why.lives import came_back, handed_over, holder, release


def look(facts: MessageFacts) -> Said | None:
    """Who gave it back."""
    step = release(facts, "")
    if step is None:
        return None
    says = text("'{who}' gave it back to its queue (nack or reject, with requeue).", who=holder(step))
    then = text(
        "If that program cannot use it, have it reject without requeue: then it goes to the dead letters "
        "instead of coming again at once."
    )
    return Said(says=says, proofs=(*handed_over(facts, step), came_back(facts, step)), then=then)


RULE = Rule(
    asks="Why was it handed over again?",
    about=About.MESSAGE,
    look=look,
    link=links.NACK,
    explains=("released:",),
)
