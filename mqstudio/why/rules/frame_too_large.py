"""Doctor: a client sent a larger frame than was agreed on."""

from mqstudio.model import attempts as known
from mqstudio.why import links
from mqstudio.why.attempts import happened, who
from mqstudio.why.base import About, Rule, Said, Severity, text
from mqstudio.why.facts import AttemptFacts


def look(facts: AttemptFacts) -> Said | None:
    """How large."""
    attempt = facts.attempt
    if known.FRAME_TOO_LARGE not in attempt.why and "frame_max" not in attempt.why:
        return None
    says = text("'{who}' sent, or asked for, larger frames than the broker takes.", who=who(facts))
    then = text(
        "Do not set frame_max to more than the broker offers: large messages are split into frames "
        "by the library."
    )
    return Said(says=says, proofs=(happened(facts),), then=then)


RULE = Rule(
    asks="Why can it not connect?",
    about=About.ATTEMPT,
    look=look,
    link=links.FRAME_MAX,
    severity=Severity.WARN,
    patience_us=0,
)
