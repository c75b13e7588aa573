"""Consumers that hold as much as they may: nothing is handed over until they acknowledge."""

from mqstudio.why import links
from mqstudio.why.base import About, Rule, Said, Severity, text
from mqstudio.why.facts import QueueFacts
from mqstudio.why.waiting import oldest_held, readers, waiting, what_it_holds

SHOWN = 5
"""Consumers told of one by one."""


def look(facts: QueueFacts) -> Said | None:
    """Which consumer holds what, since when."""
    able = [each for each in readers(facts) if not each.row.is_paused]
    if not facts.sample.ready or not able or not all(each.is_full for each in able):
        return None
    if facts.row.rules.is_single_active and len(facts.consumers) > 1:
        return None
    if len(able) == 1:
        says = waiting(facts, "its consumer holds as many messages as its prefetch allows")
    else:
        says = waiting(facts, "all {n} consumers hold as many messages as their prefetch allows", n=len(able))
    proofs = tuple(what_it_holds(facts, each) for each in able[:SHOWN])
    then = text(
        "They have to acknowledge what they hold: are they slow, stuck, or do they forget to? More "
        "consumers help, or a larger prefetch."
    )
    return Said(says=says, proofs=proofs, then=then, since_us=oldest_held(facts))


RULE = Rule(
    asks="Why is nothing handed over?",
    about=About.QUEUE,
    look=look,
    link=links.PREFETCH,
    severity=Severity.WARN,
    hides=("queue_grows", "behind_others", "unacked_grow"),
    patience_us=30_000_000,
    holds_up=True,
)
