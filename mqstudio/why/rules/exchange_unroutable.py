"""Messages that match no binding of an exchange."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.facts import ExchangeFacts
from mqstudio.why.matching import reached
from mqstudio.why.nearly import near_bindings, near_names
from mqstudio.why.words import counted, listed

SHOWN = 3
"""Lost messages that are told of one by one."""


def look(facts: ExchangeFacts) -> Said | None:
    """Whose messages, with which keys, and which binding nearly matched."""
    lost = [(client, each) for client, each in facts.publishers if each.unroutable]
    if not lost:
        return None
    n = sum(each.unroutable for _, each in lost)
    name = facts.row.spec.name or "(default)"
    says = text(
        "{n} published to exchange '{exchange}' reached no queue.", n=counted(n, "message"), exchange=name
    )
    names = listed([f"'{client}' ({each.unroutable:,} of {each.published:,})" for client, each in lost])
    proofs = (Proof(text("They came from {names}.", names=names)), *_lost(facts))
    then = text(
        "Bind a queue so that they match, or mend their routing key. `mqstudio why` tells more of "
        "each of them."
    )
    return Said(says=says, proofs=proofs, then=then, verb="bind")


def _lost(facts: ExchangeFacts) -> tuple[Proof, ...]:
    """The latest with each key, and what nearly matched it."""
    proofs: list[Proof] = []
    by_key = {row.routing_key: row for row in reversed(facts.lost)}
    for key, row in list(reversed(by_key.items()))[:SHOWN]:
        says = text("The latest with routing key '{key}' is #{id}.", key=key, id=row.message_id)
        proofs.append(Proof(says, row.published_at_us))
        proofs += [Proof(text("{nearly}", nearly=nearly)) for nearly in _nearly(facts, key)[:1]]
    return tuple(proofs)


def _nearly(facts: ExchangeFacts, key: str) -> list[str]:
    vhost, name = facts.row.vhost, facts.row.spec.name
    if not name:
        queues = [row.spec.name for row in facts.topology.queues if row.vhost == vhost]
        return [f"There is a queue '{near}'." for near in near_names(queues, key)]
    came_to = reached(facts.topology, vhost, name, key, {})
    return [str(near.says) for row in came_to for near in near_bindings(row, key, {})]


RULE = Rule(
    asks="Where do its messages go?",
    about=About.EXCHANGE,
    look=look,
    link=links.PUBLISHERS_UNROUTABLE,
    severity=Severity.WARN,
    patience_us=0,
)
