"""Dead-lettered: it waited too long."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.dead import proofs_of, queue_row
from mqstudio.why.facts import MessageFacts
from mqstudio.why.limits import ttl_of, whence
from mqstudio.why.lives import death
from mqstudio.why.words import duration


def look(facts: MessageFacts) -> Said | None:
    """Whose time to live it was."""
    died = death(facts, "expired")
    if died is None:
        return None
    queue, at_us, _ = died
    says = text("It waited in queue '{queue}' for longer than it may.", queue=queue)
    proofs = proofs_of(facts, queue, at_us)
    ttl_us = (
        next((each.ttl_us for each in facts.past.deaths if each.queue == queue), None) if facts.past else None
    )
    row = queue_row(facts, queue)
    if ttl_us is not None:
        own = text("Its publisher gave it {ttl} to live.", ttl=duration(ttl_us))
        proofs = (Proof(own), *proofs)
    elif facts.properties.expiration:
        own = text("Its publisher gave it {ms} ms to live.", ms=facts.properties.expiration)
        proofs = (Proof(own), *proofs)
    elif row is not None and ttl_of(row):
        its = text("The queue gives messages {ttl}, by {whence}.", ttl=ttl_of(row), whence=whence(row))
        proofs = (Proof(its), *proofs)
    then = text("If it is still wanted, redrive it; consume faster, or give messages longer to live.")
    return Said(says=says, proofs=proofs, then=then, verb="requeue")


RULE = Rule(
    asks="Why is it a dead letter?",
    about=About.MESSAGE,
    look=look,
    link=links.TTL,
    severity=Severity.WARN,
    explains=("dead_lettered:expired",),
)
