"""Gone: its queue was purged, or somebody removed it."""

from mqstudio.model.rows import MessageState
from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, text
from mqstudio.why.facts import MessageFacts
from mqstudio.why.words import counted


def look(facts: MessageFacts) -> Said | None:
    """Whether all of the queue went, or only what somebody chose."""
    step = facts.last("purged")
    if step is None or facts.row.state is not MessageState.PURGED:
        return None
    queue = step.queue
    by = facts.around(step.at_us, "intervened")
    whole = facts.around(step.at_us, "queue_purged")
    if by is not None and by.reason == "remove" and by.queue == queue:
        says = text(
            "'{who}' removed it from queue '{queue}' by hand.", who=by.client or "Somebody", queue=queue
        )
    else:
        says = text("Queue '{queue}' was purged.", queue=queue)
    count = whole.count if whole is not None else by.count if by is not None else 0
    proofs = [Proof(text("It went to the bin."), step.at_us)]
    if count:
        proofs = [Proof(text("{count} went to the bin.", count=counted(count, "message")), step.at_us)]
    then = text("Undo brings them all back to their places, as long as the bin is kept.")
    return Said(says=says, proofs=tuple(proofs), then=then)


RULE = Rule(
    asks="Where has it gone?",
    about=About.MESSAGE,
    look=look,
    link=links.PURGE,
    explains=("purged",),
)
