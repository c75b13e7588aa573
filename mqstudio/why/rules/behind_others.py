"""Waiting: others came before it."""

from mqstudio.model.rows import MessageState
from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, text
from mqstudio.why.facts import MessageFacts
from mqstudio.why.words import counted, duration


def look(facts: MessageFacts) -> Said | None:
    """How many, and the first of them."""
    first = facts.first
    if facts.row.state is not MessageState.READY or not facts.ahead or first is None:
        return None
    says = text(
        "{count} in queue '{queue}' came before it.",
        count=counted(facts.ahead, "message"),
        queue=facts.row.queue,
    )
    waits = duration(facts.now_us - first.published_at_us)
    proofs = [
        Proof(
            text("The first, #{id}, has waited for {time}.", id=first.message_id, time=waits),
            first.published_at_us,
        )
    ]
    if first.delivery_count > 1:
        back = text(
            "That one was handed over {times} times and comes back each time: it may block the rest.",
            times=first.delivery_count,
        )
        proofs.append(Proof(back))
    then = text(
        "It is handed over in its turn. To see it sooner have more consumers, or move it to another queue."
    )
    return Said(says=says, proofs=tuple(proofs), then=then, verb="move")


RULE = Rule(
    asks="Why does it wait?",
    about=About.MESSAGE,
    look=look,
    link=links.QUEUES,
)
