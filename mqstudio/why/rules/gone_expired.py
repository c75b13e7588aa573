"""Gone: it waited too long, and nothing was to become of it."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.dead import lost, queue_of, queue_row
from mqstudio.why.facts import MessageFacts
from mqstudio.why.limits import ttl_of, whence
from mqstudio.why.lives import ended
from mqstudio.why.words import duration


def look(facts: MessageFacts) -> Said | None:
    """Whose time to live it was."""
    step = ended(facts, "expired")
    if step is None:
        return None
    came = facts.last("enqueued", "requeued", "restored")
    waited = duration(step.at_us - came.at_us) if came is not None else ""
    says = text("It expired in queue '{queue}'.", queue=step.queue)
    proofs = [
        Proof(text("It had waited for {time}.", time=waited) if waited else text("It expired."), step.at_us)
    ]
    row = queue_row(facts, step.queue)
    if facts.properties.expiration is not None:
        proofs.append(Proof(text("Its publisher gave it {ms} ms to live.", ms=facts.properties.expiration)))
    if row is not None and ttl_of(row):
        proofs.append(
            Proof(text("The queue gives messages {ttl}, by {whence}.", ttl=ttl_of(row), whence=whence(row)))
        )
    proofs += lost(row)
    then = text(
        "Consume faster, give it longer to live, or give the queue a dead-letter exchange to keep "
        "such messages."
    )
    return Said(
        says=says, proofs=tuple(proofs), then=then, verb="edit_settings", at=queue_of(facts, step.queue)
    )


RULE = Rule(
    asks="Where has it gone?",
    about=About.MESSAGE,
    look=look,
    link=links.TTL,
    severity=Severity.WARN,
    explains=("dropped:expired",),
)
