"""Redelivered: its consumer asked for all that it held once more."""

from mqstudio.why import links
from mqstudio.why.base import About, Rule, Said, text
from mqstudio.why.facts import MessageFacts
from mqstudio.why.lives import came_back, handed_over, holder, release


def look(facts: MessageFacts) -> Said | None:
    """Who asked."""
    step = release(facts, "recovered")
    if step is None:
        return None
    says = text(
        "'{who}' asked for everything it held to be handed over anew (basic.recover).", who=holder(step)
    )
    then = text("Acknowledge what is done before recovering: all the rest comes again.")
    return Said(says=says, proofs=(*handed_over(facts, step), came_back(facts, step)), then=then)


RULE = Rule(
    asks="Why was it handed over again?",
    about=About.MESSAGE,
    look=look,
    link=links.REQUEUED,
    explains=("released:recovered",),
)
