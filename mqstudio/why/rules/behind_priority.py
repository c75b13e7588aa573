"""Waiting: messages of a higher priority go first."""

from mqstudio.model.rows import MessageState
from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, text
from mqstudio.why.facts import MessageFacts


def look(facts: MessageFacts) -> Said | None:
    """Who is at the head, with which priority."""
    queue, first = facts.queue, facts.first
    if queue is None or first is None or facts.row.state is not MessageState.READY:
        return None
    most = queue.row.rules.max_priority
    mine, theirs = min(facts.row.priority, most), min(first.priority, most)
    if not most or first.message_id == facts.row.message_id or theirs <= mine:
        return None
    says = text(
        "Messages of a higher priority go first: it has {mine}, and the first in the queue has {theirs}.",
        mine=mine,
        theirs=theirs,
    )
    proofs = [Proof(text("Message #{id} is before it.", id=first.message_id), first.published_at_us)]
    if facts.row.priority > most:
        cut = text(
            "Of its priority {own} the queue counts {most} at most.", own=facts.row.priority, most=most
        )
        proofs.append(Proof(cut))
    then = text(
        "Low priorities wait as long as higher ones keep coming: have more consumers, or fewer urgent ones."
    )
    return Said(says=says, proofs=tuple(proofs), then=then)


RULE = Rule(
    asks="Why does it wait?",
    about=About.MESSAGE,
    look=look,
    link=links.PRIORITY,
)
