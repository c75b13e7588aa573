"""A message that comes back again and again: no consumer can use it."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.facts import QueueFacts
from mqstudio.why.words import rate

TIMES_MIN = 20
"""Handed over so often, a message is not just unlucky."""


def look(facts: QueueFacts) -> Said | None:
    """Which message, and how often it was."""
    known = [*facts.held, *([facts.first] if facts.first is not None else [])]
    worst = max(known, key=lambda row: row.delivery_count, default=None)
    if worst is None or worst.delivery_count < TIMES_MIN or facts.row.rules.delivery_limit is not None:
        return None
    says = text(
        "Message #{id} of queue '{queue}' was handed over {times} times, and comes back each time.",
        id=worst.message_id,
        queue=facts.name,
        times=f"{worst.delivery_count:,}",
    )
    proofs = [Proof(text("It was published."), worst.published_at_us)]
    if facts.rates.redelivered_per_s > 0:
        busy = text(
            "{rate} of such hand-overs a second keep consumers busy.",
            rate=rate(facts.rates.redelivered_per_s),
        )
        proofs.append(Proof(busy))
    proofs.append(Proof(text("The queue has no delivery limit that would end it.")))
    then = text(
        "Reject it without requeue, or take it out by hand. A quorum queue with x-delivery-limit and "
        "a dead-letter exchange ends such loops."
    )
    return Said(says=says, proofs=tuple(proofs), then=then, verb="remove")


RULE = Rule(
    asks="Why is it handed over again and again?",
    about=About.QUEUE,
    look=look,
    link=links.POISON,
    severity=Severity.BAD,
    hides=("credit_spent", "behind_others"),
    patience_us=0,
    holds_up=True,
)
