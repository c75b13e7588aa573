"""A queue that grows: more comes than goes."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.facts import QueueFacts
from mqstudio.why.words import counted, duration, rate

WATCHED_US = 15_000_000
"""What grows for less time may be a burst."""

GROWN_MIN = 100
MORE_THAN = 1.1


def look(facts: QueueFacts) -> Said | None:
    """How fast."""
    rates = facts.rates
    if not facts.consumers or rates.length_us < WATCHED_US or rates.grown < GROWN_MIN:
        return None
    if rates.in_per_s <= rates.done_per_s * MORE_THAN:
        return None
    says = text(
        "Queue '{queue}' grows: {in_s} messages come per second, and {out_s} are done.",
        queue=facts.name,
        in_s=rate(rates.in_per_s),
        out_s=rate(rates.done_per_s),
    )
    proofs = [
        Proof(
            text("There are {n} more than {time} ago.", n=f"{rates.grown:,}", time=duration(rates.length_us))
        )
    ]
    left = rates.in_per_s - rates.done_per_s
    if facts.row.rules.max_messages is not None and left > 0:
        room = max(0, facts.row.rules.max_messages - facts.sample.ready)
        proofs.append(Proof(text("It is full in about {time}.", time=duration(int(room / left * 1e6)))))
    n = counted(len(facts.consumers), "consumer")
    then = text("It has {n}: start more, make them faster, or publish less.", n=n)
    return Said(says=says, proofs=tuple(proofs), then=then)


RULE = Rule(
    asks="Why does it grow?",
    about=About.QUEUE,
    look=look,
    link=links.CONSUMERS,
    severity=Severity.WARN,
    patience_us=0,
)
