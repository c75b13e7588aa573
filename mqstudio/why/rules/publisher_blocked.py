"""A publisher that is not read from."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.facts import ClientFacts

WORDS = {
    "memory": "messages take all the memory they may",
    "disk": "the disk is nearly full",
    "store": "the profile could not be written",
}


def look(facts: ClientFacts) -> Said | None:
    """For want of what."""
    if not facts.sample.is_blocked:
        return None
    why = " and ".join(WORDS.get(each, each) for each in facts.totals.blocked_by) or WORDS["memory"]
    says = text(
        "'{who}' cannot publish: the broker does not read from it, since {why}.",
        who=facts.sample.name,
        why=why,
    )
    proofs = (Proof(text("It was told so (connection.blocked), if it listens to that.")),)
    then = text(
        "It goes on by itself when there is room again: consume or purge messages, or free some disk."
    )
    return Said(says=says, proofs=proofs, then=then)


RULE = Rule(
    asks="Why can it not publish?",
    about=About.CLIENT,
    look=look,
    link=links.BLOCKED,
    severity=Severity.WARN,
    patience_us=0,
)
