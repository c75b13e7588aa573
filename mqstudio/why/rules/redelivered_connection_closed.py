"""Redelivered: the connection that held it ended."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, text
from mqstudio.why.facts import MessageFacts
from mqstudio.why.lives import came_back, closing, handed_over, holder, release


def look(facts: MessageFacts) -> Said | None:
    """Whose connection, and why it ended."""
    step = release(facts, "connection_closed")
    if step is None:
        return None
    says = text("The connection of '{who}' ended before it had acknowledged it.", who=holder(step))
    proofs = (*handed_over(facts, step), came_back(facts, step))
    end = closing(facts, step)
    if end is not None:
        why = (
            text("The connection ended: {why}.", why=end.reason)
            if end.reason
            else text("It closed as agreed.")
        )
        proofs = (Proof(why, end.at_us), *proofs)
    then = text("Did that program crash or stop? Whatever a connection holds comes back when it ends.")
    return Said(says=says, proofs=proofs, then=then)


RULE = Rule(
    asks="Why was it handed over again?",
    about=About.MESSAGE,
    look=look,
    link=links.REQUEUED,
    explains=("released:connection_closed",),
)
