"""A consumer that takes more and more and acknowledges nothing."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.facts import QueueFacts
from mqstudio.why.waiting import oldest_held
from mqstudio.why.words import counted, duration

WATCHED_US = 10_000_000
GROWN_MIN = 10


def look(facts: QueueFacts) -> Said | None:
    """Who, and since when it acknowledged none."""
    rates = facts.rates
    if rates.length_us < WATCHED_US or rates.in_flight_grown < GROWN_MIN or rates.done_per_s > 0:
        return None
    hoarders = [
        each for each in facts.consumers if each.row.unacked >= GROWN_MIN and not each.row.is_auto_settled
    ]
    if not hoarders:
        return None
    most = max(hoarders, key=lambda each: each.row.unacked)
    says = text(
        "'{who}' holds {held} of queue '{queue}' and acknowledges none: does it forget to?",
        who=most.title,
        held=counted(most.row.unacked, "message"),
        queue=facts.name,
    )
    time = duration(rates.length_us)
    proofs = [
        Proof(
            text("In {time} it took {n} more, and none was acknowledged.", time=time, n=rates.in_flight_grown)
        )
    ]
    if not most.credit:
        proofs.append(Proof(text("It has no prefetch, so there is no end to what it takes.")))
    then = text(
        "Acknowledge each message when it is done (basic_ack), or subscribe with auto_ack; all it "
        "holds comes back when it ends."
    )
    return Said(says=says, proofs=tuple(proofs), then=then, since_us=oldest_held(facts))


RULE = Rule(
    asks="Why are so many unacknowledged?",
    about=About.QUEUE,
    look=look,
    link=links.ACKS,
    severity=Severity.BAD,
    hides=("consumers_without_prefetch", "queue_grows"),
    patience_us=15_000_000,
)
