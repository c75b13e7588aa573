"""Doctor: user and password do not fit."""

from mqstudio.why import links
from mqstudio.why.attempts import happened
from mqstudio.why.base import About, Rule, Said, Severity, text
from mqstudio.why.facts import AttemptFacts

FROM_HERE_ONLY = "from this computer only"


def look(facts: AttemptFacts) -> Said | None:
    """Whether there is such a user."""
    attempt = facts.attempt
    if attempt.refusal != "LOGIN_REFUSED" or attempt.was_client or FROM_HERE_ONLY in attempt.why:
        return None
    if "no user" in attempt.why or "no such user" in attempt.why:
        says = text("Somebody wanted to log in as '{user}', and there is no such user.", user=attempt.user)
        then = text(
            "Make user '{user}', or log in as one that exists (guest, with password guest).",
            user=attempt.user,
        )
    else:
        says = text("Somebody logged in as '{user}' with a wrong password.", user=attempt.user)
        then = text(
            "Check the password in that program's settings: special characters in a URL are written as %XX."
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
