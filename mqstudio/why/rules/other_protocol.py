"""Doctor: something came that is no protocol we know."""

from mqstudio.model import attempts
from mqstudio.why import links
from mqstudio.why.attempts import happened, port
from mqstudio.why.base import About, Rule, Said, Severity, text
from mqstudio.why.facts import AttemptFacts


def look(facts: AttemptFacts) -> Said | None:
    """What it began with."""
    why = facts.attempt.why
    if facts.attempt.protocol != "amqp091" or not why.startswith(
        (attempts.SPEAKS_SOMETHING, attempts.SPEAKS_OTHER_AMQP)
    ):
        return None
    if "TLS" in why:
        return None
    says = text("Something came to port {port} that does not speak AMQP 0-9-1.", port=port(facts))
    then = text(
        "Is the port the right one? A scanner or a health check that only looks whether it is open "
        "does no harm."
    )
    return Said(says=says, proofs=(happened(facts),), then=then)


RULE = Rule(
    asks="Why can it not connect?",
    about=About.ATTEMPT,
    look=look,
    link=links.PORTS,
    severity=Severity.INFO,
    patience_us=0,
)
