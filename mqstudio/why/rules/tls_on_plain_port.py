"""Doctor: TLS came to a port without TLS."""

from mqstudio.model import attempts
from mqstudio.why import links
from mqstudio.why.attempts import happened, is_at, port
from mqstudio.why.base import About, Rule, Said, Severity, text
from mqstudio.why.facts import AttemptFacts


def look(facts: AttemptFacts) -> Said | None:
    """Where TLS goes."""
    if not is_at(facts, "amqp091") or facts.attempt.why != attempts.SPEAKS_TLS:
        return None
    says = text("A client wants TLS (amqps) at port {port}, which is without.", port=port(facts))
    tls = facts.port("amqp091", is_tls=True) or facts.port("amqps") or facts.port("amqps", is_tls=True)
    if tls:
        then = text("Use port {tls} for amqps://, or amqp:// for this one.", tls=tls)
    else:
        then = text("Use amqp:// instead of amqps://, or start the broker with --tls.")
    return Said(says=says, proofs=(happened(facts),), then=then)


RULE = Rule(
    asks="Why can it not connect?",
    about=About.ATTEMPT,
    look=look,
    link=links.TLS,
    severity=Severity.WARN,
    patience_us=0,
)
