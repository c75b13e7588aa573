"""Doctor: a client speaks AMQP 1.0."""

from mqstudio.model import attempts
from mqstudio.why import links
from mqstudio.why.attempts import happened, port
from mqstudio.why.base import About, Rule, Said, Severity, text
from mqstudio.why.facts import AttemptFacts


def look(facts: AttemptFacts) -> Said | None:
    """Which it is not."""
    if facts.attempt.protocol != "amqp091" or facts.attempt.why != attempts.SPEAKS_AMQP_1:
        return None
    says = text(
        "A client speaks AMQP 1.0; port {port} is for AMQP 0-9-1, which is another protocol.",
        port=port(facts),
    )
    then = text("Use a library for RabbitMQ (AMQP 0-9-1), such as pika, amqplib, or RabbitMQ's own clients.")
    return Said(says=says, proofs=(happened(facts),), then=then)


RULE = Rule(
    asks="Why can it not connect?",
    about=About.ATTEMPT,
    look=look,
    link=links.AMQP_1_0,
    severity=Severity.WARN,
    patience_us=0,
)
