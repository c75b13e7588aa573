"""Redelivered: somebody released it by hand."""

from mqstudio.why import links
from mqstudio.why.base import About, Rule, Said, text
from mqstudio.why.facts import MessageFacts
from mqstudio.why.lives import came_back, handed_over, holder, last_release


def look(facts: MessageFacts) -> Said | None:
    """From whom it was taken."""
    step = last_release(facts)
    if step is None or step.forced_by is None:
        return None
    says = text("Somebody released it by hand while '{who}' held it.", who=holder(step))
    then = text("When its holder settles it later, that is ignored.")
    return Said(says=says, proofs=(*handed_over(facts, step), came_back(facts, step)), then=then)


RULE = Rule(
    asks="Why was it handed over again?",
    about=About.MESSAGE,
    look=look,
    link=links.REQUEUED,
    explains=("released:by_hand",),
)
