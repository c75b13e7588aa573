"""Doctor: a user may not enter a virtual host."""

from mqstudio.why import links
from mqstudio.why.attempts import happened
from mqstudio.why.base import About, Rule, Said, Severity, text
from mqstudio.why.facts import AttemptFacts


def look(facts: AttemptFacts) -> Said | None:
    """Who, and where."""
    attempt = facts.attempt
    if attempt.refusal != "VHOST_REFUSED" or attempt.was_client:
        return None
    values = {"user": attempt.user, "vhost": attempt.vhost}
    says = text("User '{user}' may not enter virtual host '{vhost}'.", **values)
    then = text(
        "Give '{user}' a permission there: Users and permissions, or `mqstudio permissions`.", **values
    )
    return Said(says=says, proofs=(happened(facts),), then=then, verb="show_users")


RULE = Rule(
    asks="Why can it not connect?",
    about=About.ATTEMPT,
    look=look,
    link=links.ACCESS,
    severity=Severity.WARN,
    patience_us=0,
)
