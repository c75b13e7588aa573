"""Doctor: a client's connection ended by a mistake of its own."""

import re

from mqstudio.model import attempts as known
from mqstudio.why import links
from mqstudio.why.attempts import happened, who
from mqstudio.why.base import About, Rule, Said, Severity, text
from mqstudio.why.facts import AttemptFacts

CODE = re.compile(r"(?!CONNECTION_FORCED)[A-Z_]+ - ")
"""What the broker says of a mistake begins with its name."""


def look(facts: AttemptFacts) -> Said | None:
    """What the broker told it."""
    attempt = facts.attempt
    if not attempt.was_client or attempt.why.startswith(known.MISSED_HEARTBEATS):
        return None
    if known.FRAME_TOO_LARGE in attempt.why or not CODE.match(attempt.why):
        return None
    says = text("The connection of '{who}' was closed by the broker for a mistake.", who=who(facts))
    then = text("Its library has got the same words; look in its log what it was doing.")
    return Said(says=says, proofs=(happened(facts),), then=then)


RULE = Rule(
    asks="Why can it not connect?",
    about=About.ATTEMPT,
    look=look,
    link=links.CONNECTIONS,
    severity=Severity.WARN,
    patience_us=0,
)
