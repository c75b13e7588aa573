"""In flight: a consumer has it and has not said that it is done."""

from mqstudio.model.rows import MessageState
from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, text
from mqstudio.why.facts import MessageFacts
from mqstudio.why.words import duration


def look(facts: MessageFacts) -> Said | None:
    """Who, since when, and how long it may."""
    row = facts.row
    if row.state is not MessageState.IN_FLIGHT or row.delivered_at_us is None:
        return None
    held = duration(facts.now_us - row.delivered_at_us)
    says = text("'{who}' has it for {held}, and has not acknowledged it.", who=row.holder, held=held)
    proofs = [Proof(text("It was handed over."), row.delivered_at_us)]
    if row.lease_until_us is not None:
        left = duration(max(0, row.lease_until_us - facts.now_us))
        proofs.append(Proof(text("In {left} the broker closes the channel, and it comes back.", left=left)))
    then = text("Wait for that program, or end it by hand: release, accept or reject.")
    return Said(says=says, proofs=tuple(proofs), then=then, verb="release", since_us=row.delivered_at_us)


RULE = Rule(
    asks="Who has it, and since when?",
    about=About.MESSAGE,
    look=look,
    link=links.ACKS,
)
