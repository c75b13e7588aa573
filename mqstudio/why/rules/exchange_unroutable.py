"""Messages that match no binding of an exchange."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.facts import ExchangeFacts
from mqstudio.why.words import counted, listed


def look(facts: ExchangeFacts) -> Said | None:
    """Whose messages."""
    lost = [(client, each) for client, each in facts.publishers if each.unroutable]
    if not lost:
        return None
    n = sum(each.unroutable for _, each in lost)
    name = facts.row.spec.name or "(default)"
    says = text(
        "{n} published to exchange '{exchange}' reached no queue.", n=counted(n, "message"), exchange=name
    )
    names = listed([f"'{client}' ({each.unroutable:,} of {each.published:,})" for client, each in lost])
    proofs = (Proof(text("They came from {names}.", names=names)),)
    then = text("Search for `state == dropped` to see them; Why? tells of each which binding nearly matched.")
    return Said(says=says, proofs=proofs, then=then)


RULE = Rule(
    asks="Where do its messages go?",
    about=About.EXCHANGE,
    look=look,
    link=links.PUBLISHERS_UNROUTABLE,
    severity=Severity.WARN,
    patience_us=0,
)
