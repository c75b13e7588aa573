"""Doctor: a client does not trust our certificate."""

from mqstudio.model import attempts
from mqstudio.why import links
from mqstudio.why.attempts import happened, port
from mqstudio.why.base import About, Rule, Said, Severity, text
from mqstudio.why.facts import AttemptFacts


def look(facts: AttemptFacts) -> Said | None:
    """What it has to trust."""
    why = facts.attempt.why
    if facts.attempt.was_client or not why.startswith(
        (attempts.HUNG_UP_AMID_TLS, attempts.REFUSES_CERTIFICATE)
    ):
        return None
    says = text(
        "A client began TLS at port {port} and left: it does not seem to trust our certificate.",
        port=port(facts),
    )
    then = text(
        "Give it our certificate authority (`mqstudio certificates show` tells the file), or turn "
        "off its check."
    )
    return Said(says=says, proofs=(happened(facts),), then=then)


RULE = Rule(
    asks="Why can it not connect?",
    about=About.ATTEMPT,
    look=look,
    link=links.TLS_TROUBLE,
    severity=Severity.WARN,
    patience_us=0,
)
