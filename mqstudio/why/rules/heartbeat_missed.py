"""Doctor: a client was silent for too long."""

from mqstudio.model import attempts as known
from mqstudio.why import links
from mqstudio.why.attempts import happened, who
from mqstudio.why.base import About, Rule, Said, Severity, text
from mqstudio.why.facts import AttemptFacts


def look(facts: AttemptFacts) -> Said | None:
    """How long."""
    attempt = facts.attempt
    if not attempt.why.startswith(known.MISSED_HEARTBEATS):
        return None
    says = text("'{who}' sent no heartbeat for so long that the broker took it for dead.", who=who(facts))
    then = text(
        "Is it blocked by its own work? With pika work that takes long belongs in a thread, or has "
        "to call process_data_events. Or ask for a longer heartbeat."
    )
    return Said(says=says, proofs=(happened(facts),), then=then)


RULE = Rule(
    asks="Why can it not connect?",
    about=About.ATTEMPT,
    look=look,
    link=links.HEARTBEATS,
    severity=Severity.WARN,
    patience_us=0,
)
