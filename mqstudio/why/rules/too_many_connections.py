"""Doctor: there are as many connections as there may be."""

from mqstudio.why import links
from mqstudio.why.attempts import happened
from mqstudio.why.base import About, Rule, Said, Severity, text
from mqstudio.why.facts import AttemptFacts


def look(facts: AttemptFacts) -> Said | None:
    """Whose limit."""
    attempt = facts.attempt
    if attempt.was_client or not attempt.refusal.startswith("TOO_MANY"):
        return None
    says = text("A client was turned away: there are as many connections as there may be.")
    then = text("Raise the limit, or look for a program that opens connections and does not close them.")
    return Said(says=says, proofs=(happened(facts),), then=then, verb="show_clients")


RULE = Rule(
    asks="Why can it not connect?",
    about=About.ATTEMPT,
    look=look,
    link=links.LIMITS,
    severity=Severity.WARN,
    patience_us=0,
)
