"""Doctor: somebody connected and said nothing, or left."""

from mqstudio.model import attempts as known
from mqstudio.why import links
from mqstudio.why.attempts import happened, port
from mqstudio.why.base import About, Rule, Said, Severity, text
from mqstudio.why.facts import AttemptFacts


def look(facts: AttemptFacts) -> Said | None:
    """Whether it was silent, or left."""
    attempt = facts.attempt
    if attempt.was_client or attempt.refusal or attempt.protocol != "amqp091":
        return None
    if attempt.why.startswith(known.NO_HANDSHAKE):
        says = text("Somebody connected to port {port} and said nothing.", port=port(facts))
    elif attempt.why == "It hung up before it had logged in.":
        says = text("Somebody connected to port {port} and left before it had logged in.", port=port(facts))
    else:
        return None
    then = text(
        "A health check or a port scanner does that, and it does no harm. If it is your program, "
        "look at its log."
    )
    return Said(says=says, proofs=(happened(facts),), then=then)


RULE = Rule(
    asks="Why can it not connect?",
    about=About.ATTEMPT,
    look=look,
    link=links.CONNECTIONS,
    severity=Severity.INFO,
    patience_us=0,
)
