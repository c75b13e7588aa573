"""Doctor: guest is let in from this computer only."""

from mqstudio.why import links
from mqstudio.why.attempts import happened
from mqstudio.why.base import About, Rule, Said, Severity, text
from mqstudio.why.facts import AttemptFacts
from mqstudio.why.rules.login_refused import FROM_HERE_ONLY


def look(facts: AttemptFacts) -> Said | None:
    """From where it came."""
    attempt = facts.attempt
    if attempt.refusal != "LOGIN_REFUSED" or attempt.was_client or FROM_HERE_ONLY not in attempt.why:
        return None
    says = text("'{user}' came from another computer, and is let in from this one only.", user=attempt.user)
    then = text("Everybody knows its password: make a user of your own for that program.")
    return Said(says=says, proofs=(happened(facts),), then=then, verb="show_users")


RULE = Rule(
    asks="Why can it not connect?",
    about=About.ATTEMPT,
    look=look,
    link=links.LOOPBACK,
    severity=Severity.WARN,
    patience_us=0,
)
