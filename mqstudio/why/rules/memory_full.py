"""Publishers wait: messages take all the memory they may."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.blocked import who_waits
from mqstudio.why.facts import BrokerFacts


def look(facts: BrokerFacts) -> Said | None:
    """How much they take."""
    totals = facts.totals
    if not totals.is_publishing_blocked or (totals.blocked_by and "memory" not in totals.blocked_by):
        return None
    says = text("Publishers wait: messages take all the memory that the broker may use.")
    mib = f"{totals.memory_bytes / 2**20:,.0f}"
    takes = Proof(text("{n} messages take {mib} MiB.", n=f"{totals.ready + totals.in_flight:,}", mib=mib))
    then = text("Consume or purge some: publishers then go on by themselves. Consumers are not held up.")
    return Said(says=says, proofs=(takes, *who_waits(facts)), then=then)


RULE = Rule(
    asks="Why can nobody publish?",
    about=About.BROKER,
    look=look,
    link=links.MEMORY,
    severity=Severity.BAD,
    hides=("publisher_blocked",),
    patience_us=0,
)
