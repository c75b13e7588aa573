"""Waiting: its exchange holds it for a while."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, text
from mqstudio.why.facts import MessageFacts


def look(facts: MessageFacts) -> Said | None:
    """Until when."""
    step = facts.last("delayed")
    if step is None or step is not facts.own[-1]:
        return None
    says = text("Exchange '{exchange}' holds it, as its publisher asked by x-delay.", exchange=step.exchange)
    proofs = (Proof(text("It is held {detail}.", detail=step.detail), step.at_us),)
    then = text("It goes on by itself when its time has come, as a new message with a number of its own.")
    return Said(says=says, proofs=proofs, then=then)


RULE = Rule(
    asks="Why does it wait?",
    about=About.MESSAGE,
    look=look,
    link=links.SCHEDULING,
    explains=("delayed",),
)
