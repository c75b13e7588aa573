"""Redelivered: the client that held it was disconnected by hand."""

from mqstudio.why import links
from mqstudio.why.base import About, Rule, Said, text
from mqstudio.why.facts import MessageFacts
from mqstudio.why.lives import came_back, handed_over, holder, release


def look(facts: MessageFacts) -> Said | None:
    """Who was sent away."""
    step = release(facts, "kicked")
    if step is None:
        return None
    says = text("Somebody disconnected '{who}' by hand while it held the message.", who=holder(step))
    then = text("That is how it should be: nothing that was not acknowledged is lost.")
    return Said(says=says, proofs=(*handed_over(facts, step), came_back(facts, step)), then=then)


RULE = Rule(
    asks="Why was it handed over again?",
    about=About.MESSAGE,
    look=look,
    link=links.REQUEUED,
    explains=("released:kicked",),
)
