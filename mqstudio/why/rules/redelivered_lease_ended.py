"""Redelivered: its consumer held it for too long."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, text
from mqstudio.why.facts import MessageFacts
from mqstudio.why.lives import came_back, handed_over, holder, release
from mqstudio.why.words import duration


def look(facts: MessageFacts) -> Said | None:
    """Who held it, and how long is allowed."""
    step = release(facts, "lease_ended")
    if step is None:
        return None
    says = text(
        "'{who}' held a message for too long without acknowledging it, so the broker closed its channel.",
        who=holder(step),
    )
    proofs = (*handed_over(facts, step), came_back(facts, step))
    lease_us = facts.queue.row.rules.lease_us if facts.queue is not None else None
    if lease_us is not None:
        allowed = text("The queue allows {time} (x-consumer-timeout).", time=duration(lease_us))
        proofs = (Proof(allowed), *proofs)
    then = text("Acknowledge sooner, take fewer at once (prefetch), or allow more time.")
    return Said(says=says, proofs=proofs, then=then)


RULE = Rule(
    asks="Why was it handed over again?",
    about=About.MESSAGE,
    look=look,
    link=links.ACK_TIMEOUT,
    explains=("released:lease_ended",),
)
