"""Redelivered: the broker was restarted, and what it had handed over came back."""

from mqstudio.model.rows import MessageState
from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, text
from mqstudio.why.facts import MessageFacts
from mqstudio.why.lives import LIVING, holder

ASKED = frozenset({*LIVING, MessageState.DONE})
"""Of one that was dropped it does not matter any more."""


def look(facts: MessageFacts) -> Said | None:
    """When it was handed over, and when the broker began."""
    broker, row = facts.broker, facts.row
    if broker is None or row.published_at_us >= broker.started_at_us or row.state not in ASKED:
        return None
    if not row.is_redelivered:
        return None
    last = facts.last("delivered", "settled", "requeued")
    if last is not None and last.at_us >= broker.started_at_us and not _is_first_since(facts):
        return None
    if last is not None and last.what == "requeued":
        return None
    says = text("The broker was restarted, and it had not been acknowledged by then.")
    proofs = [Proof(text("The broker started again."), broker.started_at_us)]
    before = next(
        (s for s in reversed(facts.own) if s.what == "delivered" and s.at_us < broker.started_at_us), None
    )
    if before is not None:
        proofs.insert(0, Proof(text("It was handed to '{who}'.", who=holder(before)), before.at_us))
    then = text(
        "Consumers have to reckon with it: a message may come twice, but none that is durable is lost."
    )
    return Said(says=says, proofs=tuple(proofs), then=then)


def _is_first_since(facts: MessageFacts) -> bool:
    """Whether since the start it was handed over just once, and nothing else happened to it."""
    assert facts.broker is not None
    since = [step for step in facts.own if step.at_us >= facts.broker.started_at_us]
    return len(since) == 1 and since[0].what == "delivered"


RULE = Rule(
    asks="Why was it handed over again?",
    about=About.MESSAGE,
    look=look,
    link=links.REQUEUED,
    explains=("restarted:redelivered",),
)
