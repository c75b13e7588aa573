"""Doctor: a client without TLS came to the port for TLS."""

from mqstudio.model import attempts
from mqstudio.why import links
from mqstudio.why.attempts import happened, port
from mqstudio.why.base import About, Rule, Said, Severity, text
from mqstudio.why.facts import AttemptFacts


def look(facts: AttemptFacts) -> Said | None:
    """Where it goes without."""
    why = facts.attempt.why
    is_plain = attempts.WITHOUT_TLS in why or why.startswith(f"{attempts.SPEAKS_SOMETHING} TLS")
    if not facts.attempt.is_tls or facts.attempt.was_client or not is_plain:
        return None
    says = text("A client without TLS came to port {port}, which is for TLS.", port=port(facts))
    plain = facts.port("amqp091") or facts.port("amqp") or "5672"
    then = text("Use amqps:// here, or port {plain} without TLS.", plain=plain)
    return Said(says=says, proofs=(happened(facts),), then=then)


RULE = Rule(
    asks="Why can it not connect?",
    about=About.ATTEMPT,
    look=look,
    link=links.TLS,
    severity=Severity.WARN,
    patience_us=0,
)
