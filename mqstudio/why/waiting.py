"""What rules about queues that are held up share."""

from collections.abc import Sequence

from mqstudio.model.rows import Happening
from mqstudio.why.base import Proof, Text, text
from mqstudio.why.facts import Consumer, QueueFacts
from mqstudio.why.words import counted, duration


def waiting(facts: QueueFacts, because: str, /, **values: object) -> Text:
    """That a message, or so many, wait, because of something."""
    if facts.message is not None:
        return text(f"It waits: {because}.", queue=facts.name, **values)
    count = counted(facts.sample.ready, "message")
    return text(f"{{count}} in queue '{{queue}}': {because}.", count=count, queue=facts.name, **values)


def since(facts: QueueFacts) -> int:
    """Since when the first message has waited, as far as is known."""
    first = facts.first
    return (first.enqueued_at_us or first.published_at_us) if first is not None else facts.now_us


def first_waits(facts: QueueFacts) -> tuple[Proof, ...]:
    """How long the first message has waited."""
    first = facts.first
    if first is None:
        return ()
    at_us = since(facts)
    time = duration(facts.now_us - at_us)
    return (Proof(text("The first, #{id}, has waited for {time}.", id=first.message_id, time=time), at_us),)


def readers(facts: QueueFacts) -> tuple[Consumer, ...]:
    """The consumers that may be handed something now: not those behind a single active one."""
    return tuple(each for each in facts.consumers if each.row.is_active)


def what_it_holds(facts: QueueFacts, consumer: Consumer) -> Proof:
    """What a consumer holds, and since when the oldest of it."""
    mine = [row for row in facts.held if row.holder_connection_id == consumer.row.connection_id]
    mine = [row for row in mine if row.holder.endswith(f"· {consumer.row.tag}")] or mine
    held = counted(consumer.row.unacked, "message")
    if not mine or mine[0].delivered_at_us is None:
        says = text(
            "'{who}' holds {held} of {credit}.", who=consumer.title, held=held, credit=consumer.credit
        )
        return Proof(says)
    oldest = mine[0]
    assert oldest.delivered_at_us is not None
    time = duration(facts.now_us - oldest.delivered_at_us)
    says = text(
        "'{who}' holds {held} of {credit}; the oldest, #{id}, for {time}.",
        who=consumer.title,
        held=held,
        credit=consumer.credit,
        id=oldest.message_id,
        time=time,
    )
    return Proof(says, oldest.delivered_at_us)


def oldest_held(facts: QueueFacts) -> int:
    """Since when the oldest delivery is open; now if there is none."""
    first = facts.held[0].delivered_at_us if facts.held else None
    return first if first is not None else facts.now_us


def paused_all(happenings: Sequence[Happening]) -> tuple[Proof, ...]:
    """Who paused everything, and when."""
    by = [e for e in happenings if e.what == "intervened" and e.reason == "pause" and not (e.queue or e.tag)]
    if not by:
        return (Proof(text("It is paused; who did it is not remembered.")),)
    return (Proof(text("'{who}' paused it.", who=by[-1].client or "Somebody"), by[-1].at_us),)


def paused(facts: QueueFacts) -> tuple[Proof, ...]:
    """Who paused the queue, and when."""
    for each in reversed(facts.happenings):
        is_here = (each.vhost, each.queue, each.tag) == (facts.row.vhost, facts.name, "")
        if is_here and each.what == "intervened" and each.reason == "pause":
            says = text("'{who}' paused it.", who=each.client or "Somebody")
            return (Proof(says, each.at_us),)
    return (Proof(text("It is paused; who did it is not remembered.")),)
