"""Doctor: a client wants a virtual host that does not exist."""

from mqstudio.why import links
from mqstudio.why.attempts import happened
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.facts import AttemptFacts
from mqstudio.why.nearly import near_names
from mqstudio.why.words import listed


def look(facts: AttemptFacts) -> Said | None:
    """Which there are."""
    attempt = facts.attempt
    if attempt.refusal != "NO_SUCH_VHOST" or attempt.was_client:
        return None
    vhost = attempt.vhost
    says = text("A client wants virtual host '{vhost}', which does not exist.", vhost=vhost)
    there = Proof(text("There is {names}.", names=listed([f"'{name}'" for name in facts.vhosts])))
    near = near_names(list(facts.vhosts), vhost)
    if vhost.strip("/") in facts.vhosts or f"/{vhost}" in facts.vhosts or set(vhost) <= {"/"}:
        then = text(
            "In a URL the virtual host is what follows the port's slash: '/' is written %2F, as in amqp://host:5672/%2F."
        )
    elif near:
        then = text("Was '{near}' meant? Otherwise make virtual host '{vhost}'.", near=near[0], vhost=vhost)
    else:
        then = text("Make virtual host '{vhost}', or connect to one that exists.", vhost=vhost)
    return Said(says=says, proofs=(happened(facts), there), then=then, verb="declare_vhost")


RULE = Rule(
    asks="Why can it not connect?",
    about=About.ATTEMPT,
    look=look,
    link=links.VHOSTS,
    severity=Severity.WARN,
    patience_us=0,
)
