"""What the rules about dead letters share."""

from mqstudio.model.rows import LifeStep, QueueRow
from mqstudio.why.base import About, Proof, Subject, text
from mqstudio.why.facts import MessageFacts
from mqstudio.why.lives import holder
from mqstudio.why.words import counted


def queue_row(facts: MessageFacts, queue: str) -> QueueRow | None:
    """A queue of the message's virtual host, as it is now."""
    rows = facts.topology.queues
    return next((row for row in rows if (row.vhost, row.spec.name) == (facts.vhost, queue)), None)


def lost(row: QueueRow | None) -> tuple[Proof, ...]:
    """That nothing became of what died in a queue: it has no dead-letter exchange, or that is not there."""
    if row is None:
        return ()
    exchange = row.rules.dead_letter_exchange
    if exchange is None:
        return (Proof(text("Queue '{queue}' has no dead-letter exchange.", queue=row.spec.name)),)
    says = text("Its dead-letter exchange '{exchange}' did not exist then.", exchange=exchange or "(default)")
    return (Proof(says),)


def queue_of(facts: MessageFacts, queue: str) -> Subject | None:
    """Where a verb that changes that queue acts; None if it is gone."""
    if queue_row(facts, queue) is None:
        return None
    return Subject(About.QUEUE, facts.vhost, queue)


def rejection(facts: MessageFacts, queue: str) -> LifeStep | None:
    """Who rejected it there last, if that is remembered."""
    for step in reversed(facts.life):
        if step.what == "settled" and step.outcome == "rejected" and step.queue == queue:
            return step
    return None


def proofs_of(facts: MessageFacts, queue: str, at_us: int) -> tuple[Proof, ...]:
    """Where it died, by what it went on, and the way it has come so far."""
    step = next((s for s in reversed(facts.life) if s.what == "dead_lettered" and s.queue == queue), None)
    proofs = []
    if step is not None:
        exchange = step.exchange or "(default)"
        says = text("It left '{queue}' by exchange '{exchange}'.", queue=queue, exchange=exchange)
        proofs.append(Proof(says, step.at_us))
    else:
        proofs.append(Proof(text("It died in '{queue}'.", queue=queue), at_us))
    deaths = facts.past.deaths if facts.past is not None else ()
    if len(deaths) > 1 or any(each.count > 1 for each in deaths):
        way = ", then ".join(
            f"{each.reason} in '{each.queue}' {counted(each.count, 'time')}" for each in reversed(deaths)
        )
        proofs.append(Proof(text("Its x-death header tells of {way}.", way=way)))
    return tuple(proofs)


def by_whom(step: LifeStep) -> str:
    """Who settled it."""
    return holder(step)
