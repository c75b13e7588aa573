"""An exchange without bindings: what is published there is lost."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.facts import ExchangeFacts
from mqstudio.why.matching import alternate_of
from mqstudio.why.words import counted, listed


def look(facts: ExchangeFacts) -> Said | None:
    """How much was published there."""
    name = facts.row.spec.name
    if not name or facts.row.bindings or not facts.published or alternate_of(facts.row, facts.topology):
        return None
    says = text("Exchange '{exchange}' has no bindings: all that is published there is lost.", exchange=name)
    proofs = [Proof(text("{n} came to it.", n=counted(facts.published, "message")))]
    if facts.publishers:
        names = listed([f"'{client}'" for client, _ in facts.publishers])
        proofs.append(Proof(text("{names} published there.", names=names)))
    then = text("Bind a queue to it. Was the queue deleted, or the program that binds it not started?")
    return Said(says=says, proofs=tuple(proofs), then=then, verb="bind")


RULE = Rule(
    asks="Where do its messages go?",
    about=About.EXCHANGE,
    look=look,
    link=links.EXCHANGES,
    severity=Severity.BAD,
    hides=("exchange_unroutable",),
    patience_us=0,
)
