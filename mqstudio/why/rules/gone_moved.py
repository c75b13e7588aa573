"""Gone: somebody moved it."""

from mqstudio.model.rows import MessageState
from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, text
from mqstudio.why.facts import MessageFacts


def look(facts: MessageFacts) -> Said | None:
    """Where to."""
    step = facts.last("moved")
    if step is None or facts.row.state is not MessageState.PURGED:
        return None
    says = text(
        "Somebody took it out of queue '{queue}' by hand; it goes on as message #{id}.",
        queue=step.queue,
        id=step.successor_id,
    )
    proofs = (Proof(text("It was {detail}.", detail=step.detail), step.at_us),)
    return Said(says=says, proofs=proofs, then=text("Undo puts it back to where it was."))


RULE = Rule(
    asks="Where has it gone?",
    about=About.MESSAGE,
    look=look,
    link=links.MOVING,
    explains=("moved",),
)
