"""Publishers wait: the disk is nearly full."""

from mqstudio.why import links
from mqstudio.why.base import About, Rule, Said, Severity, text
from mqstudio.why.blocked import who_waits
from mqstudio.why.facts import BrokerFacts


def look(facts: BrokerFacts) -> Said | None:
    """That it is."""
    if "disk" not in facts.totals.blocked_by:
        return None
    says = text("Publishers wait: the disk of the profile is nearly full.")
    then = text("Free some space: publishers then go on by themselves. Health shows how much is needed.")
    return Said(says=says, proofs=who_waits(facts), then=then, verb="show_health")


RULE = Rule(
    asks="Why can nobody publish?",
    about=About.BROKER,
    look=look,
    link=links.DISK,
    severity=Severity.BAD,
    hides=("publisher_blocked",),
    patience_us=0,
)
