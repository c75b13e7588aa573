"""What rules about messages share: who had it, who ended it, how it left."""

from typing import Final

from mqstudio.model.rows import Happening, LifeStep, MessageState
from mqstudio.why.base import Proof, text
from mqstudio.why.facts import MessageFacts
from mqstudio.why.words import counted, duration

NEAR_US: Final = 2_000_000
"""What belongs together may be told a little apart: refusals are noted when they are answered."""


LIVING: Final = frozenset({MessageState.READY, MessageState.IN_FLIGHT})
"""What is asked of one that has ended is how it did, not what it was."""


def holder(step: LifeStep) -> str:
    """Who was handed a message, or settled it: the client's name and the consumer's tag."""
    name = step.client or (f"connection {step.connection_id}" if step.connection_id else "somebody")
    return f"{name} · {step.tag}" if step.tag else name


def delivery_before(facts: MessageFacts, step: LifeStep) -> LifeStep | None:
    """The hand-over that a settlement ended."""
    for each in reversed(facts.own):
        is_before = each.at_us <= step.at_us and each.what == "delivered"
        if is_before and (each.delivery_tag, each.connection_id) == (step.delivery_tag, step.connection_id):
            return each
    return None


def release(facts: MessageFacts, cause: str) -> LifeStep | None:
    """How it came back last, if it did for this cause, and not by hand."""
    step = last_release(facts)
    return step if step is not None and step.forced_by is None and step.reason == cause else None


def last_release(facts: MessageFacts) -> LifeStep | None:
    """How it came back last, if it came back to its place."""
    if facts.last("requeued") is None or facts.row.state not in {*LIVING, MessageState.DONE}:
        return None
    return next((s for s in reversed(facts.own) if s.what == "settled" and s.outcome == "released"), None)


def handed_over(facts: MessageFacts, step: LifeStep) -> tuple[Proof, ...]:
    """The hand-over before a settlement, as proof."""
    before = delivery_before(facts, step)
    if before is None:
        return ()
    held = duration(step.at_us - before.at_us)
    says = text("It was handed to '{who}', who had it for {held}.", who=holder(before), held=held)
    return (Proof(says, before.at_us),)


def came_back(facts: MessageFacts, step: LifeStep) -> Proof:
    """That it is back, and how often it was handed over."""
    times = facts.row.delivery_count or sum(each.what == "delivered" for each in facts.own)
    says = text("It went back to its place; it was handed over {times}.", times=counted(times, "time"))
    return Proof(says, step.at_us)


def closing(facts: MessageFacts, step: LifeStep) -> Happening | None:
    """The end of the connection that held it, at that time."""
    return facts.around(step.at_us, "connection_closed", step.connection_id, NEAR_US)


def refusal(facts: MessageFacts, step: LifeStep) -> Happening | None:
    """What its holder was refused just then, for which a channel is closed."""
    return facts.around(step.at_us, "refused", step.connection_id, NEAR_US)


def ended(facts: MessageFacts, *reasons: str) -> LifeStep | None:
    """Its end in this queue, if it was dropped for one of these reasons."""
    step = facts.last("dropped")
    return step if step is not None and step.reason in reasons else None


def death(facts: MessageFacts, reason: str) -> tuple[str, int, int] | None:
    """Where it died last, when, and how often so: if for this reason."""
    step = facts.last("dead_lettered")
    if step is not None:
        return (step.queue, step.at_us, 1) if step.reason == reason else None
    deaths = facts.past.deaths if facts.past is not None else ()
    if not deaths or deaths[0].reason != reason or facts.row.state not in LIVING:
        return None
    return deaths[0].queue, _died_at_us(facts, deaths[0].queue) or deaths[0].at_us, deaths[0].count


def _died_at_us(facts: MessageFacts, queue: str) -> int:
    """When it died last: its past has the first time of each kind."""
    steps = [s for s in facts.life if s.what == "dead_lettered" and s.queue == queue]
    return steps[-1].at_us if steps else 0
