"""Doctor: TLS came to the port for HTTP."""

from mqstudio.model import attempts
from mqstudio.why import links
from mqstudio.why.attempts import happened, is_at, port
from mqstudio.why.base import About, Rule, Said, Severity, text
from mqstudio.why.facts import AttemptFacts


def look(facts: AttemptFacts) -> Said | None:
    """That it is http here."""
    if not is_at(facts, "management") or facts.attempt.why != attempts.SPEAKS_TLS:
        return None
    says = text("A client wants https at port {port}, which is for plain http.", port=port(facts))
    then = text("Use http:// instead of https://; the port listens on this computer only.")
    return Said(says=says, proofs=(happened(facts),), then=then)


RULE = Rule(
    asks="Why can it not connect?",
    about=About.ATTEMPT,
    look=look,
    link=links.PORTS,
    severity=Severity.WARN,
    patience_us=0,
)
