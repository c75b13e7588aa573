"""Doctor: AMQP came to the port for HTTP."""

from mqstudio.model import attempts
from mqstudio.why import links
from mqstudio.why.attempts import happened, is_at, port
from mqstudio.why.base import About, Rule, Said, Severity, text
from mqstudio.why.facts import AttemptFacts


def look(facts: AttemptFacts) -> Said | None:
    """Where AMQP goes."""
    if not is_at(facts, "management") or facts.attempt.why != attempts.SPEAKS_AMQP:
        return None
    says = text("An AMQP client came to port {port}, which is for HTTP.", port=port(facts))
    then = text("Connect to port {amqp} instead.", amqp=facts.port("amqp091") or facts.port("amqp") or "5672")
    return Said(says=says, proofs=(happened(facts),), then=then)


RULE = Rule(
    asks="Why can it not connect?",
    about=About.ATTEMPT,
    look=look,
    link=links.PORTS,
    severity=Severity.WARN,
    patience_us=0,
)
