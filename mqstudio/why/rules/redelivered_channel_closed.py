"""Redelivered: the channel that held it was closed."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, text
from mqstudio.why.facts import MessageFacts
from mqstudio.why.lives import came_back, handed_over, holder, refusal, release


def look(facts: MessageFacts) -> Said | None:
    """Whose channel, and whether the broker closed it for a mistake."""
    step = release(facts, "channel_closed")
    if step is None:
        return None
    refused = refusal(facts, step)
    proofs = (*handed_over(facts, step), came_back(facts, step))
    if refused is not None:
        says = text(
            "The broker closed channel {channel} of '{who}' for a mistake, before it was acknowledged.",
            channel=step.channel,
            who=holder(step),
        )
        proofs = (Proof(text("It was refused: {why}", why=refused.reason), refused.at_us), *proofs)
        then = text("Mend that mistake: whatever a channel holds comes back when it is closed.")
    else:
        says = text(
            "'{who}' closed channel {channel} before it had acknowledged it.",
            channel=step.channel,
            who=holder(step),
        )
        then = text("Acknowledge before the channel is closed; what is not acknowledged by then comes back.")
    return Said(says=says, proofs=proofs, then=then)


RULE = Rule(
    asks="Why was it handed over again?",
    about=About.MESSAGE,
    look=look,
    link=links.CHANNEL_ERRORS,
    explains=("released:channel_closed",),
)
