"""Waiting: a stream keeps its messages, also those that were read."""

from mqstudio.model.rows import MessageState
from mqstudio.model.rules import QueueKind
from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, text
from mqstudio.why.facts import MessageFacts
from mqstudio.why.words import counted

LIVE = frozenset({MessageState.READY, MessageState.IN_FLIGHT})


def look(facts: MessageFacts) -> Said | None:
    """How often it was read."""
    queue = facts.queue
    if queue is None or queue.row.rules.kind is not QueueKind.LOG or facts.row.state not in LIVE:
        return None
    read = sum(step.what == "delivered" for step in facts.own)
    says = text("Queue '{queue}' is a stream: it keeps what was read.", queue=facts.row.queue)
    proofs = (Proof(text("It was read {times} by consumers so far.", times=counted(read, "time"))),)
    then = text(
        "It goes when the stream is longer, or the message older, than the stream's retention allows."
    )
    return Said(says=says, proofs=proofs, then=then)


RULE = Rule(
    asks="Why does it wait?",
    about=About.MESSAGE,
    look=look,
    link=links.STREAMS,
)
