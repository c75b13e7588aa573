"""Gone: its consumer takes messages without acknowledging them."""

from mqstudio.model.rows import MessageState
from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.facts import MessageFacts
from mqstudio.why.lives import holder
from mqstudio.why.words import duration

DIED_SOON_US = 5_000_000
"""A connection that breaks so soon after a message was sent may have taken it along."""


def look(facts: MessageFacts) -> Said | None:
    """Who was sent it, and whether that client ended right then."""
    step = facts.last("delivered")
    if step is None or not step.is_auto_settled or not step.tag or facts.row.state is not MessageState.DONE:
        return None
    who = holder(step)
    sent = Proof(text("It was sent to '{who}', and counted as done at once.", who=who), step.at_us)
    end = facts.around(step.at_us, "connection_closed", step.connection_id, DIED_SOON_US)
    if end is not None and end.at_us >= step.at_us and end.reason:
        after = duration(end.at_us - step.at_us)
        says = text(
            "'{who}' takes messages without acknowledging them, and its connection broke {after} "
            "after this one "
            "was sent: it may never have been worked on.",
            who=who,
            after=after,
        )
        proofs = (sent, Proof(text("The connection ended: {why}.", why=end.reason), end.at_us))
        then = text(
            "Have that program acknowledge (auto_ack=False): then it would have come back. Resend it now."
        )
        return Said(says=says, proofs=proofs, then=then, verb="resend", severity=Severity.BAD)
    says = text(
        "'{who}' takes messages without acknowledging them: once sent, it was done for the broker.", who=who
    )
    then = text(
        "If it was not worked on, it failed in that program. With acknowledgements it would have come back."
    )
    return Said(says=says, proofs=(sent,), then=then, verb="resend")


RULE = Rule(
    asks="Where has it gone?",
    about=About.MESSAGE,
    look=look,
    link=links.ACKS,
    explains=("auto_settled:consumer",),
)
