"""Doctor: HTTP came to the port for AMQP."""

from mqstudio.model import attempts
from mqstudio.why import links
from mqstudio.why.attempts import happened, is_at, port
from mqstudio.why.base import About, Rule, Said, Severity, text
from mqstudio.why.facts import AttemptFacts


def look(facts: AttemptFacts) -> Said | None:
    """Where HTTP goes."""
    if not is_at(facts, "amqp091") or facts.attempt.why != attempts.SPEAKS_HTTP:
        return None
    says = text("A browser or HTTP client came to port {port}, which is for AMQP.", port=port(facts))
    then = text("For RabbitMQ's HTTP API use port {http}.", http=facts.port("management") or "15672")
    return Said(says=says, proofs=(happened(facts),), then=then)


RULE = Rule(
    asks="Why can it not connect?",
    about=About.ATTEMPT,
    look=look,
    link=links.PORTS,
    severity=Severity.WARN,
    patience_us=0,
)
