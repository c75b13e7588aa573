"""Publishers wait: the profile could not be written."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.blocked import who_waits
from mqstudio.why.facts import BrokerFacts


def look(facts: BrokerFacts) -> Said | None:
    """What went wrong."""
    totals = facts.totals
    if "store" not in totals.blocked_by:
        return None
    says = text("Publishers wait: the profile could not be written, and somebody has to have seen that.")
    problem = Proof(text("{problem}", problem=totals.store_problem or "A write to the disk failed."))
    then = text("Mend the cause, then let publishers go on (Health, or `mqstudio resume`).")
    return Said(says=says, proofs=(problem, *who_waits(facts)), then=then, verb="show_health")


RULE = Rule(
    asks="Why can nobody publish?",
    about=About.BROKER,
    look=look,
    link=links.DISK,
    severity=Severity.BAD,
    hides=("publisher_blocked",),
    patience_us=0,
)
